"""What the house types about its sessions: one, one every week, or one that is to be different."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from bookapp.scheduling.actions.timeslots import MOST_SEATS
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.desk import Named
from bookapp.scheduling.rules import SessionChanges, SessionDraft, Weekly, asked_instant, typed
from bookapp.values.errors import NotValid
from bookapp.values.money import Money
from bookapp.values.timespan import wall
from bookapp.web.forms import Form, OnceForm, clean

ONCE, WEEKLY, AGENDA = "once", "weekly", "agenda"
NOBODY = 0
MOST_DATES = 400
_MOST_MINUTES = 13 * 24 * 60
_YEARS = range(2000, 2200)
_TIME = lazy_gettext("Please give a time such as 14:00.")
_DAY = lazy_gettext("Please give a date.")
_CHOSEN = re.compile(r"(\d{4}-\d\d-\d\d):(\d{1,12})")


class WeekdaysField(SelectMultipleField):
    """The seven days as checkboxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class _Facts(Form):
    """What every session has. Amounts are of `currency`."""

    title = StringField(lazy_gettext("Title"), [Length(max=120)])
    day = DateField(lazy_gettext("Date"), [InputRequired(_DAY)])
    time = StringField(lazy_gettext("Begins at"), [InputRequired(_TIME), Length(max=20)])
    minutes = IntegerField(
        lazy_gettext("Minutes"),
        [InputRequired(lazy_gettext("Please say how long it lasts.")), NumberRange(1, _MOST_MINUTES)],
    )
    room = SelectField(lazy_gettext("Room"), coerce=int)
    facilitator = SelectField(lazy_gettext("With whom"), coerce=int)
    capacity = IntegerField(lazy_gettext("Seats"), [Optional(), NumberRange(1, MOST_SEATS)])
    price = StringField(lazy_gettext("Price of a seat"), [Length(max=20)])

    currency = "EUR"

    def validate_day(self, field: Field) -> None:
        """At the ends of the calendar there is nothing to plan."""
        if field.data is not None and field.data.year not in _YEARS:
            raise ValidationError(_DAY)

    def validate_price(self, field: Field) -> None:
        """An amount such as 12.50, or nothing."""
        if not field.data:
            return
        try:
            amount = Money.parse(field.data.replace(",", "."), self.currency)
        except ValueError:
            raise ValidationError(_("Please give an amount such as 12.50.")) from None
        if not 0 <= amount.minor <= 10**10:
            raise ValidationError(_("Please give an amount such as 12.50."))

    @property
    def price_minor(self) -> int | None:
        """What was typed, in minor units; None for nothing."""
        text = self.price.data
        return Money.parse(text.replace(",", "."), self.currency).minor if text else None

    def starts_at(self, zone: str) -> dt.datetime:
        """The instant that was typed. Raises NotValid, naming "time", when the clocks have no such time or two."""
        assert self.day.data is not None
        return asked_instant("time", self.day.data, self.time.data or "", zone)


