"""/desk/calendar: a venue's week, a day of it, or both as a list, with all its rooms and everything in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for

from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.desk_views.calendar_words import Entry, entries, entry_of
from bookapp.booking.queries import calendar as calendars
from bookapp.booking.queries.calendar import Known
from bookapp.booking.rules.lanes import CELLS_OF_HOUR, Run, bounds, cells, share_taken
from bookapp.catalog.models import Venue
from bookapp.catalog.states import Role
from bookapp.infra import clock, live
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span, day_span, days, wall
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

WEEK, DAY, LIST = "week", "day", "list"
_ONE_WEEK, _SUNDAY = dt.timedelta(days=7), dt.timedelta(days=6)
_YEARS = range(2000, 2200)
_LONGEST_ID = 2**53
# A house with more rooms is shown by the day, unless the week is asked for: nobody reads seven times so many lanes.
_MOST_IN_A_WEEK = 24


@dataclass(frozen=True, slots=True)
class Lane:
    """One room on one day, ready to be drawn."""

    room_id: int
    day: dt.date
    name: str
    step: int
    cells: Sequence[tuple[int, Entry]]


@dataclass(frozen=True, slots=True)
class Board:
    """One day: its lanes, and how many quarters of an hour after the first hour it is now (None on other days)."""

    day: dt.date
    title: str
    href: str
    pick: str
    is_today: bool
    is_chosen: bool
    lanes: Sequence[Lane]
    now: int | None


@blueprint.get("/desk/calendar")
def show_calendar() -> Response:
    """The week or day of ?date= (else now) at ?venue= (else the first of one's own), of all rooms or of ?room=."""
    actor, query, now = current_actor(), Query(request.args), clock.now()
    slug = query.text("venue")
    if not slug:
        return _first_or_choice(query)
    venue = calendars.venue_at_desk(actor, slug)
    today = wall(now, venue.zone).date()
    asked = query.day("date")
    day = asked if asked and asked.year in _YEARS else today
    rooms = calendars.rooms_at_desk(venue.id)
    room = next((one for one in rooms if one.id == query.integer("room", low=1, high=_LONGEST_ID)), None)
    usual = WEEK if room or len(rooms) <= _MOST_IN_A_WEEK else DAY
    view = query.choice("view", (WEEK, DAY, LIST), usual)
    monday = day - dt.timedelta(days=day.weekday())
    shown = [day] if view == DAY else list(days(monday, monday + _SUNDAY))
    window = Span(day_span(shown[0], venue.zone).start, day_span(shown[-1], venue.zone).end)
    found = calendars.known([room] if room else rooms, window, zone=venue.zone, now=now)
    runs = {(one.id, each): found.runs(one.id, each) for each in shown for one in found.rooms}
    here = _address(venue, day, view, room.id if room else None)
    step = dt.timedelta(days=1) if view == DAY else _ONE_WEEK
    return page(
        "booking/desk/calendar/index.html",
        "calendar",
        venue=venue,
        here=here,
        view=view,
        room=room,
        day=day,
        title=_title(day, view),
        facts=_facts(found, runs, shown, venue),
        venues=calendars.venues_at_desk(actor),
        is_admin=actor.is_admin,
        views=[(words, _address(venue, day, one, room.id if room else None), one == view) for one, words in _views()],
        chips=_chips(venue, day, view, rooms, room),
        earlier=_beside(venue, day - step, view, room),
        later=_beside(venue, day + step, view, room),
        current=(
            _address(venue, today, view, room.id if room else None),
            _("Today") if view == DAY else _("This week"),
        ),
        new=url_for("booking_desk.new_booking", venue=venue.slug, date=day.isoformat()),
        errors=query.errors,
        **(_listed(found, runs, shown) if view == LIST else _drawn(found, runs, shown, venue, day, room, now)),
    )


@blueprint.get("/desk/calendar/live")
def listen_to_venue() -> Response:
    """The stream of one venue, for who may see its calendar."""
    venue = calendars.venue_at_desk(current_actor(), Query(request.args).text("venue"))
    return live.answer(f"venue:{venue.id}")


def calendar_address(venue: Venue, at: dt.datetime) -> str:
    """Where something is in the calendar."""
    return _address(venue, wall(at, venue.zone).date(), None, None)


def _first_or_choice(query: Query) -> Response:
    """Who runs a house is at its first venue, if there is one; an admin says which. Raises NotFound for who hosts."""
    actor = current_actor()
    if not actor.is_admin and not any(grant.role in (Role.OWNER, Role.MANAGER) for grant in actor.grants):
        raise NotFound
    text = query.text("q")
    found = calendars.venues_at_desk(actor, text)
    if found and not actor.is_admin:
        return redirect_to(url_for("booking_desk.show_calendar", venue=found[0].slug))
    return page("booking/desk/calendar/choose.html", venues=found, text=text, most=calendars.MOST_VENUES)


def _views() -> list[tuple[str, str]]:
    return [(WEEK, _("Week")), (DAY, _("Day")), (LIST, _("List"))]


def _title(day: dt.date, view: str) -> str:
    return filters.day_long(day) if view == DAY else _("week %(number)s", number=day.isocalendar().week)


def _facts(
    found: Known, runs: dict[tuple[int, dt.date], list[Run]], shown: Sequence[dt.date], venue: Venue
) -> list[str]:
    """What stands below the heading: the days, the clock, how full it is."""
    share = share_taken(runs.values())
    facts = [] if len(shown) == 1 else [f"{filters.day(shown[0])} – {filters.day(shown[-1])}"]
    facts.append(_("%(zone)s time", zone=filters.zone_name(venue.zone)))
    if share is not None:
        facts.append(_("%(percent)s %% booked", percent=share))
    if found.due:
        facts.append(_("%(num)s to be paid at the venue", num=len(found.due)))
    return facts


def _drawn(
    found: Known,
    runs: dict[tuple[int, dt.date], list[Run]],
    shown: Sequence[dt.date],
    venue: Venue,
    chosen: dt.date,
    room: Any,
    now: dt.datetime,
) -> dict[str, Any]:
    """The days as lanes of cells."""
    first, last = bounds(runs.values(), venue.zone)
    local = wall(now, venue.zone)
    minutes = (local.hour - first) * 60 + local.minute
    boards = []
    for day in shown:
        is_today = day == local.date()
        lanes = [
            Lane(
                one.id,
                day,
                one.name,
                max(one.step_minutes * CELLS_OF_HOUR // 60, 1),
                [
                    (cell.n, entry_of(found, cell.run, venue, one, day))
                    for cell in cells(runs[one.id, day], venue.zone, first, last)
                ],
            )
            for one in found.rooms
        ]
        inside = is_today and 0 <= minutes < (last - first) * 60
        boards.append(
            Board(
                day, filters.day(day), _address(venue, day, DAY, room.id if room else None),
                _address(venue, day, WEEK, room.id if room else None), is_today, day == chosen, lanes,
                minutes * CELLS_OF_HOUR // 60 if inside else None,
            )
        )  # fmt: skip
    return {
        "boards": boards,
        "first": first,
        "hours": [f"{hour:02}" for hour in range(first, last)],
        "all_cells": (last - first) * CELLS_OF_HOUR,
    }


def _listed(found: Known, runs: dict[tuple[int, dt.date], list[Run]], shown: Sequence[dt.date]) -> dict[str, Any]:
    """The same as a list."""
    return {
        "listed": [
            (filters.day_long(day), [one for each in found.rooms for one in entries(found, runs[each.id, day], each)])
            for day in shown
        ]
    }


def _chips(venue: Venue, day: dt.date, view: str, rooms: Sequence[Any], room: Any) -> list[tuple[str, str, bool]]:
    chips = [(_("All rooms"), _address(venue, day, view, None), room is None)]
    return chips + [
        (one.name, _address(venue, day, view, one.id), room is not None and room.id == one.id) for one in rooms
    ]


def _beside(venue: Venue, day: dt.date, view: str, room: Any) -> tuple[str, str]:
    return _address(venue, day, view, room.id if room else None), _title(day, view)


def _address(venue: Venue, day: dt.date, view: str | None, room_id: int | None) -> str:
    asked: dict[str, object] = {"venue": venue.slug, "date": day.isoformat()}
    if view is not None:
        asked["view"] = view
    if room_id is not None:
        asked["room"] = room_id
    return f"/desk/calendar?{urlencode(asked)}"
