"""Which of many rooms are taken at the asked time: the one thing about all of them that is never remembered.

Read over the plain index on (resource, start) of active occupancy. An occupancy is never longer than
LONGEST_OCCUPANCY, which bounds the part of the index to look at; without that bound the plan falls back to the GiST
index, and some day to a hash of the whole table (performance.md).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    Interval,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Occupancy
from bookapp.search.queries.candidates import Field
from bookapp.values.timespan import MINUTE, Span


def taken_resources(
    among: Field,
    zones: Collection[str],
    spans: Mapping[str, Span],
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID],
) -> frozenset[int]:
    """The resources of which somebody else has the asked time, or needs it to clean up.

    `spans` is the asked time by zone; what is in one of `zones` without any may be said to be taken or not.
    """
    if not among.fits or not spans:
        return frozenset()
    found = db.session.execute(TAKEN, values(among, zones, spans, now=now, mine=mine)).scalar_one()
    return frozenset(found or ())


def values(
    among: Field, zones: Collection[str], spans: Mapping[str, Span], *, now: dt.datetime, mine: frozenset[uuid.UUID]
) -> dict[str, Any]:
    """What TAKEN asks with."""
    some = next(iter(spans.values()))
    asked = [spans.get(zone, some) for zone in zones]
    return {
        "resources": among.resources,
        "buffers": among.buffers,
        "zones": among.zones,
        "starts": [span.start for span in asked],
        "ends": [span.end for span in asked],
        "mine": sorted(mine),
        "now": now,
    }


def _taken() -> Select[Any]:
    """Something active overlaps the span or the room's own buffer after it; lapsed holds and one's own do not count.

    What is active never overlaps, so of all that starts before the end of the span the last one ends last: it alone is
    looked at, one step into the index, and not everything of the fortnight before.
    """
    moments = ARRAY(DateTime(timezone=True))
    room = (
        func.unnest(
            cast(bindparam("resources", type_=Text), ARRAY(BigInteger)),
            cast(bindparam("buffers", type_=Text), ARRAY(Integer)),
            cast(bindparam("zones", type_=Text), ARRAY(Integer)),
        )
        .table_valued(column("resource_id", BigInteger), column("buffer", Integer), column("zone", Integer))
        .render_derived(name="asked")
    )
    # Selected, because only what stands in parentheses can be indexed.
    start = select(bindparam("starts", type_=moments)).scalar_subquery()[room.c.zone]
    end = select(bindparam("ends", type_=moments)).scalar_subquery()[room.c.zone]
    taken = Occupancy.__table__.c
    starts, ends = func.lower(taken.during), func.upper(taken.during)
    last = (
        select((ends > start).label("overlaps"))
        .where(
            taken.active,
            taken.resource_id == room.c.resource_id,
            starts > start - literal(LONGEST_OCCUPANCY, Interval),
            starts < end + room.c.buffer * literal(MINUTE, Interval),
            or_(
                taken.blocks_until.is_(None),
                taken.blocks_until > bindparam("now", type_=DateTime(timezone=True)),
            ),
            not_(taken.claim_id == any_(cast(bindparam("mine", type_=ARRAY(Uuid)), ARRAY(Uuid)))),
        )
        .order_by(starts.desc())
        .limit(1)
        .lateral("last")
    )
    return select(func.array_agg(room.c.resource_id)).select_from(room).join(last, true()).where(last.c.overlaps)


# Put together once: that costs more than to send it.
TAKEN = _taken()
