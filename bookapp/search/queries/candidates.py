"""Rooms that pass the hard filters, each with whether it is taken at the asked time: one query.

Taken is read over the plain index on (resource, start) of active occupancy. An occupancy is never longer than
LONGEST_OCCUPANCY, which bounds the part of the index to look at; without that bound the plan falls back to the GiST
index, and some day to a hash of the whole table (performance.md).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Interval,
    Select,
    Text,
    any_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql

from bookapp.catalog.models import Room
from bookapp.catalog.states import Amenity
from bookapp.favourites.queries import Kept
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Occupancy
from bookapp.search.queries.places import Place
from bookapp.search.rules.ask import Ask
from bookapp.values.timespan import Span


class Candidate(NamedTuple):
    """A room as the search looks at it. `taken`: somebody else has the asked time, or needs it to clean up."""

    id: int
    resource_id: int
    venue_id: int
    slug: str
    name: str
    type: str
    capacity: int
    rate_minor: int
    day_rate_minor: int | None
    amenities: list[str]
    min_minutes: int
    max_minutes: int
    step_minutes: int
    buffer_minutes: int
    notice_minutes: int
    horizon_days: int
    rating_sum: int
    rating_count: int
    taken: bool
    place: Place


# Tables and not models: rows of a hundred rooms are read twice as fast past the mapper.
_ROOM, _OCCUPANCY = Room.__table__.c, Occupancy.__table__.c
_COLUMNS = tuple(_ROOM[name] for name in Candidate._fields[:-2])


def candidates(
    ask: Ask,
    places: Mapping[int, Place],
    spans: Mapping[str, Span],
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID],
    kept: Kept,
) -> list[Candidate]:
    """The listed rooms at `places` that pass type, rating, favourites and accessible.

    `spans` is the asked time by zone; without it nothing counts as taken. Amenities, seats and price are left to
    `rules.fit`, which also relaxes them.
    """
    query = matching(ask, places, spans, now=now, mine=mine, kept=kept)
    return [Candidate(*row, places[row.venue_id]) for row in db.session.execute(query)]


def matching(
    ask: Ask,
    places: Mapping[int, Place],
    spans: Mapping[str, Span],
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID],
    kept: Kept,
) -> Select[Any]:
    """The statement of `candidates`."""
    taken = _taken(places, spans, now=now, mine=mine).label("taken")
    query = select(*_COLUMNS, taken).where(_ROOM.listed, _ROOM.venue_id == any_(ids(places)))
    if ask.type:
        query = query.where(_ROOM.type == ask.type)
    if ask.rating is not None:
        query = query.where(_ROOM.rating_count > 0, _ROOM.rating_sum >= ask.rating * _ROOM.rating_count)
    if ask.accessible:
        query = query.where(has_amenities([Amenity.STEP_FREE.value]))
    if ask.favourites:
        query = query.where(or_(_ROOM.id == any_(ids(kept.rooms)), _ROOM.venue_id == any_(ids(kept.venues))))
    return query


def has_amenities(needed: Sequence[str]) -> ColumnElement[bool]:
    """The room has all of them."""
    return type_coerce(_ROOM.amenities, postgresql.ARRAY(Text)).contains(needed)


def ids(some: Collection[int]) -> ColumnElement[Any]:
    """One array, so that the statement is the same for one and for a hundred."""
    return literal(sorted(some), ARRAY(BigInteger))


def _taken(
    places: Mapping[int, Place], spans: Mapping[str, Span], *, now: dt.datetime, mine: frozenset[uuid.UUID]
) -> ColumnElement[bool]:
    zones = sorted(spans)
    if not zones:
        return literal(False)
    if len(zones) == 1:
        return _occupied(spans[zones[0]], now=now, mine=mine)
    in_zone = {zone: [place.id for place in places.values() if place.zone == zone] for zone in zones}
    return case(
        *((_ROOM.venue_id == any_(ids(in_zone[zone])), _occupied(spans[zone], now=now, mine=mine)) for zone in zones),
        else_=literal(False),
    )


def _occupied(span: Span, *, now: dt.datetime, mine: frozenset[uuid.UUID]) -> ColumnElement[bool]:
    """Something active overlaps `span` or the room's own buffer after it; lapsed holds and one's own do not count.

    What is active never overlaps, so of all that starts before the end of `span` the last one ends last: it alone is
    looked at, one step into the index, and not everything of the fortnight before.
    """
    starts, ends = func.lower(_OCCUPANCY.during), func.upper(_OCCUPANCY.during)
    buffer = func.make_interval(0, 0, 0, 0, 0, _ROOM.buffer_minutes, type_=Interval)
    last = select(ends > span.start).where(
        _OCCUPANCY.active,
        _OCCUPANCY.resource_id == _ROOM.resource_id,
        starts > span.start - LONGEST_OCCUPANCY,
        starts < literal(span.end) + buffer,
        or_(_OCCUPANCY.blocks_until.is_(None), _OCCUPANCY.blocks_until > now),
    )
    if mine:
        last = last.where(_OCCUPANCY.claim_id.not_in(sorted(mine)))
    return func.coalesce(last.order_by(starts.desc()).limit(1).scalar_subquery(), literal(False))
