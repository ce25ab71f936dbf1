"""The rooms of a place as the search looks at them, and how well they fit: remembered, as no time is in it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, any_, literal, select, true, type_coerce
from sqlalchemy.dialects import postgresql

from bookapp.catalog.models import Photo, Room, Terms
from bookapp.catalog.states import Amenity
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.scheduling.queries.calendars import limits_of_room
from bookapp.scheduling.queries.routines import Routine, room_routines
from bookapp.scheduling.rules import Calendar, Limits, Taken
from bookapp.search.queries.details import first_photo
from bookapp.search.queries.places import Place, places, usual_currency
from bookapp.search.rules.ask import Ask, Sort
from bookapp.search.rules.fit import Fit, fitted, ranked
from bookapp.values.timespan import Span


@dataclass(frozen=True, slots=True, eq=False)
class Manner:
    """When and how a room may be booked; the same object for rooms that are alike, so that it is decided about once."""

    routine: Routine
    limits: Limits

    def calendar(
        self, window: Span, now: dt.datetime, mine: frozenset[uuid.UUID] = frozenset(), taken: Sequence[Taken] = ()
    ) -> Calendar:
        """The calendar of such a room with what is taken of it, complete for `window`."""
        return self.routine.calendar(window, taken=taken, limits=self.limits, now=now, mine=mine)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A room and what its card says. As long as nothing changes it is the same object, and is compared as such."""

    id: int
    resource_id: int
    slug: str
    name: str
    type: str
    capacity: int
    rate_minor: int
    day_rate_minor: int | None
    amenities: tuple[str, ...]
    rating_sum: int
    rating_count: int
    place: Place
    manner: Manner
    photo: str | None
    alt: str
    tiers: Sequence[Mapping[str, Any]]

    @property
    def venue_id(self) -> int:
        """Where it is."""
        return self.place.id


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The listed rooms of a place, the time zones of its venues, and what they sell in."""

    rooms: tuple[Candidate, ...]
    zones: tuple[str, ...]
    currency: str
    currencies: tuple[str, ...]
    merchant_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """The rooms that pass type, rating and accessible, best fit first, prices before any rule.

    `resources`, `buffers` and `zones` are array literals with a place for each room, for `taken.py`: its resource, the
    minutes it is cleaned, and which of the ground's zones it is in, from 1 on.
    """

    fits: tuple[Fit[Candidate], ...]
    amenities: frozenset[str]
    resources: str
    buffers: str
    zones: str


# Tables and not models: rows of a hundred rooms are read twice as fast past the mapper.
_ROOM, _TERMS = Room.__table__.c, Terms.__table__.c


@remembered(most=64)
def ground(where: str) -> Ground:
    """What there is at `where` (a city, venue or merchant; "" for everywhere)."""
    there = places(where)
    photo = first_photo(Photo.room_id == _ROOM.id)
    rows = db.session.execute(
        select(Room.__table__, photo.c.path, photo.c.alt, _TERMS.tiers)
        .outerjoin(Terms.__table__, _TERMS.id == _ROOM.terms_id)
        .outerjoin(photo, true())
        .where(_ROOM.listed, _ROOM.venue_id == any_(ids(there)))
        .order_by(_ROOM.id)
    ).all()
    routines = room_routines(tuple(row.id for row in rows)) if rows else {}
    manners: dict[tuple[Routine, Limits], Manner] = {}

    def manner(row: Any) -> Manner:
        key = routines[row.id], limits_of_room(row)
        return manners.setdefault(key, Manner(*key))

    rooms = tuple(
        Candidate(
            id=row.id,
            resource_id=row.resource_id,
            slug=row.slug,
            name=row.name,
            type=row.type,
            capacity=row.capacity,
            rate_minor=row.rate_minor,
            day_rate_minor=row.day_rate_minor,
            amenities=tuple(row.amenities),
            rating_sum=row.rating_sum,
            rating_count=row.rating_count,
            place=there[row.venue_id],
            manner=manner(row),
            photo=row.path,
            alt=row.alt or "",
            tiers=row.tiers or there[row.venue_id].tiers,
        )
        for row in rows
    )
    return Ground(
        rooms=rooms,
        zones=tuple(sorted({place.zone for place in there.values()})),
        currency=usual_currency(there),
        currencies=tuple(sorted({place.currency for place in there.values()})),
        merchant_ids=tuple(sorted({room.place.merchant_id for room in rooms})),
    )


def field(ask: Ask) -> Field:
    """The rooms for `ask`, as far as that does not depend on a time, a price or a person."""
    # What is cheapest at that time is seen later.
    sort = Sort.BEST if ask.sort is Sort.PRICE else ask.sort
    return _field(ask.where, ask.type, ask.rating, ask.accessible, ask.amenities, ask.people, sort)


@remembered(most=256)
def _field(
    where: str,
    type_: str,
    rating: Decimal | None,
    accessible: bool,
    amenities: tuple[str, ...],
    people: int | None,
    sort: Sort,
) -> Field:
    there = ground(where)
    rooms = [
        room
        for room in there.rooms
        if (not type_ or room.type == type_)
        and (rating is None or (room.rating_count and room.rating_sum >= rating * room.rating_count))
        and (not accessible or Amenity.STEP_FREE.value in room.amenities)
    ]
    number = {zone: number for number, zone in enumerate(there.zones, start=1)}
    return Field(
        fits=tuple(ranked(fitted(rooms, amenities, people or 1), sort, people, lambda room: room.rate_minor)),
        amenities=frozenset(name for room in rooms for name in room.amenities),
        resources=_array(room.resource_id for room in rooms),
        buffers=_array(room.manner.limits.buffer_minutes for room in rooms),
        zones=_array(number[room.place.zone] for room in rooms),
    )


def has_amenities(needed: Sequence[str]) -> ColumnElement[bool]:
    """The room has all of them."""
    return type_coerce(_ROOM.amenities, postgresql.ARRAY(Text)).contains(needed)


def ids(some: Collection[int]) -> ColumnElement[Any]:
    """One array, so that the statement is the same for one and for a hundred."""
    return literal(sorted(some), ARRAY(BigInteger))


def _array(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
