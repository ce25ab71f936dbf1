"""An amount in one currency, in minor units, rounded in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

# ISO 4217: every currency has two decimals but these.
_DECIMALS = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)


def decimals_of(currency: str) -> int:
    """Digits after the point of `currency` (ISO 4217 code)."""
    return _DECIMALS.get(currency, 2)


def round_half_up(value: Decimal | Fraction) -> int:
    """The whole number nearest to `value`, halves away from zero (product.md, "Price")."""
    if isinstance(value, Fraction):
        size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
        return -size if value < 0 else size
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (cents, yen, fils) of `currency`. Refuses to be mixed with another currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise ValueError(f"not a currency code: {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a decimal such as "262.50". Raises ValueError when it is none or has too many digits."""
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise ValueError(f"not an amount: {text!r}") from None
        if not value.is_finite():
            raise ValueError(f"not an amount: {text!r}")
        minor = value.scaleb(decimals_of(currency))
        if minor != minor.to_integral_value():
            raise ValueError(f"too many decimals for {currency}: {text!r}")
        return cls(int(minor), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all decimals of the currency: Decimal("262.50")."""
        places = decimals_of(self.currency)
        return Decimal(self.minor).scaleb(-places)

    def times(self, factor: Decimal | int) -> Money:
        """This amount `factor` times, rounded half up to the minor unit."""
        return Money(round_half_up(Decimal(self.minor) * factor), self.currency)

    def percent(self, share: int | Decimal) -> Money:
        """`share` percent of this amount, rounded half up to the minor unit."""
        return self.times(Decimal(share) / 100)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Cut into parts by `weights` without losing a unit: the largest remainders get the rest."""
        whole = sum(weights)
        if not weights or whole <= 0 or min(weights) < 0:
            raise ValueError("weights must be positive")
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * weight, whole) for weight in weights]
        left = abs(self.minor) - sum(share for share, _ in shares)
        first = sorted(range(len(shares)), key=lambda index: -shares[index][1])[:left]
        return tuple(Money(sign * (share + (index in first)), self.currency) for index, (share, _) in enumerate(shares))

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __bool__(self) -> bool:
        return self.minor != 0


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of `amounts`, zero of `currency` when there are none."""
    whole = Money.zero(currency)
    for amount in amounts:
        whole += amount
    return whole
