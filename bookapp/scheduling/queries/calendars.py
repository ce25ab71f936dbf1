"""Calendars of rooms and people: what stands still is remembered (`routines.py`), so that one query is left for any
number of either: what is taken."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from sqlalchemy import ARRAY, BigInteger, DateTime, Select, any_, bindparam, func, or_, select

from bookapp.catalog.models import Facilitator, Service
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Occupancy
from bookapp.scheduling.queries.routines import people_routines, room_routines
from bookapp.scheduling.rules import Calendar, Kind, Limits, Taken
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
    routines = room_routines(tuple(sorted(room.id for room in rooms)))
    reach = window.padded(before=around, after=around)
    taken = taken_by_resource([room.resource_id for room in rooms] if occupied else [], reach, now=now)
    return {
        room.id: routines[room.id].calendar(
            wide, taken=taken[room.resource_id], limits=limits_of_room(room), now=now, mine=mine
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
    routines = people_routines(tuple(sorted(person.id for person in facilitators)))
    taken = taken_by_resource([person.resource_id for person in facilitators], wide, now=now)
    limits = limits_of(service) if service else UNLIMITED
    return {
        person.id: routines[person.id].calendar(
            wide, taken=taken[person.resource_id], limits=limits, now=now, mine=mine, kind=Kind.PERSON
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


def limits_of_room(room: RoomFacts) -> Limits:
    """How a room may be booked."""
    return Limits(
        room.min_minutes,
        room.max_minutes,
        room.step_minutes,
        room.buffer_minutes,
        room.notice_minutes,
        room.horizon_days,
    )


def _taken_within() -> Select[Any]:
    taken, moment = Occupancy.__table__.c, DateTime(timezone=True)
    starts, ends = func.lower(taken.during), func.upper(taken.during)
    return (
        select(taken.resource_id, starts, ends, taken.used_until, taken.claim_id, taken.kind)
        .where(
            taken.active,
            taken.resource_id == any_(bindparam("resources", type_=ARRAY(BigInteger))),
            starts < bindparam("window_end", type_=moment),
            starts > bindparam("earliest", type_=moment),
            ends > bindparam("window_start", type_=moment),
            or_(taken.blocks_until.is_(None), taken.blocks_until > bindparam("now", type_=moment)),
        )
        .order_by(taken.resource_id, starts)
    )


# Put together once: that costs as much as to send it.
_TAKEN_WITHIN = _taken_within()


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
    rows = db.session.execute(
        _TAKEN_WITHIN,
        {
            "resources": sorted(resource_ids),
            "window_start": window.start,
            "window_end": window.end,
            "earliest": window.start - LONGEST_OCCUPANCY,
            "now": now,
        },
    )
    for resource_id, starts_at, ends_at, used_until, claim_id, kind in rows:
        taken[resource_id].append(Taken(Span(starts_at, ends_at), used_until, claim_id, kind))
    return taken
