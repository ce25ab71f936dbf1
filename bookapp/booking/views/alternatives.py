"""The nearest yes as links: each carries the rest of the wish."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.queries.alternatives import other_wishes
from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.catalog.queries import facilitator_by_id, room_by_id, service_by_id
from bookapp.scheduling.queries import session_by_id
from bookapp.scheduling.rules import typed
from bookapp.values.errors import Alternative
from bookapp.values.timespan import wall
from bookapp.web import filters


def nearest_yes(wish: Wish, *, now: dt.datetime) -> tuple[Alternative, ...]:
    """Up to three other choices, nearest first."""
    return tuple(_link(wish, other) for other in other_wishes(wish, now=now))


def _link(wish: Wish, other: Wish) -> Alternative:
    match other:
        case RoomWish():
            return _room(wish, other)
        case SeatWish():
            return _session(wish, other)
        case AppointmentWish():
            return _appointment(other)


def _room(wish: Wish, other: RoomWish) -> Alternative:
    room = room_by_id(other.room_id)
    zone = room.venue.zone
    asked = {
        "date": wall(other.span.start, zone).date().isoformat(),
        "from": typed(other.span.start, zone),
        "to": typed(other.span.end, zone),
        "people": other.people,
    } | {f"addon-{addon_id}": quantity for addon_id, quantity in other.addons if quantity}
    words = filters.days_and_hours(other.span, zone)
    if isinstance(wish, RoomWish) and wish.room_id != room.id:
        words = _("%(hours)s in %(room)s", hours=filters.hours(other.span, zone), room=room.name)
    return Alternative(f"/rooms/{room.slug}?{urlencode(asked)}", words)


def _session(wish: Wish, other: SeatWish) -> Alternative:
    session = session_by_id(other.session_id)
    words = filters.when(session.starts_at, session.zone)
    if isinstance(wish, SeatWish) and wish.session_id == session.id:
        words = ngettext("The last seat of this one", "The last %(num)s seats of this one", other.seats)
    return Alternative(f"/sessions/{session.id}?seats={other.seats}", words)


def _appointment(other: AppointmentWish) -> Alternative:
    service, person = service_by_id(other.service_id), facilitator_by_id(other.facilitator_id)
    asked = {"service": service.slug, "minutes": other.minutes, "start": other.starts_at.isoformat()}
    return Alternative(f"/people/{person.slug}?{urlencode(asked)}", filters.when(other.starts_at, person.zone))
