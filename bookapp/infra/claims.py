"""The worker's side of the outbox: a row is claimed by a lease, and settled only by whoever holds that lease.

A worker that dies leaves its lease to run out; then the row is claimed again. Every claim counts as an attempt, so a
job that takes its worker down with it ends as dead instead of killing for ever.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update

from bookapp.infra import clock
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import LEASE_SECONDS

# Seconds to the next try after the first, second, … failure; the last one repeats (guarantees.md 15, 16).
BACKOFF = (5, 30, 60, 120, 240, 480, 960, 1800, 3600)
# A row the scheduler made is tried once: its next slot is its next try.
PERIODIC = "every:"
_NUDGE_AGAIN = dt.timedelta(seconds=10)
_SETTLING = dt.timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Claim:
    """A row this process may work on until `lease_until`."""

    row_id: int
    name: str
    args: tuple[Any, ...]
    request_id: str | None
    attempts: int
    is_periodic: bool
    lease_until: dt.datetime


@action
def claim(row_id: int) -> Claim | None:
    """Take the row for LEASE_SECONDS, or return None: done, dead, not yet due, or somebody else's."""
    now = clock.now()
    row = db.session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, *_is_free(now))
        .values(attempts=OutboxRow.attempts + 1, lease_until=now + dt.timedelta(seconds=LEASE_SECONDS))
        .returning(
            OutboxRow.name, OutboxRow.args, OutboxRow.request_id, OutboxRow.attempts, OutboxRow.key,
            OutboxRow.lease_until,
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    periodic = (row.key or "").startswith(PERIODIC)
    return Claim(row_id, row.name, tuple(row.args), row.request_id, row.attempts, periodic, row.lease_until)


@action
def done(held: Claim) -> bool:
    """The job is finished. False when the lease had run out and somebody else took over."""
    return _settle(held, state="done", finished_at=clock.now(), last_error=None)


@action
def failed(held: Claim, error: str, *, tries: int) -> str:
    """The job failed: due again after a pause, or dead after `tries`. Returns the new state."""
    if held.attempts >= (1 if held.is_periodic else tries):
        return dead(held, error)
    pause = BACKOFF[min(held.attempts, len(BACKOFF)) - 1]
    _settle(held, run_at=clock.now() + dt.timedelta(seconds=pause), last_error=error)
    return "due"


@action
def dead(held: Claim, error: str) -> str:
    """Nobody tries this again until a person asks for it."""
    _settle(held, state="dead", finished_at=clock.now(), last_error=error)
    return "dead"


@action
def postponed(held: Claim, seconds: float) -> None:
    """Not yet: the try is not counted."""
    _settle(held, attempts=held.attempts - 1, run_at=clock.now() + dt.timedelta(seconds=seconds))


@action
def released(held: Claim) -> None:
    """The worker stops in the middle: the next one may take the row at once, and the try is not counted."""
    _settle(held, attempts=held.attempts - 1)


@action
def to_nudge(limit: int) -> list[int]:
    """Due rows nobody was rung for lately, at most `limit`, oldest first; they count as rung from now on."""
    now = clock.now()
    waiting = (
        select(OutboxRow.id)
        .where(
            *_is_free(now),
            # What was just committed has been rung for by its own transaction.
            or_(OutboxRow.nudged_at < now - _NUDGE_AGAIN, OutboxRow.nudged_at.is_(None)),
            OutboxRow.created_at < now - _SETTLING,
        )
        .order_by(OutboxRow.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # Chosen once: as a plain subquery, some plans ask it again for every row, and the limit does not hold.
        .cte("waiting")
        .prefix_with("MATERIALIZED")
    )
    found = db.session.execute(
        update(OutboxRow).where(OutboxRow.id == waiting.c.id).values(nudged_at=now).returning(OutboxRow.id)
    )
    return sorted(found.scalars())


@action
def not_rung(row_ids: list[int]) -> None:
    """The bell was out of order: these rows may be nudged again at once."""
    db.session.execute(update(OutboxRow).where(OutboxRow.id.in_(row_ids)).values(nudged_at=None))


def _is_free(now: dt.datetime) -> tuple[Any, ...]:
    return (
        OutboxRow.state == "due",
        OutboxRow.run_at <= now,
        or_(OutboxRow.lease_until.is_(None), OutboxRow.lease_until < now),
    )


def _settle(held: Claim, **values: Any) -> bool:
    settled = db.session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == held.row_id, OutboxRow.state == "due", OutboxRow.lease_until == held.lease_until)
        .values(lease_until=None, nudged_at=None, **values)
    )
    return settled.rowcount == 1
