"""Taking and freeing places and seats: the one path of page, API, desk, move and series.

The exclusion constraint is the guarantee. It is always written through ON CONFLICT DO NOTHING, naming it: a plain
INSERT puts its entry in first and then waits for everybody else's, which deadlocks (performance.md).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, DateTime, Text, bindparam, cast, column, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, UUID, insert
from sqlalchemy.orm import joinedload, selectinload

from bookapp.catalog.models import Facilitator, Room, Service
from bookapp.infra import live
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.scheduling.errors import PlaceOccupied, SessionChangedMeanwhile
from bookapp.scheduling.events import PlacesWanted, SeatsWanted
from bookapp.scheduling.models import LONGEST_OCCUPANCY, OCCUPANCY_CONSTRAINT, Occupancy, Session
from bookapp.scheduling.rules.watching import place_channels, session_channel
from bookapp.values.timespan import Span, subtract


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource for `span`, buffers included; `used_until` is its end without the buffer."""

    resource_id: int
    span: Span
    used_until: dt.datetime
    kind: str = "booking"


_MOMENT = DateTime(timezone=True)
_PLACE = Occupancy.__table__.c
_ASKED = (
    func.jsonb_to_recordset(bindparam("places", type_=JSONB))
    .table_valued(
        column("resource_id", BigInteger),
        column("starts_at", _MOMENT),
        column("ends_at", _MOMENT),
        column("used_until", _MOMENT),
        column("kind", Text),
    )
    .render_derived(name="asked", with_types=True)
)
# Takes those of `places` that are to be had for a claim, and returns them; `places_of_claim` has what it needs. Larger
# statements take it in. In resource order, so that two claims on the same places wait in one direction only.
TAKING = (
    insert(Occupancy.__table__)
    .from_select(
        ["resource_id", "kind", "during", "used_until", "claim_id", "blocks_until"],
        select(
            _ASKED.c.resource_id,
            _ASKED.c.kind,
            func.tstzrange(_ASKED.c.starts_at, _ASKED.c.ends_at),
            _ASKED.c.used_until,
            bindparam("claim", type_=UUID),
            cast(bindparam("lapses_at"), _MOMENT),
        ).order_by(_ASKED.c.resource_id, _ASKED.c.starts_at),
    )
    .on_conflict_do_nothing(constraint=OCCUPANCY_CONSTRAINT)
    .returning(_PLACE.resource_id, func.lower(_PLACE.during).label("starts_at"))
)
_CAN_GO = select(
    select(_PLACE.id)
    .join(_ASKED, _ASKED.c.resource_id == _PLACE.resource_id)
    .where(
        _PLACE.active,
        func.lower(_PLACE.during) < _ASKED.c.ends_at,
        func.lower(_PLACE.during) > _ASKED.c.starts_at - LONGEST_OCCUPANCY,
        func.upper(_PLACE.during) > _ASKED.c.starts_at,
        # A timeslot has its room as long as somebody has a seat in it, if only by a hold that has lapsed.
        or_(_PLACE.blocks_until <= bindparam("now", type_=_MOMENT), _PLACE.kind == "session"),
    )
    .exists()
)


def places_of_claim(
    wanted: Sequence[Wanted], claim_id: uuid.UUID, *, lapses_at: dt.datetime | None = None
) -> dict[str, Any]:
    """The values of TAKING."""
    return {"places": _as_json(wanted), "claim": claim_id, "lapses_at": lapses_at}


@action
def occupy(
    wanted: Sequence[Wanted], claim_id: uuid.UUID, *, now: dt.datetime, blocks_until: dt.datetime | None = None
) -> list[Wanted]:
    """Take every place in `wanted` for `claim_id`; return those that are not to be had (none: all is taken).

    Lapsed holds in the way are asked to let go, once. A caller that cannot live with the rest must raise, so that its
    transaction is undone. `blocks_until` is when the hold lapses, None for a firm one.
    """
    missing = _take_places(wanted, claim_id, blocks_until) if wanted else []
    if missing and make_way(missing, now):
        missing = _take_places(missing, claim_id, blocks_until)
    return missing


@action
def make_way(wanted: Sequence[Wanted], now: dt.datetime) -> bool:
    """Have the lapsed holds in these places let go; False when there are none, and nothing need be tried again."""
    can_go = db.session.execute(_CAN_GO, {"places": _as_json(wanted), "now": now}).scalar_one()
    if can_go:
        publish(PlacesWanted(tuple((each.resource_id, each.span) for each in wanted), now))
    return bool(can_go)


def _take_places(wanted: Sequence[Wanted], claim_id: uuid.UUID, lapses_at: dt.datetime | None) -> list[Wanted]:
    taken = db.session.execute(TAKING, places_of_claim(wanted, claim_id, lapses_at=lapses_at))
    got = {(row.resource_id, row.starts_at) for row in taken}
    tell_taken([each for each in wanted if (each.resource_id, each.span.start) in got])
    return [each for each in wanted if (each.resource_id, each.span.start) not in got]


def tell_taken(places: Sequence[Wanted]) -> None:
    """Inside an action: these were taken, and open pages show it soon after the commit."""
    for each in places:
        live.tell_soon(*place_channels(each.resource_id, each.span.start, each.span.end))


