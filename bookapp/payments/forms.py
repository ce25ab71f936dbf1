"""What people type about money."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, ValidationError

from bookapp.payments.policy import Decision
from bookapp.values.money import Money
from bookapp.web.forms import Form, OnceForm


class GiftCodeForm(Form):
    """The code of a gift card."""

    code = StringField(
        lazy_gettext("Code of a gift card"),
        [InputRequired(lazy_gettext("Please type the code of the card.")), Length(max=40)],
    )


class DecisionForm(OnceForm):
    """What a person decided about a case at the desk, and what they have to say about it."""

    decision = HiddenField(validators=[AnyOf(list(Decision))])
    note = TextAreaField(lazy_gettext("Note"), [Length(max=1000)])

    def validate_note(self, field: Field) -> None:
        """What leaves no trace anywhere else has to be explained."""
        if self.decision.data in (Decision.CLOSE, Decision.BY_HAND) and not field.data:
            raise ValidationError(_("Please say in a few words what was done."))


class GiftCardForm(OnceForm):
    """A new gift card; set `currency` before validating."""

    currency = ""
    amount = StringField(lazy_gettext("Amount"), [InputRequired(lazy_gettext("Please give the amount."))])
    expires_on = StringField(lazy_gettext("Good until, that day included"))

    def validate_amount(self, field: Field) -> None:
        """In the currency of the house."""
        try:
            self.amount_value = Money.parse((field.data or "").replace(",", "."), self.currency)
        except ValueError:
            raise ValidationError(_("Please give an amount such as 50 or 12.50.")) from None

    def validate_expires_on(self, field: Field) -> None:
        """A day of the house's calendar, or none."""
        try:
            self.expires_value = dt.date.fromisoformat(field.data) if field.data else None
        except ValueError:
            raise ValidationError(_("Please give a date such as 2026-11-24.")) from None
