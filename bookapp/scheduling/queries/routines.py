"""What of a calendar stands still: the week, the closures, the zone. Remembered, as it changes a few times a year."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, literal, or_, select

from bookapp.catalog.models import Facilitator, Room, Venue
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.scheduling.models import Closure, OpeningHours, WorkingHours
from bookapp.scheduling.rules import Calendar, Closed, Hours, Kind, Limits, Taken, open_spans
from bookapp.values.timespan import Span

_DAY = dt.timedelta(days=1)
_ROOM, _VENUE, _PERSON = Room.__table__.c, Venue.__table__.c, Facilitator.__table__.c
_OPENING, _WORKING, _CLOSURE = OpeningHours.__table__.c, WorkingHours.__table__.c, Closure.__table__.c


@dataclass(frozen=True, slots=True, eq=False)
class Routine:
    """An ordinary week, and when it is not kept. One object for all that are alike, compared by being the same one."""

    zone: str
    hours: tuple[Hours, ...]
    closures: tuple[Closed, ...]

    def within(self, window: Span) -> tuple[tuple[Span, ...], tuple[Closed, ...]]:
        """The open spans and the closures of at least `window`, both in order."""
        # Whole days, so that whoever asks later today is answered with the same.
        return _laid(self, window.start.date(), window.end.date() + _DAY)

    def calendar(
        self,
        window: Span,
        *,
        taken: Sequence[Taken],
        limits: Limits,
        now: dt.datetime,
        mine: frozenset[uuid.UUID] = frozenset(),
        kind: Kind = Kind.ROOM,
    ) -> Calendar:
        """Laid onto `window`, with what is taken there."""
        opened, closures = self.within(window)
        return Calendar(self.zone, opened, closures, tuple(taken), limits, now, mine, kind)


@lru_cache(maxsize=4096)
def _laid(routine: Routine, first: dt.date, last: dt.date) -> tuple[tuple[Span, ...], tuple[Closed, ...]]:
    window = Span(_midnight(first), _midnight(last))
    closures = tuple(one for one in routine.closures if one.span.overlaps(window))
    return open_spans(routine.hours, window, routine.zone), closures


@remembered(most=1024)
def room_routines(room_ids: tuple[int, ...]) -> Mapping[int, Routine]:
    """By room: its own hours where it has some, else its venue's; the closures of both."""
    rooms = db.session.execute(
        select(_ROOM.id, _ROOM.venue_id, _VENUE.zone)
        .join(Venue.__table__, _VENUE.id == _ROOM.venue_id)
        .where(_ROOM.id == any_(_ids(room_ids)))
    ).all()
    venue_ids = tuple({room.venue_id for room in rooms})
    hours: defaultdict[tuple[str, int], list[Hours]] = defaultdict(list)
    for venue_id, room_id, weekday, opens, closes in db.session.execute(
        select(_OPENING.venue_id, _OPENING.room_id, _OPENING.weekday, _OPENING.opens, _OPENING.closes)
        .where(or_(_OPENING.venue_id == any_(_ids(venue_ids)), _OPENING.room_id == any_(_ids(room_ids))))
        .order_by(_OPENING.weekday, _OPENING.opens)
    ):
        hours[("venue", venue_id) if venue_id else ("room", room_id)].append(Hours(weekday, opens, closes))
    closed = _closures(or_(_CLOSURE.venue_id == any_(_ids(venue_ids)), _CLOSURE.room_id == any_(_ids(room_ids))))
    alike = _Alike()
    return {
        room_id: alike.routine(
            zone,
            hours[("room", room_id) if ("room", room_id) in hours else ("venue", venue_id)],
            closed["venue", venue_id] + closed["room", room_id],
        )
        for room_id, venue_id, zone in rooms
    }


@remembered(most=1024)
def people_routines(facilitator_ids: tuple[int, ...]) -> Mapping[int, Routine]:
    """By facilitator: when they work, on the clocks where they live, and when they are away."""
    whose = _ids(facilitator_ids)
    hours: defaultdict[int, list[Hours]] = defaultdict(list)
    for facilitator_id, weekday, starts, ends in db.session.execute(
        select(_WORKING.facilitator_id, _WORKING.weekday, _WORKING.starts, _WORKING.ends)
        .where(_WORKING.facilitator_id == any_(whose))
        .order_by(_WORKING.weekday, _WORKING.starts)
    ):
        hours[facilitator_id].append(Hours(weekday, starts, ends))
    closed = _closures(_CLOSURE.facilitator_id == any_(whose))
    alike = _Alike()
    zones = db.session.execute(select(_PERSON.id, _PERSON.zone).where(_PERSON.id == any_(whose)))
    return {who: alike.routine(zone, hours[who], closed["person", who]) for who, zone in zones}


class _Alike:
    """Gives what is alike as the same object: it is laid onto days, and decided about, once for all of them."""

    def __init__(self) -> None:
        self._known: dict[Any, Routine] = {}

    def routine(self, zone: str, hours: list[Hours], closures: list[Closed]) -> Routine:
        ordered = tuple(sorted(closures, key=lambda one: one.span))
        key = (zone, tuple(hours), ordered)
        if key not in self._known:
            self._known[key] = Routine(*key)
        return self._known[key]


def _closures(whose: ColumnElement[bool]) -> defaultdict[tuple[str, int], list[Closed]]:
    """By ("venue" | "room" | "person", id)."""
    rows = db.session.execute(
        select(
            _CLOSURE.venue_id,
            _CLOSURE.room_id,
            _CLOSURE.facilitator_id,
            _CLOSURE.starts_at,
            _CLOSURE.ends_at,
            _CLOSURE.reason,
        ).where(whose)
    )
    closed: defaultdict[tuple[str, int], list[Closed]] = defaultdict(list)
    for venue_id, room_id, facilitator_id, starts_at, ends_at, reason in rows:
        key = ("venue", venue_id) if venue_id else ("room", room_id) if room_id else ("person", facilitator_id or 0)
        closed[key].append(Closed(Span(starts_at, ends_at), reason))
    return closed


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), dt.UTC)


def _ids(ids: tuple[int, ...]) -> ColumnElement[Any]:
    """One array instead of a list of parameters: the same statement for one room and for a hundred."""
    return literal(list(ids), ARRAY(BigInteger))