def _as_json(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    return [
        {
            "resource_id": each.resource_id,
            "starts_at": each.span.start.isoformat(),
            "ends_at": each.span.end.isoformat(),
            "used_until": each.used_until.isoformat(),
            "kind": each.kind,
        }
        for each in wanted
    ]


@action
def release(*claim_ids: uuid.UUID) -> None:
    """Free every place these claims hold."""
    freed = db.session.execute(
        update(Occupancy)
        .where(Occupancy.claim_id.in_(claim_ids), Occupancy.active)
        .values(active=False)
        .returning(Occupancy.resource_id, func.lower(Occupancy.during), func.upper(Occupancy.during))
        .execution_options(synchronize_session=False)
    )
    for resource_id, start, end in freed:
        live.tell_soon(*place_channels(resource_id, start, end))


_LAPSING = (
    update(Occupancy.__table__)
    .where(_PLACE.claim_id == bindparam("claim", type_=UUID), _PLACE.active)
    .values(blocks_until=bindparam("lapses_at", type_=_MOMENT))
)


@action
def set_blocks_until(claim_id: uuid.UUID, at: dt.datetime | None) -> None:
    """Let the claim's places lapse at `at`, or never by themselves."""
    db.session.execute(_LAPSING, {"claim": claim_id, "lapses_at": at})


@action
def occupy_instead(wanted: Sequence[Wanted], claim_id: uuid.UUID, *, now: dt.datetime) -> list[Wanted]:
    """Let `claim_id` take `wanted` in the place of all it holds; return what is not to be had, as `occupy` does.

    The new place is taken beside the old one before that is freed, and a claim may overlap with itself.
    """
    if missing := occupy(pieces_beside(wanted, (claim_id,)), claim_id, now=now):
        return missing
    release(claim_id)
    return occupy(wanted, claim_id, now=now)


def pieces_beside(wanted: Sequence[Wanted], claims: Collection[uuid.UUID]) -> list[Wanted]:
    """Inside an action: the pieces of `wanted` that these claims do not have."""
    if not claims:
        return list(wanted)
    had: defaultdict[int, list[Span]] = defaultdict(list)
    for resource_id, start, end in db.session.execute(
        select(Occupancy.resource_id, func.lower(Occupancy.during), func.upper(Occupancy.during)).where(
            Occupancy.claim_id.in_(claims), Occupancy.active
        )
    ):
        had[resource_id].append(Span(start, end))
    return [
        replace(each, span=piece, used_until=min(max(each.used_until, piece.start), piece.end))
        for each in wanted
        for piece in subtract([each.span], had[each.resource_id])
    ]


@action
def take_seats(session_id: int, seats: int, *, now: dt.datetime, version: int | None = None) -> bool:
    """Take `seats` of a scheduled session if they are left; lapsed holds on it give theirs back first.

    The first seat of a timeslot takes its room as well. Raises PlaceOccupied when that is taken, and
    SessionChangedMeanwhile when the session is not as `version` says any more; then nothing was taken.
    """
    if _take(session_id, seats, version, now):
        return True
    publish(SeatsWanted(session_id, now))
    return _take(session_id, seats, version, now)


def _take(session_id: int, seats: int, version: int | None, now: dt.datetime) -> bool:
    taken = db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.state == "scheduled", Session.seats_taken + seats <= Session.capacity)
        .values(seats_taken=Session.seats_taken + seats)
        .returning(Session.claim_id, Session.seats_taken, Session.on_grid, Session.version)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        return False
    live.tell_soon(session_channel(session_id))
    if version not in (None, taken.version):
        return_seats(session_id, seats)
        raise SessionChangedMeanwhile
    # Locked by the update: of two first seats at once the second sees the seat of the first.
    if taken.on_grid and taken.seats_taken == seats and occupy(_places_of(session_id), taken.claim_id, now=now):
        return_seats(session_id, seats)
        raise PlaceOccupied
    return True


@action
def return_seats(session_id: int, seats: int) -> None:
    """Give `seats` back to a session; a timeslot frees its room with its last seat."""
    left = db.session.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(seats_taken=Session.seats_taken - seats)
        .returning(Session.claim_id, Session.seats_taken, Session.on_grid)
        .execution_options(synchronize_session=False)
    ).one()
    live.tell_soon(session_channel(session_id))
    if left.on_grid and not left.seats_taken:
        release(left.claim_id)


def places_of(session: Session, service: Service, room: Room | None, host: Facilitator | None) -> list[Wanted]:
    """What a session takes: of a retreat its parts, not the nights between. Its parts must be loaded."""
    own = dt.timedelta(minutes=service.buffer_minutes)
    spans = [Span(part.starts_at, part.ends_at) for part in session.parts] or [Span(session.starts_at, session.ends_at)]
    wanted = []
    for span in spans:
        if room is not None:
            after = max(own, dt.timedelta(minutes=room.buffer_minutes))
            wanted.append(Wanted(room.resource_id, span.padded(after=after), span.end, "session"))
        if host is not None:
            wanted.append(Wanted(host.resource_id, span.padded(after=own), span.end, "session"))
    return wanted


def _places_of(session_id: int) -> list[Wanted]:
    session = db.session.scalars(
        select(Session)
        .where(Session.id == session_id)
        .options(
            joinedload(Session.service),
            joinedload(Session.room),
            joinedload(Session.facilitator),
            selectinload(Session.parts),
        )
        .execution_options(populate_existing=True)
    ).one()
    return places_of(session, session.service, session.room, session.facilitator)
