"""What somebody chooses on a room's page; all of it stands in the address."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from bookapp.scheduling.rules import typed
from bookapp.values.timespan import Span, day_span, wall
from bookapp.values.words import N_
from bookapp.web.forms import Query

VIEWS = ("day", "week", "month")
MOST_PEOPLE = 100_000
MOST_PIECES = 1000
# Dates further off are typing errors, and would lead calendars out of the calendar.
FURTHEST = dt.timedelta(days=4 * 365)
_ADDON = re.compile(r"addon-(\d{1,12})")
_NO_DAY = N_("Please give a date such as 2026-11-24.")


@dataclass(frozen=True, slots=True)
class RoomChoice:
    """A day, a time from and to as typed, people, add-ons by id, and the view of the calendar."""

    slug: str
    day: dt.date | None = None
    start: str = ""
    end: str = ""
    people: int = 1
    addons: Mapping[int, int] = field(default_factory=dict)
    view: str = "day"
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, slug: str, arguments: MultiDict[str, str], *, today: dt.date) -> RoomChoice:
        """Read the address (or the form). What cannot be read is noted in `errors` and counts as not given."""
        query = Query(arguments)
        day = query.day("date")
        if day is not None and abs(day - today) > FURTHEST:
            query.errors["date"] = _NO_DAY
            day = None
        found = {name: match for name in arguments if (match := _ADDON.fullmatch(name))}
        return cls(
            slug=slug,
            day=day,
            start=query.text("from"),
            end=query.text("to"),
            people=query.integer("people", low=1, high=MOST_PEOPLE) or 1,
            addons={int(match[1]): query.integer(name, low=0, high=MOST_PIECES) or 0 for name, match in found.items()},
            view=query.choice("view", VIEWS, default="day"),
            errors=query.errors,
        )

    def at(self, span: Span, zone: str, **changes: Any) -> RoomChoice:
        """The same for another time."""
        day = wall(span.start, zone).date()
        end = "24:00" if span.end == day_span(day, zone).end else typed(span.end, zone)
        return replace(self, day=day, start=typed(span.start, zone), end=end, **changes)

    @property
    def href(self) -> str:
        """Where this choice is shown."""
        return f"/rooms/{self.slug}?{self.query}" if self.query else f"/rooms/{self.slug}"

    @property
    def query(self) -> str:
        """The choice as it stands in the address; what is as usual is left out."""
        pairs: list[tuple[str, Any]] = [
            ("date", self.day.isoformat() if self.day else ""),
            ("from", self.start),
            ("to", self.end),
            ("people", self.people if self.people > 1 else ""),
            *((f"addon-{addon_id}", quantity or "") for addon_id, quantity in self.addons.items()),
            ("view", "" if self.view == VIEWS[0] else self.view),
        ]
        return urlencode([(name, value) for name, value in pairs if value != ""], safe=":")
