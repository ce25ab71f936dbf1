"""The parts of a price: lines in an order, the quote they add up to, and what became of each rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bookapp.pricing.rules.verdicts import Verdict
from bookapp.values.money import Money


class LineKind(StrEnum):
    """Where a line stands in the order of a price."""

    BASE = "base"
    RULE = "rule"
    ADDON = "addon"
    DISCOUNT = "discount"
    TAX = "tax"


class Unit(StrEnum):
    """What a line's quantity counts."""

    HOUR = "hour"
    DAY = "day"
    SEAT = "seat"
    PIECE = "piece"
    ONCE = ""
    # Not asked for, because no card can be charged so little.
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Line:
    """One priced part. `subtotal` is `unit_price` x `quantity`, rounded, unless a cap made it less."""

    kind: LineKind
    label: str
    unit: Unit
    quantity: Decimal
    unit_price: Money
    subtotal: Money
    addon_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A merchant's tax: "VAT", 19, held in the prices already (inclusive) or added to them."""

    name: str
    percent: Decimal
    inclusive: bool
    registration: str = ""


@dataclass(frozen=True, slots=True)
class TaxPart:
    """What of a total is tax."""

    rate: TaxRate
    amount: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """The lines of one wish, in order, and their sum. An inclusive `tax` is a part of the total and no line.

    `verdicts` say of each rule of the merchant why it counts, or why it does not.
    """

    lines: tuple[Line, ...]
    total: Money
    tax: TaxPart | None = None
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """An add-on that was asked for, `quantity` pieces of it."""

    addon_id: int
    name: str
    price: Money
    quantity: int
