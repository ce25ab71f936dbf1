"""A week of hours and a closure as they are typed; what cannot be used stays in the fields, with the reason beside."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from bookapp.scheduling.rules import Hours
from bookapp.values.timespan import Span, WallTimeMissing, WallTimeTwice, day_span, instant
from bookapp.web.forms import clean, has_control

MOST_STRETCHES = 6
LONGEST_TIME_OFF = dt.timedelta(days=366)
# Dates further off are typing errors.
FURTHEST = dt.timedelta(days=4 * 365)
LONGEST_REASON = 100
# "9", "09:00", "9.30", "0930", and what browsers send: "09:00:00".
_TIME = re.compile(r"(?P<hour>[01]?\d|2[0-4])(?:[:.]?(?P<minute>[0-5]\d))?(?::00)?", re.ASCII)
_EMPTY = ("", "")

Rows = list[list[tuple[str, str]]]


@dataclass(slots=True)
class WeekInput:
    """What is in the fields: for each weekday (0 is Monday) the texts of (from, to); an empty pair is no stretch.

    `errors` go by the name of a field ("from-0-1": Monday's second), `version` is that of the week it was made of.
    """

    days: Rows
    version: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, hours: Sequence[Hours], version: str) -> WeekInput:
        """What the form of an existing week begins with."""
        days: Rows = [[] for _day in range(7)]
        for one in hours:
            days[one.weekday].append((f"{one.opens:%H:%M}", f"{one.closes:%H:%M}"))
        return cls(days, version)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> WeekInput:
        """What was sent, in its order; nothing is checked yet."""
        days = [
            [
                pair
                for number in range(MOST_STRETCHES)
                if (pair := (_line(fields, f"from-{day}-{number}"), _line(fields, f"to-{day}-{number}"))) != _EMPTY
            ]
            for day in range(7)
        ]
        return cls(days, _line(fields, "version"))

    def understood(self) -> list[Hours]:
        """The stretches; what is no time is noted in `errors`."""
        found = []
        for day, rows in enumerate(self.days):
            for number, pair in enumerate(rows):
                times = [time_of(text) for text in pair]
                for name, at in zip(("from", "to"), times, strict=True):
                    if at is None:
                        self.errors[f"{name}-{day}-{number}"] = _("Please give a time such as 09:00.")
                opens, closes = times
                if opens is not None and closes is not None:
                    found.append(Hours(day, opens, closes))
        return found

    def refuse(self, fields: Mapping[str, str]) -> None:
        """Put a refusal's sentences ("hours-2": the third stretch of the week) where that stretch is typed."""
        places = [(day, number) for day, rows in enumerate(self.days) for number in range(len(rows))]
        for name, words in fields.items():
            day, number = places[int(name.removeprefix("hours-"))]
            self.errors[f"from-{day}-{number}"] = words

    def copy(self, source: int, targets: Sequence[int]) -> None:
        """Give `targets` the hours of `source`."""
        for day in targets:
            self.days[day] = list(self.days[source])

    def lengthen(self, day: int) -> None:
        """One more pair of empty fields on a day."""
        if len(self.days[day]) < MOST_STRETCHES:
            self.days[day].append(_EMPTY)

    @property
    def rows(self) -> Rows:
        """What the form shows: at least one pair of fields a day."""
        return [rows or [_EMPTY] for rows in self.days]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`."""
        return list(self.errors.items())


@dataclass(slots=True)
class ClosureInput:
    """What is in the fields of a closure: of a person (time off), a venue or a room.

    A day without a time is the whole day; `key` makes a second click harmless. Where clocks show a time twice, the
    span is the longer one: somebody away from 02:30 is away from the first. `seen` is what was shown to stand in it.
    """

    first: str = ""
    first_time: str = ""
    last: str = ""
    last_time: str = ""
    reason: str = ""
    key: str = ""
    seen: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> ClosureInput:
        """What was sent; nothing is checked yet."""
        return cls(
            first=_line(fields, "first"),
            first_time=_line(fields, "first_time"),
            last=_line(fields, "last"),
            last_time=_line(fields, "last_time"),
            reason=_line(fields, "reason"),
            key=_line(fields, "idempotency_key"),
            seen=_line(fields, "seen"),
        )

    def understood(self, zone: str, *, now: dt.datetime) -> Span | None:
        """The span in `zone`, or None with the reasons in `errors`. A day left out at the end is the first one."""
        if len(self.reason) > LONGEST_REASON:
            self.errors["reason"] = _("At most %(most)s characters, please.", most=LONGEST_REASON)
        first = self._day("first", self.first, now)
        last = self._day("last", self.last, now) if self.last else first
        start = self._instant("first_time", first, self.first_time, zone, fold=0)
        end = self._instant("last_time", last, self.last_time, zone, fold=1)
        if start is None or end is None or self.errors:
            return None
        if end <= start:
            self.errors["last"] = _("The end lies after the start.")
        elif end <= now:
            self.errors["last"] = _("This is over already.")
        elif end - start > LONGEST_TIME_OFF:
            self.errors["last"] = _("At most a year at a time, please.")
        return None if self.errors else Span(start, end)

    def _day(self, name: str, text: str, now: dt.datetime) -> dt.date | None:
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or abs(day - now.date()) > FURTHEST:
            self.errors[name] = _("Please give a date such as 2026-11-24.")
            return None
        return day

    def _instant(self, name: str, day: dt.date | None, text: str, zone: str, *, fold: int) -> dt.datetime | None:
        if day is None:
            return None
        if not text:
            whole = day_span(day, zone)
            return whole.end if fold else whole.start
        at = time_of(text)
        if at is None:
            self.errors[name] = _("Please give a time such as 09:00.")
            return None
        try:
            return instant(day, at, zone)
        except WallTimeTwice as twice:
            return twice.later if fold else twice.earlier
        except WallTimeMissing:
            self.errors[name] = _("There is no %(time)s on that day: the clocks go forward over it.", time=text)
            return None

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`."""
        return list(self.errors.items())


def time_of(text: str) -> dt.time | None:
    """A wall time, however it is typed; 24:00 is the midnight at which a day ends. None when it is none."""
    match = _TIME.fullmatch(text)
    if match is None or (match["hour"] == "24" and int(match["minute"] or 0)):
        return None
    return dt.time(int(match["hour"]) % 24, int(match["minute"] or 0))


def _line(fields: Mapping[str, str], name: str) -> str:
    value = clean(fields.get(name, ""))
    return "" if has_control(value) else value[:200]
