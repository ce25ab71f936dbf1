"""The calendar on a room's page as data for its template: a day of every room, a week or a month of this one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from bookapp.catalog.models import Room
from bookapp.scheduling.forms import RoomChoice
from bookapp.scheduling.rules import Calendar, Code
from bookapp.scheduling.rules.grid import (
    CELL,
    DAYTIME,
    DayLeft,
    Ruler,
    left_by_day,
    ruler,
)
from bookapp.scheduling.views.asked import Asked
from bookapp.scheduling.views.drawing import Draw, Row
from bookapp.scheduling.views.words import Month, first_of_next, month
from bookapp.values.timespan import Span, day_span, days, instant_near, wall
from bookapp.web import filters

ONE_DAY, ONE_WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Board:
    """What all three have: a heading, the way to the one before and after, the tabs."""

    view: str
    title: str
    label: str
    earlier: tuple[str, str]
    later: tuple[str, str]
    tabs: list[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class DayBoard(Board):
    """Rooms down, half hours across. `place` is (first cell, cells) of what is asked for; `now` a cell or None."""

    ruler: Ruler
    rows: list[Row]
    place: tuple[int, int] | None
    now: int | None
    least: int


@dataclass(frozen=True, slots=True)
class WeekBoard(Board):
    """Days across, half hours down; `days` as `ui.week_grid` takes them."""

    ruler: Ruler
    days: list[dict[str, Any]]
    least: int


@dataclass(frozen=True, slots=True)
class MonthBoard(Board):
    """What is left of each day, for `ui.month`."""

    month: Month


def day_board(room: Room, asked: Asked, rooms: Sequence[Any], calendars: Mapping[int, Calendar]) -> DayBoard:
    """Every room of the house on the day asked for, this room first."""
    zone = room.venue.zone
    day = day_span(asked.day, zone)
    over = ruler((span for calendar in calendars.values() for span in calendar.open), day, zone, asked=asked.span)
    draw = Draw(asked, zone, room.venue.currency)
    return DayBoard(
        **_around(asked, "day", filters.day(asked.day), ONE_DAY, _("Free times on %(day)s, %(zone)s time"), zone),
        ruler=over,
        rows=[draw.row(row, calendars[row.id], over, is_own=row.id == room.id) for row in rooms],
        place=over.place(asked.span) if asked.span else None,
        now=over.cell_of(calendars[room.id].now),
        least=_least(room),
    )


def week_board(room: Room, asked: Asked, calendar: Calendar) -> WeekBoard:
    """Seven days of this room, Monday first."""
    zone = room.venue.zone
    monday = asked.day - dt.timedelta(days=asked.day.weekday())
    week = list(days(monday, monday + ONE_WEEK - ONE_DAY))
    rulers = _week_rulers(week, calendar, asked)
    draw = Draw(asked, zone, room.venue.currency)
    today = wall(calendar.now, zone).date()
    title = _("Week of %(day)s", day=filters.day(monday))
    return WeekBoard(
        **_around(asked, "week", title, ONE_WEEK, _("Free times in the week of %(day)s, %(zone)s time"), zone),
        ruler=max(rulers, key=lambda one: one.cells),
        days=[
            {
                "title": f"{filters.weekday(day)} {day.day}",
                "iso": day.isoformat(),
                "today": day == today,
                "times": over.times,
                "runs": draw.runs(calendar, over, room.slug),
                "asked": over.place(asked.span) if asked.span else None,
            }
            for day, over in zip(week, rulers, strict=True)
        ],
        least=_least(room),
    )


def month_board(room: Room, asked: Asked, calendar: Calendar) -> MonthBoard:
    """The month of the day asked for, with what is left of each day."""
    zone = room.venue.zone
    today = wall(calendar.now, zone).date()
    first = asked.day.replace(day=1)
    left = {one.day: one for one in left_by_day(calendar, first, first_of_next(first) - ONE_DAY)}
    shown = month(
        first,
        today=today,
        cell=lambda day: _month_day(left[day], asked),
        turn=lambda other: _at_day(asked.choice, max(other, today)),
    )
    label = _("What is left in %(month)s, %(zone)s time", month=shown.label, zone=filters.zone_name(zone))
    return MonthBoard("month", shown.label, label, shown.earlier, shown.later, _tabs(asked.choice), shown)


def _around(asked: Asked, view: str, title: str, step: dt.timedelta, label: str, zone: str) -> dict[str, Any]:
    before, after = asked.day - step, asked.day + step
    return {
        "view": view,
        "title": title,
        "label": label % {"day": filters.day_long(asked.day), "zone": filters.zone_name(zone)},
        "earlier": (_at_day(asked.choice, before), filters.day_long(before)),
        "later": (_at_day(asked.choice, after), filters.day_long(after)),
        "tabs": _tabs(asked.choice),
    }


def _at_day(choice: RoomChoice, day: dt.date) -> str:
    return replace(choice, day=day).href


def _tabs(choice: RoomChoice) -> list[tuple[str, str, bool]]:
    words = {"day": _("Day, all rooms"), "week": _("Week"), "month": _("Month")}
    return [(word, replace(choice, view=view).href, view == choice.view) for view, word in words.items()]


def _least(room: Room) -> int:
    return int(-(-dt.timedelta(minutes=room.min_minutes) // CELL))


def _week_rulers(week: list[dt.date], calendar: Calendar, asked: Asked) -> list[Ruler]:
    """One ruler per day over the same hours of the clock: on the day it changes, with an hour more or less."""
    zone = calendar.zone
    whole = [day_span(day, zone) for day in week]
    shown = [*calendar.open, *([asked.span] if asked.span else [])]
    alone = [ruler(shown, day, zone) for day in whole if any(span.overlaps(day) for span in shown)]
    first = min((one.times[0][:5] for one in alone), default=f"{DAYTIME[0] // 2:02}:00")
    last = max((one.times[-1][:5] for one in alone), default=f"{DAYTIME[1] // 2:02}:00")
    rulers = []
    for day, span in zip(week, whole, strict=True):
        start = instant_near(day, dt.time.fromisoformat(first), zone)
        end = span.end if last == "24:00" else instant_near(day, dt.time.fromisoformat(last), zone)
        rulers.append(ruler([Span(start, end)], span, zone))
    return rulers


def _month_day(left: DayLeft, asked: Asked) -> tuple[str, str, str]:
    """(address, note, state) of a day, as `words.month` wants it."""
    if left.code is Code.FREE:
        href = replace(asked.choice, day=left.day, start="", end="", view="day").href
        note = _("%(hours)s h left", hours=filters.number(round(left.minutes / 60, 1)))
        return href, note, "chosen" if left.day == asked.day else ""
    notes = {
        Code.PAST: "",
        Code.CLOSED: _("Closed"),
        Code.HORIZON: _("Not yet"),
        Code.NOTICE: _("Too soon"),
        Code.YOURS: _("Yours"),
    }
    return "", notes.get(left.code, _("Full")), "off" if left.code in notes else "full"
