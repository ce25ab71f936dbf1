"""Rooms: what there is, what is free, and what a day of one looks like."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookapp.api.schemas import calendars, places, search
from bookapp.api.schemas.base import offset_of, page_of, paginated
from bookapp.api.views.area import ApiArea
from bookapp.api.views.days import Day
from bookapp.booking.queries import mine_by_claims
from bookapp.catalog.queries import addons_for_room, room_by_id, rooms_page
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.scheduling.rules import runs, starts
from bookapp.search.queries import find_rooms
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import N_
from bookapp.web.areas import PUBLIC
from bookapp.web.security import current_actor

views = ApiArea("rooms", __name__, title=N_("Rooms"), about=N_("What can be hired by the hour, and when it is free."))


@views.get("/rooms", audience=PUBLIC)
@views.arguments(places.RoomsAsked, location="query")
@views.response(200, page_of(places.RoomInListSchema))
def list_rooms(asked: dict[str, Any]) -> dict[str, Any]:
    """List rooms by name."""
    rooms, total = rooms_page(
        city=asked["city"],
        type_=asked["type"],
        merchant=asked["merchant"],
        limit=asked["limit"],
        offset=offset_of(asked),
    )
    return paginated([places.room_in_list(room) for room in rooms], asked, total)


@views.get("/rooms/search", audience=PUBLIC)
@limiter.limit(limits.SEARCH)
@views.arguments(search.SearchAsked, location="query")
@views.response(200, search.SearchSchema)
def search_rooms(asked: dict[str, Any]) -> dict[str, Any]:
    """Search rooms that are free, best fit first.

    When fewer than five fit wholly, one of the amenities is enough; when still fewer, smaller rooms come as well.
    Whatever a room lacks is said in `missed`. Hours are wall time where the room is.
    """
    now, actor = clock.now(), current_actor()
    question = search.ask(asked, now.date())
    found = find_rooms(question, now=now, mine=mine_by_claims(actor, now), per_page=asked["limit"])
    if found.troubles and not found.total:
        raise NotValid(found.troubles[0].refusal.fields, **found.troubles[0].refusal.params)
    shown = found.shown if found.page == asked["page"] else []
    page = paginated([search.found_room(one, question, now) for one in shown], asked, found.total)
    return page | {"nearly": [search.found_room(one, question, now) for one in found.near]}


@views.get("/rooms/<int:room_id>", audience=PUBLIC)
@views.response(200, places.RoomSchema)
def show_room(room_id: int) -> dict[str, Any]:
    """Show a room, with its add-ons and terms."""
    room = room_by_id(room_id)
    return places.room(room, addons_for_room(room))


@views.get("/rooms/<int:room_id>/timeslots", audience=PUBLIC)
@limiter.limit(limits.SEARCH)
@views.arguments(calendars.DayAsked, location="query")
@views.response(200, calendars.SlotsOfDaySchema)
def list_timeslots(asked: dict[str, Any], room_id: int) -> dict[str, Any]:
    """List the slots of a room's day, free or not, with what each costs.

    Those with a `session_id` were made for this room and are booked as a seat; the others are every start at which
    the room can be hired for `duration`, within its hours.
    """
    day = Day(room_by_id(room_id), asked, now=clock.now(), actor=current_actor())
    return day.head | {"items": sorted([*day.made(), *day.hires()], key=lambda one: (one["start"], one["end"]))}


@views.get("/rooms/<int:room_id>/availability", audience=PUBLIC)
@limiter.limit(limits.SEARCH)
@views.arguments(calendars.DayAsked, location="query")
@views.response(200, calendars.AvailabilitySchema)
def show_availability(asked: dict[str, Any], room_id: int) -> dict[str, Any]:
    """Show what can be had of a room on a day: every free start, and the whole day with a reason for each stretch."""
    day = Day(room_by_id(room_id), asked, now=clock.now(), actor=current_actor())
    length = dt.timedelta(minutes=day.minutes)
    free = starts(day.calendar, day.span, day.minutes) if day.is_a_length else []
    return day.head | {
        "available": bool(free),
        "slots": [search.slot(Span(at, at + length), day.zone) for at in free],
        "day": [calendars.run(one, day.zone) for one in runs(day.calendar, day.span)],
    }