class PlanForm(_Facts, OnceForm):
    """A new session, once or every week."""

    service = SelectField(lazy_gettext("What"), coerce=int)
    repeat = SelectField(
        lazy_gettext("How often"),
        choices=[
            SelectChoice(ONCE, lazy_gettext("Once")),
            SelectChoice(WEEKLY, lazy_gettext("Every week")),
            SelectChoice(AGENDA, lazy_gettext("Once, over several days, with an agenda")),
        ],
    )
    weekdays = WeekdaysField(lazy_gettext("On these days"), coerce=int)
    last = DateField(lazy_gettext("Until"), [Optional()])
    skip_closed = BooleanField(lazy_gettext("Leave out the days on which the house is closed or the host is away"))
    # What the preview that was shown is about.
    seen = HiddenField()

    def __init__(self, *args: Any, choices: Any, currency: str, **kwargs: Any) -> None:
        """`choices` has `services`, `rooms` and `people` as (id, name)."""
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.service.choices = _options(choices.services)
        self.room.choices = _options(choices.rooms, _("Online, no room"))
        self.facilitator.choices = _options(choices.people, _("Nobody yet") if choices.may_leave_open else "")
        self.weekdays.choices = _options(list(enumerate(choices.weekdays)))

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether every field is usable; a series has days of the week, and ends some day."""
        usable = super().validate(extra_validators)
        if not self.is_weekly:
            return usable
        if self.last.data is None or self.last.data.year not in _YEARS:
            self.last.errors = [_("Please say when the series ends.")]
            usable = False
        if not self.weekdays.data:
            self.weekdays.errors = [_("Please choose the days of the week.")]
            usable = False
        return usable

    @property
    def is_weekly(self) -> bool:
        """Whether it is a series."""
        return bool(self.repeat.data == WEEKLY)

    @property
    def is_agenda(self) -> bool:
        """Whether it is a retreat: its parts say when it is."""
        return bool(self.repeat.data == AGENDA)

    @property
    def draft(self) -> SessionDraft:
        """What it is to be, apart from its time."""
        return SessionDraft(
            self.service.data,
            self.room.data or None,
            self.facilitator.data or None,
            self.title.data or "",
            self.capacity.data,
            self.price_minor,
        )

    @property
    def weekly(self) -> Weekly:
        """The dates of the series. Raises NotValid, naming "time", when that is no time."""
        at = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", self.time.data or "")
        if at is None:
            raise NotValid({"time": str(_TIME)})
        assert self.day.data is not None
        assert self.last.data is not None
        return Weekly(
            self.day.data, self.last.data, frozenset(self.weekdays.data or ()), dt.time(int(at[1]), int(at[2])),
            self.minutes.data or 0,
        )  # fmt: skip


class EditForm(_Facts):
    """A session that is to be different. `version` is what its reader saw."""

    version = HiddenField()
    reason = TextAreaField(lazy_gettext("Why"), [Length(max=500)])

    def __init__(self, session: Session, *args: Any, choices: Any, **kwargs: Any) -> None:
        """With what the session is now, unless something was typed."""
        super().__init__(*args, data=_now(session), **kwargs)
        self.session, self.currency = session, session.currency
        self.room.choices = _options(choices.rooms, _("Online, no room") if session.online else "")
        self.facilitator.choices = _options(choices.people, _("Nobody yet") if choices.may_leave_open else "")
        if session.parts:
            del self.minutes

    def validate_title(self, field: Field) -> None:
        """It is called something."""
        if not field.data:
            raise ValidationError(_("Please give it a title."))

    @property
    def seen_version(self) -> int:
        """The version that was shown; 0, which none is, when that was mangled."""
        text = self.version.data or ""
        return int(text) if re.fullmatch(r"\d{1,9}", text) else 0

    @property
    def changes(self) -> SessionChanges:
        """What was typed. Raises NotValid, naming "time", when the clocks have no such time or two."""
        return SessionChanges(
            starts_at=self.starts_at(self.session.zone),
            minutes=None if self.session.parts else self.minutes.data,
            room_id=self.room.data or None,
            facilitator_id=self.facilitator.data,
            title=self.title.data,
            capacity=self.capacity.data,
            price_minor=self.price_minor,
        )


def chosen_dates(fields: MultiDict[str, str]) -> Sequence[tuple[dt.date, int | None]]:
    """The ticked dates of a preview, each with its room ("2027-03-08:17", room 0 is none); what is none is left out."""
    chosen = []
    for value in fields.getlist("dates")[:MOST_DATES]:
        match = _CHOSEN.fullmatch(clean(value))
        if match is None:
            continue
        try:
            chosen.append((dt.date.fromisoformat(match[1]), int(match[2]) or None))
        except ValueError:
            continue
    return chosen


def _options(named: Named, nobody: str = "") -> list[SelectChoice]:
    """(id, name) as a field takes them, and last of all nothing, under the words `nobody` unless they are empty."""
    every = [*named, (NOBODY, nobody)] if nobody else named
    return [SelectChoice(str(one), name) for one, name in every]


def _now(session: Session) -> dict[str, Any]:
    return {
        "title": session.title,
        "day": wall(session.starts_at, session.zone).date(),
        "time": typed(session.starts_at, session.zone),
        "minutes": int((session.ends_at - session.starts_at).total_seconds() // 60),
        "room": session.room_id or NOBODY,
        "facilitator": session.facilitator_id or NOBODY,
        "capacity": session.capacity,
        "price": str(Money(session.price_minor, session.currency).amount),
        "version": str(session.version),
    }
