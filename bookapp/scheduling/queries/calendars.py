"""Calendars of rooms and people: three queries for any number of either (hours with zones, closures, occupancy)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, func, literal, null, or_, select, union_all

from bookapp.catalog.models import Facilitator, Service, Venue
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Closure, Occupancy, OpeningHours, WorkingHours
from bookapp.scheduling.rules import Calendar, Closed, Hours, Kind, Limits, Taken, open_spans
from bookapp.values.timespan import Span

# Read around a window as well: nights that reach into it, buffers that reach out of it (neither is longer than a day).
AROUND = dt.timedelta(days=1)
NO_ONE: frozenset[uuid.UUID] = frozenset()

LONGEST_MINUTES = int(LONGEST_OCCUPANCY.total_seconds() // 60)
# Where only hours, closures and occupancy decide: a person without a service, a room used by somebody's service.
UNLIMITED = Limits(1, LONGEST_MINUTES, 1, 0, 0, 10 * 365)


class RoomFacts(Protocol):
    """What is needed of a room: the entity, or a row with these columns."""

    id: Any
    resource_id: Any
    venue_id: Any
    min_minutes: Any
    max_minutes: Any
    step_minutes: Any
    buffer_minutes: Any
    notice_minutes: Any
    horizon_days: Any


def room_calendars(
    rooms: Sequence[RoomFacts],
    window: Span,
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID] = NO_ONE,
    occupied: bool = True,
    around: dt.timedelta = AROUND,
) -> dict[int, Calendar]:
    """The calendar of each room by its id, complete for `window`. `mine` are claims to be shown as one's own.

    What is taken is read `around` the window as well; with less than a day of it the calendar answers for the window
    only. With `occupied=False` it is left out (and not read): for whoever adds it for a few of many rooms.
    """
    if not rooms:
        return {}
    wide = window.padded(before=AROUND, after=AROUND)
    zones, of_venue, of_room = _opening_hours({room.venue_id for room in rooms}, [room.id for room in rooms])
    closed = _room_closures(rooms, wide)
    reach = window.padded(before=around, after=around)
    taken = taken_by_resource([room.resource_id for room in rooms] if occupied else [], reach, now=now)
    spans = _OpenSpans(wide)
    return {
        room.id: Calendar(
            zone=zones[room.venue_id],
            open=spans.of(of_room.get(room.id) or of_venue[room.venue_id], zones[room.venue_id]),
            closures=_ordered(closed["venue", room.venue_id] + closed["room", room.id]),
            taken=tuple(taken[room.resource_id]),
            limits=_limits(room),
            now=now,
            mine=mine,
        )
        for room in rooms
    }


def people_calendars(
    facilitators: Sequence[Facilitator],
    service: Service | None,
    window: Span,
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID] = NO_ONE,
) -> dict[int, Calendar]:
    """The calendar of each person by their id, with the step, buffer, notice and horizon of `service`.

    The person is the resource: what they do for another merchant takes their time here as well.
    """
    if not facilitators:
        return {}
    wide = window.padded(before=AROUND, after=AROUND)
    ids = [person.id for person in facilitators]
    hours = _working_hours(ids)
    closed = _closures(Closure.facilitator_id == any_(_ids(ids)), wide)
    taken = taken_by_resource([person.resource_id for person in facilitators], wide, now=now)
    limits = limits_of(service) if service else UNLIMITED
    spans = _OpenSpans(wide)
    return {
        person.id: Calendar(
            zone=person.zone,
            open=spans.of(hours[person.id], person.zone),
            closures=_ordered(closed["person", person.id]),
            taken=tuple(taken[person.resource_id]),
            limits=limits,
            now=now,
            mine=mine,
            kind=Kind.PERSON,
        )
        for person in facilitators
    }


def limits_of(service: Service) -> Limits:
    """How a service may be booked; its lengths are checked where they are chosen."""
    return Limits(
        1,
        LONGEST_MINUTES,
        service.step_minutes,
        service.buffer_minutes,
        service.notice_minutes,
        service.horizon_days,
    )


def taken_by_resource(
    resource_ids: Collection[int], window: Span, *, now: dt.datetime
) -> defaultdict[int, list[Taken]]:
    """What takes these resources somewhere in `window`, by resource and in order of start.

    A lapsed hold does not count: whoever needs its place has it expired first. Read over the plain index: an
    occupancy that reaches into the window started at most LONGEST_OCCUPANCY before it.
    """
    taken: defaultdict[int, list[Taken]] = defaultdict(list)
    if not resource_ids:
        return taken
    starts, ends = func.lower(Occupancy.during), func.upper(Occupancy.during)
    rows = db.session.execute(
        select(
            Occupancy.resource_id,
            starts.label("starts_at"),
            ends.label("ends_at"),
            Occupancy.used_until,
            Occupancy.claim_id,
            Occupancy.kind,
        )
        .where(
            Occupancy.active,
            Occupancy.resource_id == any_(_ids(resource_ids)),
            starts < window.end,
            starts > window.start - LONGEST_OCCUPANCY,
            ends > window.start,
            or_(Occupancy.blocks_until.is_(None), Occupancy.blocks_until > now),
        )
        .order_by(Occupancy.resource_id, starts)
    )
    for resource_id, starts_at, ends_at, used_until, claim_id, kind in rows:
        taken[resource_id].append(Taken(Span(starts_at, ends_at), used_until, claim_id, kind))
    return taken


def _opening_hours(
    venue_ids: Collection[int], room_ids: Collection[int]
) -> tuple[dict[int, str], dict[int, list[Hours]], dict[int, list[Hours]]]:
    """The zone of each venue, its hours, and the hours of rooms that have their own."""
    of_venues = (
        select(
            Venue.id,
            null().cast(BigInteger),
            Venue.zone,
            OpeningHours.weekday,
            OpeningHours.opens,
            OpeningHours.closes,
        )
        .outerjoin(OpeningHours, OpeningHours.venue_id == Venue.id)
        .where(Venue.id == any_(_ids(venue_ids)))
    )
    of_rooms = select(
        OpeningHours.venue_id,
        OpeningHours.room_id,
        literal(""),
        OpeningHours.weekday,
        OpeningHours.opens,
        OpeningHours.closes,
    ).where(OpeningHours.room_id == any_(_ids(room_ids)))
    zones: dict[int, str] = {}
    by_venue: dict[int, list[Hours]] = {}
    by_room: dict[int, list[Hours]] = {}
    row: Any
    for row in db.session.execute(union_all(of_venues, of_rooms)):
        venue_id, room_id, zone, weekday, opens, closes = row
        if venue_id is not None:
            zones[venue_id] = zone
            hours = by_venue.setdefault(venue_id, [])
        else:
            hours = by_room.setdefault(room_id, [])
        if weekday is not None:
            hours.append(Hours(weekday, opens, closes))
    return zones, by_venue, by_room


def _working_hours(facilitator_ids: Collection[int]) -> defaultdict[int, list[Hours]]:
    rows = db.session.execute(
        select(WorkingHours.facilitator_id, WorkingHours.weekday, WorkingHours.starts, WorkingHours.ends).where(
            WorkingHours.facilitator_id == any_(_ids(facilitator_ids))
        )
    )
    hours: defaultdict[int, list[Hours]] = defaultdict(list)
    for facilitator_id, weekday, begins, ends in rows:
        hours[facilitator_id].append(Hours(weekday, begins, ends))
    return hours


def _room_closures(rooms: Sequence[RoomFacts], window: Span) -> defaultdict[tuple[str, int], list[Closed]]:
    return _closures(
        or_(
            Closure.venue_id == any_(_ids({room.venue_id for room in rooms})),
            Closure.room_id == any_(_ids([room.id for room in rooms])),
        ),
        window,
    )


def _closures(whose: ColumnElement[bool], window: Span) -> defaultdict[tuple[str, int], list[Closed]]:
    """The closures that touch `window`, by ("venue" | "room" | "person", id)."""
    rows = db.session.execute(
        select(
            Closure.venue_id,
            Closure.room_id,
            Closure.facilitator_id,
            Closure.starts_at,
            Closure.ends_at,
            Closure.reason,
        ).where(whose, Closure.starts_at < window.end, Closure.ends_at > window.start)
    )
    closed: defaultdict[tuple[str, int], list[Closed]] = defaultdict(list)
    for venue_id, room_id, facilitator_id, starts_at, ends_at, reason in rows:
        key = ("venue", venue_id) if venue_id else ("room", room_id) if room_id else ("person", facilitator_id or 0)
        closed[key].append(Closed(Span(starts_at, ends_at), reason))
    return closed


class _OpenSpans:
    """Most rooms of a venue share its hours: laid onto days once."""

    def __init__(self, window: Span) -> None:
        self._window = window
        self._known: dict[tuple[str, tuple[Hours, ...]], tuple[Span, ...]] = {}
        # The same list again needs no comparing; it is kept beside its answer, so that its id stays its own.
        self._seen: dict[int, tuple[Sequence[Hours], tuple[Span, ...]]] = {}

    def of(self, hours: Sequence[Hours], zone: str) -> tuple[Span, ...]:
        seen = self._seen.get(id(hours))
        if seen is not None:
            return seen[1]
        key = (zone, tuple(hours))
        if key not in self._known:
            self._known[key] = open_spans(key[1], self._window, zone)
        self._seen[id(hours)] = hours, self._known[key]
        return self._known[key]


def _limits(room: RoomFacts) -> Limits:
    return Limits(
        room.min_minutes,
        room.max_minutes,
        room.step_minutes,
        room.buffer_minutes,
        room.notice_minutes,
        room.horizon_days,
    )


def _ordered(closed: list[Closed]) -> tuple[Closed, ...]:
    return tuple(sorted(closed, key=lambda one: one.span))


def _ids(ids: Collection[int]) -> ColumnElement[Any]:
    """One array instead of a list of parameters: the same statement for one room and for a hundred."""
    return literal(sorted(ids), ARRAY(BigInteger))
