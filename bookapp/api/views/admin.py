"""What those who run a house do: rooms, timeslots, and every booking they serve."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from flask_babel import ngettext

from bookapp.api.schemas import admin as schemas
from bookapp.api.schemas.base import paginated
from bookapp.api.views.area import ApiArea
from bookapp.api.views.keys import once
from bookapp.api.views.names import api_names
from bookapp.api.views.told import in_list
from bookapp.booking.queries.lists import Ask, served_page
from bookapp.catalog.actions import create_room
from bookapp.catalog.models import Room, Venue
from bookapp.catalog.policy import may_run_venue
from bookapp.catalog.rules import RoomDraft
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.actions.timeslots import generate_timeslots
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.words import N_
from bookapp.web.areas import STAFF
from bookapp.web.security import current_actor

views = ApiArea("admin", __name__, title=N_("Administration"), about=N_("Rooms, timeslots and bookings of a house."))

# How far back the list goes when nobody says from when on.
_DAYS_BACK = dt.timedelta(days=30)
_ANOTHER_CURRENCY = N_("This venue sells in %(currency)s.")


@views.post("/admin/rooms", audience=STAFF)
@views.arguments(schemas.RoomInput)
@views.response(201, schemas.NewRoomSchema)
@views.idempotent
def create_admin_room(asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Make a room that can be hired by time: for the manager of its venue, the owner, an admin."""
    actor = current_actor()

    def make() -> dict[str, Any]:
        venue = db.session.get(Venue, asked["venue_id"])
        if venue is None:
            raise NotFound
        if not may_run_venue(actor, venue.merchant_id, venue.id):
            raise NotAllowed
        facts = {name: value for name, value in asked.items() if name not in ("venue_id", "rate", "day_rate")}
        draft = RoomDraft(
            **facts | {"amenities": tuple(asked["amenities"])},
            rate_minor=_minor(asked["rate"], "rate", venue) or 0,
            day_rate_minor=_minor(asked.get("day_rate"), "day_rate", venue),
        )
        return {"room": create_room(actor, venue.id, draft).id}

    with api_names():
        room = db.session.get_one(Room, once(key, asked, make)["room"])
    currency = db.session.get_one(Venue, room.venue_id).currency
    same = ("id", "venue_id", "slug", "name", "type", "capacity", "amenities")
    return {name: getattr(room, name) for name in same} | {
        "rate": Money(room.rate_minor, currency),
        "day_rate": None if room.day_rate_minor is None else Money(room.day_rate_minor, currency),
    }


@views.post("/admin/timeslots/generate", audience=STAFF)
@views.arguments(schemas.TimeslotsInput)
@views.response(201, schemas.TimeslotsMadeSchema)
@views.idempotent
def generate_admin_timeslots(asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Put timeslots on a room's grid. Run twice, nothing is there twice; a long run is finished by workers."""
    with api_names(last="end_date", capacity="capacity"):
        run = generate_timeslots(
            current_actor(),
            asked["room_id"],
            first=asked["start_date"],
            last=asked["end_date"],
            now=clock.now(),
            service_id=asked.get("service_id"),
            opens=asked["opens"],
            closes=asked["closes"],
            minutes=asked["duration_minutes"],
            buffer_minutes=asked.get("buffer_minutes"),
            capacity=asked.get("capacity"),
            key=key,
        )
    return {
        "message": ngettext("%(num)s timeslot was made.", "%(num)s timeslots were made.", run.made),
        "count": run.made,
        "wanted": run.wanted,
        "finished": run.finished_at is not None,
    }


@views.get("/admin/bookings", audience=STAFF)
@views.arguments(schemas.ServedBookingsAsked, location="query")
@views.response(200, schemas.ServedPageSchema)
def list_admin_bookings(asked: dict[str, Any]) -> dict[str, Any]:
    """The bookings one serves: all of them, those of one's merchant or venues, or those one hosts.

    Without `from`, `to` or `session_id`: those that begin from 30 days ago on. All the years at once are nobody's list.
    """
    where = ("venue_id", "room_id", "facilitator_id", "session_id", "since", "until")
    ask = Ask(state=asked.get("status"), **{name: asked.get(name) for name in where})
    if ask.since is None and ask.until is None and ask.session_id is None:
        ask = replace(ask, since=clock.now() - _DAYS_BACK)
    found = served_page(current_actor(), ask, page=asked["page"], limit=asked["limit"])
    rows = [
        in_list(booking, found.money[booking.ref]) | {"name": booking.name, "email": booking.email}
        for booking in found.bookings
    ]
    return paginated(rows, asked, found.total) | {"counts": found.counts}


def _minor(price: Money | None, field: str, venue: Venue) -> int | None:
    if price is None:
        return None
    if price.currency != venue.currency:
        raise NotValid({field: _ANOTHER_CURRENCY}, currency=venue.currency)
    return price.minor
