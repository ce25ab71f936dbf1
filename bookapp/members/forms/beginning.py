"""The short forms of a house's first steps; venue and room are the catalogue's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from bookapp.scheduling.forms.hours import time_of
from bookapp.scheduling.rules import Hours
from bookapp.values.words import Weekdays
from bookapp.web.filters import weekdays
from bookapp.web.forms import Form

_NEEDED = DataRequired(lazy_gettext("Please fill this in."))


class HoursForm(Form):
    """The same hours on some days of every week; what differs is said later, on the page of the place."""

    days = SelectMultipleField(
        lazy_gettext("Open on"), coerce=int, default=[0, 1, 2, 3, 4], widget=ListWidget(), option_widget=CheckboxInput()
    )
    opens = StringField(
        lazy_gettext("From"), [_NEEDED, Length(max=5)], default="9:00", render_kw={"inputmode": "numeric"}
    )
    closes = StringField(
        lazy_gettext("Until"), [_NEEDED, Length(max=5)], default="18:00", render_kw={"inputmode": "numeric"}
    )

    def offer(self) -> HoursForm:
        """Set what can be chosen."""
        self.days.choices = [(day, weekdays(Weekdays((day,)))) for day in range(7)]
        return self

    def validate_days(self, field: Field) -> None:
        """One at least."""
        if not field.data:
            raise ValidationError(_("Please choose at least one day."))

    def validate_opens(self, field: Field) -> None:
        """A time such as 9 or 9:30."""
        self._time(field)

    def validate_closes(self, field: Field) -> None:
        """Another one; before the first it is the next day's."""
        if self._time(field) == time_of(self.opens.data or ""):
            raise ValidationError(_("It closes when it opens."))

    @property
    def hours(self) -> list[Hours]:
        """The week that was typed."""
        opens, closes = time_of(self.opens.data or ""), time_of(self.closes.data or "")
        assert opens is not None
        assert closes is not None
        return [Hours(day, opens, closes) for day in sorted(self.days.data or ())]

    def _time(self, field: Field) -> dt.time:
        at = time_of(field.data or "")
        if at is None:
            raise ValidationError(_("Please give a time such as 09:00."))
        return at


class TermsForm(Form):
    """What comes back when somebody cancels."""

    terms = SelectField(lazy_gettext("When somebody cancels"), coerce=int)

    def offer(self, terms: Sequence[tuple[int, str]]) -> TermsForm:
        """Set what can be chosen: (id, name)."""
        self.terms.choices = list(terms)
        return self
