"""/desk/week: seven days beside each other; on a phone a list, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response

from bookapp.catalog.models import Facilitator
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.desk_views.lines import Line, lines
from bookapp.crm.desk_views.whose import address, asked_day, asked_person, carried, choose, today_of
from bookapp.crm.policy import is_self
from bookapp.crm.queries.day import known
from bookapp.crm.rules.day import Row, Sort, timeline
from bookapp.crm.rules.week import bounds, column, monday_of
from bookapp.infra import clock
from bookapp.values.timespan import Span, day_span, days
from bookapp.web import filters
from bookapp.web.hypermedia import page
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

_WEEK = dt.timedelta(days=7)
_SUNDAY = dt.timedelta(days=6)
# Breaks and closed hours are the paper between what is on.
_DRAWN = (Sort.SESSION, Sort.APPOINTMENT, Sort.HELD, Sort.BUSY, Sort.BLOCKED)


@dataclass(frozen=True, slots=True)
class Column:
    """One day of the week: its cells from top to bottom as (half hours, line or None)."""

    title: str
    href: str
    is_today: bool
    note: str
    cells: list[tuple[int, Line | None]]


@blueprint.get("/desk/week")
def show_week() -> Response:
    """The week of ?date= (else this one), one's own or ?facilitator= somebody's of the house."""
    person = asked_person()
    if person is None:
        return choose("crm.show_week")
    day = asked_day(person)
    monday = monday_of(day)
    now = clock.now()
    week = list(days(monday, monday + _SUNDAY))
    window = Span(day_span(week[0], person.zone).start, day_span(week[-1], person.zone).end)
    found = known(person, window, now=now)
    pieces = found.pieces()
    rows = [
        [
            row
            for row in timeline(day_span(one, person.zone), found.calendar.open, pieces, now=now)
            if row.sort in _DRAWN
        ]
        for one in week
    ]
    first, last = bounds(rows, person.zone)
    told = [lines(found, of_day, one, now) for one, of_day in zip(week, rows, strict=True)]
    return page(
        "crm/desk/week.html",
        "week",
        person=person,
        is_own=is_self(current_actor(), person),
        title=(filters.day_long(week[0]), filters.day_long(week[-1])),
        hours=[f"{hour:02}:00" for hour in range(first, last)],
        columns=[
            _column(person, one, of_day, words, first, last)
            for one, of_day, words in zip(week, rows, told, strict=True)
        ],
        carried=carried(person),
        here=address("crm.show_week", person, day),
        earlier=(address("crm.show_week", person, monday - _WEEK), filters.day_long(monday - _WEEK)),
        later=(address("crm.show_week", person, monday + _WEEK), filters.day_long(monday + _WEEK)),
        today=address("crm.show_week", person),
        day_href=address("crm.show_day", person, day),
    )


def _column(
    person: Facilitator, day: dt.date, rows: Sequence[Row], words: Sequence[Line], first: int, last: int
) -> Column:
    by_row = dict(zip(map(id, rows), words, strict=True))
    keys = {row.key for row in rows if row.sort.is_hosting}
    return Column(
        title=filters.day(day),
        href=address("crm.show_day", person, day),
        is_today=day == today_of(person),
        note=_("%(num)s planned", num=len(keys)) if keys else "",
        cells=[
            (cell.slots, by_row[id(cell.row)] if cell.row is not None else None)
            for cell in column(rows, person.zone, first, last)
        ],
    )
