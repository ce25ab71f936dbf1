"""Taking and freeing places and seats: the one path of page, API, desk, move and series.

The exclusion constraint is the guarantee. It is always written through ON CONFLICT DO NOTHING, naming it: a plain
INSERT puts its entry in first and then waits for everybody else's, which deadlocks (performance.md).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import Range, insert

from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.scheduling.events import PlacesWanted, SeatsWanted
from bookapp.scheduling.models import OCCUPANCY_CONSTRAINT, Occupancy, Session
from bookapp.values.timespan import Span


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource for `span`, buffers included; `used_until` is its end without the buffer."""

    resource_id: int
    span: Span
    used_until: dt.datetime
    kind: str = "booking"


@action
def occupy(
    wanted: Sequence[Wanted], claim_id: uuid.UUID, *, now: dt.datetime, blocks_until: dt.datetime | None = None
) -> list[Wanted]:
    """Take every place in `wanted` for `claim_id`; return those that are not to be had (none: all is taken).

    Lapsed holds in the way are asked to let go, once. A caller that cannot live with the rest must raise, so that its
    transaction is undone. `blocks_until` is when the hold lapses, None for a firm one.
    """
    missing = _insert(wanted, claim_id, blocks_until)
    if missing:
        publish(PlacesWanted(tuple((each.resource_id, each.span) for each in missing), now))
        missing = _insert(missing, claim_id, blocks_until)
    return missing


def _insert(wanted: Sequence[Wanted], claim_id: uuid.UUID, blocks_until: dt.datetime | None) -> list[Wanted]:
    # In resource order, so that two claims on the same places wait for each other in one direction only.
    ordered = sorted(wanted, key=lambda each: (each.resource_id, each.span.start))
    taken = db.session.execute(
        insert(Occupancy)
        .values(
            [
                {
                    "resource_id": each.resource_id,
                    "claim_id": claim_id,
                    "kind": each.kind,
                    "during": Range(each.span.start, each.span.end),
                    "used_until": each.used_until,
                    "blocks_until": blocks_until,
                }
                for each in ordered
            ]
        )
        .on_conflict_do_nothing(constraint=OCCUPANCY_CONSTRAINT)
        .returning(Occupancy.resource_id, Occupancy.during)
    ).all()
    got = {(row.resource_id, row.during.lower) for row in taken}
    return [each for each in ordered if (each.resource_id, each.span.start) not in got]


@action
def release(*claim_ids: uuid.UUID) -> None:
    """Free every place these claims hold."""
    db.session.execute(
        update(Occupancy)
        .where(Occupancy.claim_id.in_(claim_ids), Occupancy.active)
        .values(active=False)
        .execution_options(synchronize_session=False)
    )


@action
def set_blocks_until(claim_id: uuid.UUID, at: dt.datetime | None) -> None:
    """Let the claim's places lapse at `at`, or never by themselves."""
    db.session.execute(
        update(Occupancy)
        .where(Occupancy.claim_id == claim_id, Occupancy.active)
        .values(blocks_until=at)
        .execution_options(synchronize_session=False)
    )


@action
def take_seats(session_id: int, seats: int, *, now: dt.datetime) -> bool:
    """Take `seats` of a scheduled session if they are left; lapsed holds on it give theirs back first."""
    if _take(session_id, seats):
        return True
    publish(SeatsWanted(session_id, now))
    return _take(session_id, seats)


def _take(session_id: int, seats: int) -> bool:
    taken = db.session.scalar(
        update(Session)
        .where(Session.id == session_id, Session.state == "scheduled", Session.seats_taken + seats <= Session.capacity)
        .values(seats_taken=Session.seats_taken + seats)
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


@action
def return_seats(session_id: int, seats: int) -> None:
    """Give `seats` back to a session."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(seats_taken=Session.seats_taken - seats)
        .execution_options(synchronize_session=False)
    )
