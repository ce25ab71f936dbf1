"""Coupons, the tax and the deposits of a house, as its owner types them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, Field, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from bookapp.pricing.actions.codes import CouponDraft
from bookapp.pricing.rules import Deposit, TaxRate
from bookapp.values.money import Money
from bookapp.web.forms import Form, OnceForm

_LARGEST = 10**9
_EVERYTHING = ""


class _ScopedForm(OnceForm):
    """What is for everything of a house, or for one room or service of it (`scopes` are its choices)."""

    scope = StringField(lazy_gettext("For"))
    scopes: Sequence[tuple[str, str]] = ()
    currency = ""

    @property
    def room_id(self) -> int | None:
        """The chosen room."""
        return self._chosen("room-")

    @property
    def service_id(self) -> int | None:
        """The chosen service."""
        return self._chosen("service-")

    def validate_scope(self, field: Field) -> None:
        """One of what was offered."""
        field.data = field.data or _EVERYTHING
        if field.data not in dict(self.scopes):
            raise ValidationError(_("Please choose from the list."))

    def _chosen(self, kind: str) -> int | None:
        chosen: str = self.scope.data or ""
        return int(chosen.removeprefix(kind)) if chosen.startswith(kind) else None

    def _money(self, field: Field) -> Money | None:
        if not field.data:
            return None
        try:
            return Money.parse(field.data.replace(",", "."), self.currency)
        except ValueError:
            raise ValidationError(_("Please give an amount such as 50 or 12.50.")) from None


class CouponForm(_ScopedForm):
    """A new coupon."""

    code = StringField(lazy_gettext("Code"), [InputRequired(lazy_gettext("Please give the code.")), Length(max=40)])
    percent = StringField(lazy_gettext("Percent off"))
    amount = StringField(lazy_gettext("Or an amount off"))
    valid_from = StringField(lazy_gettext("From"))
    valid_until = StringField(lazy_gettext("Until, that day included"))
    most_uses = StringField(lazy_gettext("Uses in all"))
    most_per_customer = StringField(lazy_gettext("Uses per customer"))

    def validate_percent(self, field: Field) -> None:
        """A whole number."""
        self.percent_value = _whole(field)

    def validate_amount(self, field: Field) -> None:
        """In the currency of the house."""
        self.amount_value = self._money(field)

    def validate_valid_from(self, field: Field) -> None:
        """A day of the house's calendar."""
        self.from_value = _day(field)

    def validate_valid_until(self, field: Field) -> None:
        """A day of the house's calendar."""
        self.until_value = _day(field)

    def validate_most_uses(self, field: Field) -> None:
        """A whole number, or no limit."""
        self.uses_value = _whole(field)

    def validate_most_per_customer(self, field: Field) -> None:
        """A whole number, or no limit."""
        self.each_value = _whole(field)

    @property
    def draft(self) -> CouponDraft:
        """The typed values; ask only after `validate`."""
        return CouponDraft(
            code=self.code.data or "",
            percent=self.percent_value,
            amount=self.amount_value,
            room_id=self.room_id,
            service_id=self.service_id,
            valid_from=self.from_value,
            valid_until=self.until_value,
            most_uses=self.uses_value,
            most_per_customer=self.each_value,
        )


class TaxForm(Form):
    """The tax of a house."""

    name = StringField(
        lazy_gettext("Name"), [InputRequired(lazy_gettext("Give the tax its name, such as VAT: customers read it."))]
    )
    percent = StringField(lazy_gettext("Percent"), [InputRequired(lazy_gettext("Please give the percentage."))])
    inclusive = BooleanField(lazy_gettext("Our prices hold it already"))
    registration = StringField(lazy_gettext("Number at the tax office"), [Length(max=60)])

    def validate_percent(self, field: Field) -> None:
        """A decimal such as 7.7."""
        try:
            self.percent_value = Decimal((field.data or "").replace(",", "."))
        except InvalidOperation:
            raise ValidationError(_("Please give a percentage such as 19 or 7.7.")) from None
        if not self.percent_value.is_finite():
            raise ValidationError(_("Please give a percentage such as 19 or 7.7."))

    @property
    def rate(self) -> TaxRate:
        """The typed values; ask only after `validate`."""
        return TaxRate(self.name.data or "", self.percent_value, self.inclusive.data, self.registration.data or "")


class DepositForm(_ScopedForm):
    """What is asked for now."""

    percent = StringField(lazy_gettext("Percent now"))
    amount = StringField(lazy_gettext("Or an amount now"))
    rest_days_before = StringField(
        lazy_gettext("The rest so many days before the start"),
        [InputRequired(lazy_gettext("Give a number of days from 0 to 365."))],
    )

    def validate_percent(self, field: Field) -> None:
        """A whole number."""
        self.percent_value = _whole(field)

    def validate_amount(self, field: Field) -> None:
        """In the currency of the house."""
        self.amount_value = self._money(field)

    def validate_rest_days_before(self, field: Field) -> None:
        """A whole number."""
        self.days_value = _whole(field)

    @property
    def deposit(self) -> Deposit:
        """The typed values; ask only after `validate`."""
        return Deposit(
            percent=self.percent_value,
            amount_minor=self.amount_value.minor if self.amount_value else None,
            rest_days_before=self.days_value or 0,
            room_id=self.room_id,
            service_id=self.service_id,
        )


def _whole(field: Field) -> int | None:
    text = field.data or ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise ValidationError(_("Please give a whole number."))
    return int(text)


def _day(field: Field) -> dt.date | None:
    try:
        return dt.date.fromisoformat(field.data) if field.data else None
    except ValueError:
        raise ValidationError(_("Please give a date such as 2026-11-24.")) from None
