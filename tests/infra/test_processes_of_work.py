"""The worker and the scheduler as processes: how they end, and how they live through an absence of Redis."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from bookapp.app import create_app
from bookapp.infra import embedded, queue
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow, later
from bookapp.infra.queue import doorbell
from config import ROOT, Settings
from tests.support import databases
from tests.support.databases import Servers
from tests.support.eventually import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.stack

# A worker whose jobs a test can watch: one is quick, one takes its time, both leave the work itself to the database.
PROGRAM = """
from sqlalchemy import text
from bookapp import worker
from bookapp.infra import queue
from bookapp.infra.db import db
queue.job("test.quick")(lambda *_: None)
queue.job("test.slow")(lambda seconds: db.session.execute(text("SELECT pg_sleep(:s)"), {"s": seconds}))
worker.main()
"""


class Place:
    """A database, a Redis of its own that can be stopped, and an application on both."""

    def __init__(self, servers: Servers, redis: embedded.Server) -> None:
        self.redis = redis
        self.environment = databases.settings_for(servers.folder / "work", servers.fresh_database(), redis.url)
        self.app: Flask = create_app(Settings.from_env(self.environment))

    @contextmanager
    def process(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def row(self, row_id: int) -> OutboxRow:
        with self.app.app_context():
            found = db.session.get(OutboxRow, row_id)
            assert found is not None
            return found

    def promise(self, name: str, *args: object) -> int:
        @action
        def make() -> int | None:
            return later(name, *args)

        with self.app.app_context():
            row_id = make()
            assert row_id is not None
            return row_id

    def is_done(self, row_id: int) -> Callable[[], bool]:
        return lambda: self.row(row_id).state == "done"


@pytest.fixture(scope="module")
def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with embedded.redis_server(tmp_path_factory.mktemp("redis"), durable=False) as redis:
        yield Place(servers, redis)


def end(process: subprocess.Popen[str]) -> None:
    """Asked to, it ends by itself; RQ's own worker would first wait for its next job."""
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0


def said(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"it never said {word}")


def test_an_idle_worker_ends_at_once(place: Place) -> None:
    with place.process("-m", "bookapp.worker") as worker:
        said(worker, "worker.started")
        end(worker)


def test_a_busy_worker_gives_its_job_back_and_the_next_one_takes_it(place: Place) -> None:
    with place.process("-c", PROGRAM) as worker:
        row_id = place.promise("test.slow", 30)
        eventually(lambda: place.row(row_id).lease_until, timeout=30)
        end(worker)
    found = place.row(row_id)
    assert (found.state, found.attempts, found.lease_until) == ("due", 0, None)


def test_a_worker_lives_through_an_absence_of_redis(place: Place) -> None:
    with place.process("-c", PROGRAM) as worker, place.process("-m", "bookapp.schedule") as scheduler:
        eventually(place.is_done(place.promise("test.quick")), timeout=30)
        place.redis.stop()
        missed = place.promise("test.quick")
        place.redis.start()
        eventually(place.is_done(missed), timeout=20)
        assert worker.poll() is None
        assert scheduler.poll() is None
        end(scheduler)


def test_a_page_waits_only_once_for_a_redis_that_is_away(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_PAUSE_SECONDS", 600)
    with place.app.app_context():
        place.redis.stop()
        try:
            assert doorbell().ring([1]) is False
        finally:
            place.redis.start()
        assert doorbell().is_silent
        assert doorbell().ring([1]) is False, "for a moment it is not even asked"
        assert doorbell().waiting() == 0
