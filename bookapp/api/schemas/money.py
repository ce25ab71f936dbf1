"""An amount and its currency, exact: "262.50" EUR, "500" JPY, "1.250" KWD."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, post_load, pre_dump, validate
from marshmallow import fields as ma_fields

from bookapp.api.schemas.base import Answer, Input
from bookapp.api.schemas.fields import said
from bookapp.values.money import Money
from bookapp.values.words import N_

AMOUNT = r"^-?(?:0|[1-9]\d{0,11})(?:\.\d{1,3})?$"
CURRENCY = r"^[A-Z]{3}$"
_NOT_AN_AMOUNT = N_('Please give an amount such as "262.50", with as many decimals as the currency has.')
_NOT_A_CURRENCY = N_("Please give a currency such as EUR.")


def amount_of(money: Money) -> str:
    """The number of an amount with exactly the decimals of its currency."""
    return f"{money.amount:f}"


def as_money(amount: str, currency: str, *, field: str = "amount") -> Money:
    """The amount that was sent. Raises ValidationError at `field`."""
    try:
        return Money.parse(amount, currency)
    except ValueError:
        raise ValidationError({field: [_NOT_AN_AMOUNT]}) from None


class Amount(ma_fields.String):
    """The number of an amount: a text, because a JSON number would not be exact."""

    def __init__(self, words: str = "How much.", example: str = "262.50", **more: Any) -> None:
        pattern = validate.Regexp(AMOUNT, error=_NOT_AN_AMOUNT)
        super().__init__(metadata=said(words, example), validate=pattern, **more)


class Currency(ma_fields.String):
    """An ISO 4217 code."""

    def __init__(self, words: str = "ISO 4217.", example: str = "EUR", **more: Any) -> None:
        pattern = validate.Regexp(CURRENCY, error=_NOT_A_CURRENCY)
        super().__init__(metadata=said(words, example), validate=pattern, **more)


class MoneySchema(Answer):
    """An amount in an answer; takes a Money."""

    amount = Amount()
    currency = Currency()

    @pre_dump
    def from_money(self, money: Money, **_: Any) -> dict[str, str]:
        """As text, nothing lost."""
        return {"amount": amount_of(money), "currency": money.currency}


class MoneyInput(Input):
    """An amount that was sent; loads as a Money."""

    amount = Amount(required=True)
    currency = Currency(required=True)

    @post_load
    def to_money(self, data: dict[str, str], **_: Any) -> Money:
        """The Money, if the decimals fit the currency."""
        return as_money(data["amount"], data["currency"])
