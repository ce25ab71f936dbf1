"""The doorbell: RQ is told which outbox rows are waiting, and knows which function does which job.

Redis holds nothing that PostgreSQL does not: when it is away nobody rings, and the sweeper rings later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from bookapp.infra import metrics

QUEUE = "bookapp"
RUN = "bookapp.worker.run_outbox_row"
JOB_SECONDS = 90
LEASE_SECONDS = 120  # longer than a job may take: a row is never run by two workers at once
# With the backoff of `claims` twelve tries are four hours (guarantees.md 16); money asks for more.
USUAL_TRIES = 12
_EXTENSION = "bookapp.doorbell"
_PAUSE_SECONDS = 3.0

log = structlog.get_logger("bookapp.queue")
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Retryable(Exception):
    """Failed in a way that may pass; any other exception counts the same. The text is kept for an admin."""


class Permanent(Exception):
    """Trying again cannot help: the row is dead at once and waits for a person."""


class Later(Exception):
    """Not yet: run again in `seconds`, without counting as a failure."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not yet, again in {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of work and how often it is tried before a person must look."""

    name: str
    handler: Callable[..., Any]
    tries: int


_jobs: dict[str, Job] = {}


def job(name: str, *, tries: int = USUAL_TRIES) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of `name` ("booking.expire_hold"); running it twice is safe."""

    def register(handler: Handler) -> Handler:
        known = _jobs.get(name)
        if known and known.handler is not handler:
            raise ValueError(f"two handlers for the job {name}")
        _jobs[name] = Job(name, handler, tries)
        return handler

    return register


def registered(name: str) -> Job | None:
    """The job called `name`, or None when no handler was imported for it."""
    return _jobs.get(name)


def job_names() -> frozenset[str]:
    """The names of all jobs that have a handler."""
    return frozenset(_jobs)


class Doorbell:
    """A Redis client with short timeouts, and a breaker: one that is away costs one short wait per few seconds."""

    def __init__(self, url: str) -> None:
        # One immediate second try: the first may fail only because Redis was restarted since the connection was made.
        self.redis = Redis.from_url(
            url, socket_connect_timeout=0.3, socket_timeout=0.7, retry=Retry(NoBackoff(), 1), health_check_interval=0
        )
        self.queue = Queue(QUEUE, connection=self.redis, serializer=JSONSerializer)
        self._silent_until = 0.0

    @property
    def is_silent(self) -> bool:
        """Whether Redis failed a moment ago and is not asked now."""
        return time.monotonic() < self._silent_until

    def ring(self, row_ids: Sequence[int]) -> bool:
        """Tell a worker about these rows; False when Redis did not take them. Never raises."""
        if self.is_silent:
            return False
        waiting = [
            Queue.prepare_data(
                RUN,
                args=(row_id,),
                timeout=JOB_SECONDS,
                result_ttl=0,
                failure_ttl=60,
                description=f"outbox row {row_id}",
            )
            for row_id in row_ids
        ]
        try:
            self.queue.enqueue_many(waiting)
        except Exception as error:  # the transaction is committed: nothing may fail any more
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
            metrics.rings.labels("failed").inc(len(waiting))
            log.warning("doorbell.silent", error=type(error).__name__, rows=len(waiting))
            return False
        metrics.rings.labels("rung").inc(len(waiting))
        return True

    def waiting(self) -> int:
        """How many rings nobody answered yet. Raises RedisError."""
        return self.queue.count

    def workers(self) -> int:
        """How many workers are listening. Raises RedisError."""
        return len(Worker.all(queue=self.queue))


def init_app(app: Flask, redis_url: str) -> None:
    """Give `app` its doorbell; nothing connects until the first ring."""
    app.extensions[_EXTENSION] = Doorbell(redis_url)


def doorbell() -> Doorbell:
    """The doorbell of the current application."""
    return current_app.extensions[_EXTENSION]


def ring(row_ids: Sequence[int]) -> None:
    """Called by the outbox after a commit. Never raises: the sweeper finds what was not rung."""
    if row_ids:
        doorbell().ring(row_ids)
