"""The form that makes a token of the notify door."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from bookapp.web.forms import OnceForm

LONGEST_NAME = 60
EVERYBODY = ""


class TokenForm(OnceForm):
    """What it is called, and whose facilitators it may write to; the view gives the houses to choose from."""

    name = StringField(
        lazy_gettext("Name"), [InputRequired(lazy_gettext("Please give it a name.")), Length(max=LONGEST_NAME)],
        description=lazy_gettext("The program that will use it, so that you know it again."),
    )  # fmt: skip
    merchant = SelectField(
        lazy_gettext("May write to"),
        default=EVERYBODY,
        description=lazy_gettext("The facilitators of one house, or all of them."),
    )

    @property
    def merchant_id(self) -> int | None:
        """The house it is limited to; None for the whole platform."""
        return int(self.merchant.data) if self.merchant.data else None
