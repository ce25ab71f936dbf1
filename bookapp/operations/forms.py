"""What admins ask of the platform."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, SelectMultipleField, StringField
from wtforms.validators import AnyOf, DataRequired, Length, ValidationError

from bookapp.web.forms import Form

_MOST_AT_ONCE = 200
_ACTS = ("close", "open", "sign_out", "make_admin", "unmake_admin", "reset_factors", "impersonate")
_CHOOSE = lazy_gettext("Please choose one of the buttons.")


class RetryForm(Form):
    """The rows that are to be tried again."""

    row = SelectMultipleField(lazy_gettext("Jobs"), validate_choice=False, coerce=str)

    def validate_row(self, field: Field) -> None:
        """Some, and not more than a page of them; what is no number was no box of ours."""
        chosen = [value for value in field.data or () if value.isascii() and value.isdigit() and len(value) <= 15]
        if not chosen:
            raise ValidationError(_("Please choose at least one job."))
        if len(chosen) > _MOST_AT_ONCE:
            raise ValidationError(_("Please choose %(most)s at most.", most=_MOST_AT_ONCE))
        self.row_ids = [int(value) for value in chosen]


class StandingForm(Form):
    """What becomes of somebody's account, and why."""

    act = StringField(lazy_gettext("What"), [AnyOf(_ACTS, _CHOOSE)])
    reason = StringField(
        lazy_gettext("Why"),
        [DataRequired(lazy_gettext("Please say why: it stays in the audit trail.")), Length(max=500)],
    )
