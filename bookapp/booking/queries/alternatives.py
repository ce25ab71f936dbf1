"""The nearest yes for a wish that cannot be had: other times of the same thing, then a sister room."""

from __future__ import annotations

import datetime as dt

from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.catalog.models import Room
from bookapp.catalog.queries import facilitator_by_id, room_by_id, rooms_of_venue, service_by_id
from bookapp.scheduling.queries import appointment_starts, room_calendars, session_by_id, sessions_between
from bookapp.scheduling.rules import nearest, refusal
from bookapp.values.timespan import Span

_MOST = 3
_SISTERS_AT_ONCE = 8
_AHEAD = dt.timedelta(days=14)
_AROUND = dt.timedelta(days=7)


def other_wishes(wish: Wish, *, now: dt.datetime) -> list[Wish]:
    """Up to three other wishes that could be had, nearest first, each with the rest of this one."""
    match wish:
        case RoomWish():
            return _rooms(wish, now)
        case SeatWish():
            return _sessions(wish, now)
        case AppointmentWish():
            return _appointments(wish, now)


def _rooms(wish: RoomWish, now: dt.datetime) -> list[Wish]:
    room = room_by_id(wish.room_id)
    around = Span(wish.span.start - _AROUND, wish.span.end + _AROUND)
    calendar = room_calendars([room], around, now=now)[room.id]
    found: list[Wish] = [
        RoomWish(room.id, span, wish.people, wish.addons) for span in nearest(calendar, wish.span, limit=_MOST)
    ]
    sister = _sister(room, wish, now)
    if sister is not None:
        found = [*found[: _MOST - 1], RoomWish(sister.id, wish.span, wish.people, wish.addons)]
    return found


def _sister(room: Room, wish: RoomWish, now: dt.datetime) -> Room | None:
    """The room of the same venue that is free just then and most like it in size; only that time is read."""
    others = [each for each in rooms_of_venue(room.venue_id) if each.capacity >= wish.people and each.id != room.id]
    others.sort(key=lambda each: (abs(each.capacity - room.capacity), each.name))
    while others:
        # Many are told at once that they came too late: the first few nearly always have one.
        few, others = others[:_SISTERS_AT_ONCE], others[_SISTERS_AT_ONCE:]
        calendars = room_calendars(few, wish.span, now=now)
        for each in few:
            if refusal(calendars[each.id], wish.span) is None:
                return each
    return None


def _sessions(wish: SeatWish, now: dt.datetime) -> list[Wish]:
    session = session_by_id(wish.session_id)
    others = [
        other
        for other in sessions_between(Span(now, max(now, session.starts_at) + _AHEAD), service_id=session.service_id)
        if other.id != session.id and other.state == "scheduled" and other.capacity - other.seats_taken >= wish.seats
    ]
    others.sort(key=lambda other: abs(other.starts_at - session.starts_at))
    found: list[Wish] = [SeatWish(other.id, wish.seats) for other in others[:_MOST]]
    left = session.capacity - session.seats_taken
    if 0 < left < wish.seats and session.state == "scheduled":
        found = [SeatWish(session.id, left), *found[: _MOST - 1]]
    return found


def _appointments(wish: AppointmentWish, now: dt.datetime) -> list[Wish]:
    service, person = service_by_id(wish.service_id), facilitator_by_id(wish.facilitator_id)
    window = Span(max(now, wish.starts_at - _AROUND), max(now, wish.starts_at) + _AHEAD)
    starts = appointment_starts(service, person, wish.minutes, window, now=now)
    starts.sort(key=lambda at: (abs(at - wish.starts_at), at))
    return [AppointmentWish(service.id, person.id, at, wish.minutes) for at in starts[:_MOST]]
