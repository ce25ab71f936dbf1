"""A stretch of days and a grid, to be filled with timeslots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import DateField, Field, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from bookapp.catalog.forms.lengths import LengthField
from bookapp.scheduling.actions.timeslots import MOST_SEATS
from bookapp.scheduling.forms.hours import time_of
from bookapp.scheduling.rules import SlotGrid
from bookapp.web.forms import OnceForm

_DAY = lazy_gettext("Please give a date.")
_TIME = lazy_gettext("Please give a time such as 09:00.")
_LENGTH = lazy_gettext("Please give a time such as 30, 1 h 30 or 2 h.")
_YEARS = range(2000, 2200)


class TimeslotsForm(OnceForm):
    """`services` are (id, name) of what the house has sessions of; 0 is the room itself."""

    first = DateField(lazy_gettext("From"), [InputRequired(_DAY)])
    last = DateField(lazy_gettext("To and including"), [InputRequired(_DAY)])
    opens = StringField(lazy_gettext("The first one begins at"), [InputRequired(_TIME), Length(max=8)])
    closes = StringField(lazy_gettext("The last one ends by"), [InputRequired(_TIME), Length(max=8)])
    minutes = LengthField(lazy_gettext("Each lasts"), [InputRequired(_LENGTH)])
    buffer_minutes = LengthField(lazy_gettext("Between two of them"), [InputRequired(_LENGTH)])
    service = SelectField(lazy_gettext("What is offered"), coerce=int)
    capacity = IntegerField(
        lazy_gettext("Seats in each"), [Optional(), NumberRange(1, MOST_SEATS)],
        description=lazy_gettext("Empty: as many as its service has; for the room itself one."),
    )  # fmt: skip

    def __init__(self, *args: Any, services: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service.choices = [(0, _("The room itself")), *services]

    def validate_first(self, field: Field) -> None:
        """At the ends of the calendar there is nothing to plan."""
        if field.data is not None and field.data.year not in _YEARS:
            raise ValidationError(_DAY)

    validate_last = validate_first

    def validate_opens(self, field: Field) -> None:
        """A wall time."""
        if time_of(field.data or "") is None:
            raise ValidationError(_TIME)

    validate_closes = validate_opens

    @property
    def grid(self) -> SlotGrid:
        """What was typed; ask only when it was validated."""
        opens, closes = time_of(self.opens.data or ""), time_of(self.closes.data or "")
        assert opens is not None
        assert closes is not None
        return SlotGrid(opens, closes, self.minutes.data or 0, self.buffer_minutes.data or 0)
