"""The nearest yes for a wish that cannot be had: other times of the same thing, then a sister room."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.catalog.queries import facilitator_by_id, room_by_id, rooms_of_venue, service_by_id
from bookapp.scheduling.queries import appointment_starts, room_calendars, session_by_id, sessions_between
from bookapp.scheduling.rules import nearest, refusal, typed
from bookapp.values.errors import Alternative
from bookapp.values.timespan import Span, wall
from bookapp.web import filters

_MOST = 3
_AHEAD = dt.timedelta(days=14)
_AROUND = dt.timedelta(days=7)


def nearest_yes(wish: Wish, *, now: dt.datetime) -> tuple[Alternative, ...]:
    """Up to three other choices, nearest first, each a link that carries the rest of the wish."""
    match wish:
        case RoomWish():
            return tuple(_rooms(wish, now))
        case SeatWish():
            return tuple(_sessions(wish, now))
        case AppointmentWish():
            return tuple(_appointments(wish, now))


def _rooms(wish: RoomWish, now: dt.datetime) -> list[Alternative]:
    room = room_by_id(wish.room_id)
    rooms = [each for each in rooms_of_venue(room.venue_id) if each.capacity >= wish.people or each.id == room.id]
    around = Span(wish.span.start - _AROUND, wish.span.end + _AROUND)
    calendars = room_calendars(rooms, around, now=now)
    zone = room.venue.zone
    found = [
        Alternative(_room_link(room.slug, span, zone, wish), filters.days_and_hours(span, zone))
        for span in nearest(calendars[room.id], wish.span, limit=_MOST)
    ]
    sisters = [each for each in rooms if each.id != room.id and refusal(calendars[each.id], wish.span) is None]
    if sisters:
        sister = min(sisters, key=lambda each: (abs(each.capacity - room.capacity), each.name))
        words = _("%(hours)s in %(room)s", hours=filters.hours(wish.span, zone), room=sister.name)
        found = [*found[: _MOST - 1], Alternative(_room_link(sister.slug, wish.span, zone, wish), words)]
    return found


def _room_link(slug: str, span: Span, zone: str, wish: RoomWish) -> str:
    asked = {
        "date": wall(span.start, zone).date().isoformat(),
        "from": typed(span.start, zone),
        "to": typed(span.end, zone),
        "people": wish.people,
    } | {f"addon-{addon_id}": quantity for addon_id, quantity in wish.addons if quantity}
    return f"/rooms/{slug}?{urlencode(asked)}"


def _sessions(wish: SeatWish, now: dt.datetime) -> list[Alternative]:
    session = session_by_id(wish.session_id)
    if session is None:
        return []
    others = [
        other
        for other in sessions_between(Span(now, max(now, session.starts_at) + _AHEAD), service_id=session.service_id)
        if other.id != session.id and other.state == "scheduled" and other.capacity - other.seats_taken >= wish.seats
    ]
    others.sort(key=lambda other: abs(other.starts_at - session.starts_at))
    found = [
        Alternative(f"/sessions/{other.id}?seats={wish.seats}", filters.when(other.starts_at, other.zone))
        for other in others[:_MOST]
    ]
    left = session.capacity - session.seats_taken
    if 0 < left < wish.seats and session.state == "scheduled":
        words = ngettext("The last seat of this one", "The last %(num)s seats of this one", left)
        found = [Alternative(f"/sessions/{session.id}?seats={left}", words), *found[: _MOST - 1]]
    return found


def _appointments(wish: AppointmentWish, now: dt.datetime) -> list[Alternative]:
    service, person = service_by_id(wish.service_id), facilitator_by_id(wish.facilitator_id)
    window = Span(max(now, wish.starts_at - _AROUND), max(now, wish.starts_at) + _AHEAD)
    starts = appointment_starts(service, person, wish.minutes, window, now=now)
    starts.sort(key=lambda at: (abs(at - wish.starts_at), at))
    return [
        Alternative(
            f"/people/{person.slug}?"
            + urlencode({"service": service.slug, "minutes": wish.minutes, "start": at.isoformat()}),
            filters.when(at, person.zone),
        )
        for at in starts[:_MOST]
    ]
