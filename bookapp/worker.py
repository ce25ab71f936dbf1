"""The worker: takes rows the outbox promised, one at a time, and settles each. `python -m bookapp.worker`

One process, no fork per job: 100 empty jobs took 1.5 s here and 7.4 s with RQ's forking worker (2 busy cores), which
opens a new database connection for each. What a fork protects from, a job that hangs or takes its process down, the
job timeout and the lease in PostgreSQL heal anyway. Run as many workers as there is work.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import psycopg2.extensions
import psycopg2.extras
import structlog
from flask import current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job as RingJob
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from bookapp.app import create_app
from bookapp.infra import claims, metrics, queue
from bookapp.infra.db import db
from bookapp.infra.logging import safe_text
from config import Settings

STOP_SECONDS = 1.5
# Short, because a lost doorbell is found by asking: RQ's own defaults are seven and ten minutes.
WORKER_TTL = 20
MAINTENANCE_SECONDS = 30
MONITORING_SECONDS = 5

RUN = queue.RUN

log = structlog.get_logger("bookapp.worker")


class Stopping(BaseException):
    """The worker was asked to end and the job had its time: it goes back to the outbox."""


def run_outbox_row(row_id: int) -> str:
    """What RQ calls: one row in an application context, and so with a session, of its own."""
    with current_app.app_context():
        return run_row(row_id)


def run_row(row_id: int) -> str:
    """Claim the row, run its job, settle it. Returns what came of it, for the log and for tests.

    Outcomes: skipped (done, not due, or somebody else's), done, retry, dead, later, released.
    """
    held = claims.claim(row_id)
    if held is None:
        return "skipped"
    began = time.perf_counter()
    outcome, error = "released", None
    with structlog.contextvars.bound_contextvars(request_id=held.request_id or f"job-{row_id}"):
        try:
            outcome, error = _attempt(held)
        finally:
            if outcome == "released":
                _release(held)
            seconds = time.perf_counter() - began
            metrics.jobs.labels(held.name, outcome).observe(seconds)
            note = log.info if outcome in ("done", "later") else log.warning
            extra = {"error": error} if error else {}
            ms = round(seconds * 1000, 1)
            note("job", job=held.name, row_id=row_id, attempt=held.attempts, outcome=outcome, ms=ms, **extra)
    return outcome


def _attempt(held: claims.Claim) -> tuple[str, str | None]:
    job = queue.registered(held.name)
    if job is None:
        return claims.dead(held, "no handler for this job"), f"no handler for {held.name}"
    if held.attempts > job.tries:
        return claims.dead(held, "the worker was lost each time"), "the worker was lost each time"
    try:
        job.handler(*held.args)
    except queue.Later as later:
        db.session.rollback()
        claims.postponed(held, later.seconds)
        return "later", None
    except queue.Permanent as problem:
        db.session.rollback()
        return claims.dead(held, safe_text(problem)), safe_text(problem)
    except Exception as problem:
        db.session.rollback()
        log.warning("job.failed", job=held.name, exc_info=problem)
        state = claims.failed(held, safe_text(problem), tries=job.tries)
        return "dead" if state == "dead" else "retry", safe_text(problem)
    claims.done(held)
    return "done", None


def _release(held: claims.Claim) -> None:
    try:
        db.session.rollback()
        claims.released(held)
    except SQLAlchemyError as problem:
        log.warning("job.not_released", job=held.name, row_id=held.row_id, exc_info=problem)  # its lease runs out


class Worker(SimpleWorker):
    """RQ's worker, told to be quick about trouble and to run nothing but our one function."""

    log_result_lifespan = False
    max_connection_wait_time = 2.0
    _in_job = False

    def execute_job(self, job: RingJob, queue: Queue) -> None:
        """Run one ring; a job that is not ours never runs, whoever wrote it into Redis."""
        self._in_job = True
        try:
            super().execute_job(job, queue)
        finally:
            self._in_job = False

    def perform_job(self, job: RingJob, queue: Queue) -> bool:
        """Refuse anything but a ring before RQ imports the function it names."""
        try:
            is_ours = job.func_name == RUN
        except DeserializationError:
            is_ours = False
        if is_ours:
            return super().perform_job(job, queue)
        log.error("worker.foreign_job", ring=job.id)
        job.delete()
        return False

    def subscribe(self) -> None:
        """No remote commands: nobody stops a worker through Redis."""

    def request_stop(self, signum: int | None, frame: FrameType | None) -> None:
        """End now when idle; a running job gets STOP_SECONDS, then goes back to the outbox."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._stop_requested = True
        if not self._in_job:
            raise StopRequested
        signal.signal(signal.SIGALRM, _give_back)
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked this worker to end."""
        return self._stop_requested


def work(redis: Redis, *, burst: bool = False) -> None:
    """Answer the bell until asked to stop, through every absence of Redis. `burst` ends when nothing waits."""
    worker = None
    with suppress(StopRequested):  # it may come at any moment from the first worker on
        while True:
            try:
                worker = make_worker(redis)  # tells Redis its name
                worker.work(burst=burst, logging_level="WARNING")
            except RedisError as error:
                log.warning("worker.redis_away", error=type(error).__name__)
            if burst or (worker and worker.is_stopping):
                return
            time.sleep(1)


def make_worker(redis: Redis) -> Worker:
    """A worker for our queue that knows only JSON: what lies in Redis cannot become code."""
    return Worker(
        [Queue(queue.QUEUE, connection=redis, serializer=JSONSerializer)],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
        log_job_description=False,
    )


def _give_back(*_: Any) -> NoReturn:
    raise Stopping


def _end(*_: Any) -> NoReturn:
    raise SystemExit(0)


def main() -> None:
    """Make the application once, then work until SIGTERM."""
    settings = Settings.of_this_process()
    # Python runs signal handlers between instructions, and libpq waits in C: without this a stop, or a job's time
    # being up, would be noticed only when the running statement is over.
    psycopg2.extensions.set_wait_callback(psycopg2.extras.wait_select)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    app = create_app(settings, service="worker")
    with app.app_context():
        log.info("worker.started", pid=os.getpid())
        # No retries inside the client: the loops of RQ and `work` wait a second or two, the client's own up to ten.
        work(Redis.from_url(settings.redis_url, socket_connect_timeout=3, retry=Retry(NoBackoff(), 0)))
        log.info("worker.stopped", pid=os.getpid())


if __name__ == "__main__":
    sys.exit(main())
