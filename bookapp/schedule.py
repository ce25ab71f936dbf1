"""What runs by itself, and how often. `python -m bookapp.schedule`

A tick a second: promise the periodic jobs whose slot has begun, then ring for due rows nobody took. The slot is part
of the row's unique key, so any number of schedulers may run; none of them does a job itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass

import structlog
from redis import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bookapp.app import create_app
from bookapp.infra import claims, clock
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow, later
from bookapp.infra.queue import doorbell
from config import Settings

MINUTE = 60
HOUR = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Periodic:
    """Run the job `name` once in every slot of `every` seconds."""

    name: str
    every: int


PERIODIC = (
    Periodic("booking.expire_holds", 10),
    Periodic("payments.close_all_stale", 1 * MINUTE),
    Periodic("booking.complete_past", 5 * MINUTE),
    Periodic("booking.remind_rests", 1 * HOUR),
    Periodic("operations.forget_old", 1 * HOUR),
    Periodic("payments.promise_statements", 6 * HOUR),
    Periodic("payments.reconcile_all", 24 * HOUR),
    Periodic("operations.check_books", 24 * HOUR),
    Periodic("catalog.discard_leftovers", 24 * HOUR),
)

TICK_SECONDS = 1.0
RINGS_PER_TICK = 200
# Beyond this many unanswered rings more would only bury the queue: workers are busy, not deaf.
BACKLOG = 1000

log = structlog.get_logger("bookapp.schedule")


class Ticker:
    """Remembers which slots this process has seen, so that an idle second costs one query."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def tick(self) -> None:
        """One second's work. Raises SQLAlchemyError while the database is away."""
        seconds = int(clock.now().timestamp())
        for job in PERIODIC:
            slot = seconds // job.every
            if self._seen.get(job.name) != slot:
                promise(job, slot)
                self._seen[job.name] = slot
        sweep()


@action
def promise(job: Periodic, slot: int) -> bool:
    """Write the row of this slot, unless it is there or the one of an earlier slot has not had its turn.

    Redis may be away for an hour; then one run of each job waits, not one for every slot missed.
    """
    unfinished = select(OutboxRow.id).where(
        OutboxRow.name == job.name, OutboxRow.state == "due", OutboxRow.key.startswith(claims.PERIODIC)
    )
    if db.session.scalar(unfinished.limit(1)) is not None:
        return False
    return later(job.name, key=f"{claims.PERIODIC}{job.name}:{slot}") is not None


def sweep() -> int:
    """Ring for due rows nobody was rung for lately; returns how many. Does nothing while Redis is away."""
    bell = doorbell()
    try:
        if bell.is_silent or bell.waiting() >= BACKLOG:
            return 0
    except RedisError:
        return 0
    row_ids = claims.to_nudge(RINGS_PER_TICK)
    if row_ids and not bell.ring(row_ids):
        claims.not_rung(row_ids)
        return 0
    return len(row_ids)


def main() -> None:
    """Tick until SIGTERM, through every absence of the database or Redis."""
    app = create_app(Settings.of_this_process(), service="scheduler")
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    log.info("scheduler.started", pid=os.getpid(), jobs=[job.name for job in PERIODIC])
    ticker = Ticker()
    while not stop.wait(TICK_SECONDS):
        with app.app_context():
            try:
                ticker.tick()
            except SQLAlchemyError as error:
                log.warning("scheduler.database_away", exc_info=error)
    log.info("scheduler.stopped", pid=os.getpid())


if __name__ == "__main__":
    sys.exit(main())
