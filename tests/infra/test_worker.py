"""A promise becomes work, exactly once where it succeeds, and visibly where it does not."""

import datetime as dt
import json
import signal
import zlib

import pytest
import structlog
from rq import Queue
from rq.timeouts import JobTimeoutException
from sqlalchemy import select

from bookapp.infra import claims, queue
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow, later
from bookapp.infra.queue import Later, Permanent, Retryable, doorbell
from bookapp.schedule import sweep
from bookapp.worker import Stopping, make_worker, run_row, work


@pytest.fixture(autouse=True)
def _nobody_asked_this_process_to_stop():
    """A worker takes the signals for itself; here it is a guest."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


@action
def promise(name, *args, key=None):
    return later(name, *args, key=key)


def row(row_id) -> OutboxRow:
    db.session.expire_all()
    return db.session.get(OutboxRow, row_id)


def failing(error):
    def handler(*_args):
        raise error

    return handler


def test_a_job_gets_its_arguments_and_the_request_id_of_its_promise(app, handle):
    seen = []
    handle("test.work", lambda *args: seen.append((args, structlog.contextvars.get_contextvars()["request_id"])))
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        row_id = promise("test.work", 7, "B7K2QF")
    with structlog.testing.capture_logs() as lines:
        assert run_row(row_id) == "done"
    assert seen == [((7, "B7K2QF"), "req-1")]
    assert row(row_id).state == "done"
    (line,) = lines
    assert (line["event"], line["job"], line["outcome"], line["attempt"]) == ("job", "test.work", "done", 1)
    assert line["ms"] >= 0


def test_twice_rung_is_once_done(app, handle):
    seen = []
    handle("test.work", seen.append)
    row_id = promise("test.work", 1)
    assert [run_row(row_id), run_row(row_id)] == ["done", "skipped"]
    assert seen == [1]


@pytest.mark.parametrize(
    ("error", "outcome", "state", "attempts"),
    [
        (Retryable("451 for ada@example.org"), "retry", "due", 1),
        (ValueError("odd"), "retry", "due", 1),
        (JobTimeoutException("90 s"), "retry", "due", 1),
        (Permanent("no such mailbox"), "dead", "dead", 1),
        (Later(60), "later", "due", 0),
    ],
)
def test_what_a_handler_raises_decides_what_comes_next(app, handle, error, outcome, state, attempts):
    handle("test.work", failing(error))
    row_id = promise("test.work")
    assert run_row(row_id) == outcome
    found = row(row_id)
    assert (found.state, found.attempts, found.lease_until) == (state, attempts, None)
    assert "ada@example.org" not in (found.last_error or "")


def test_what_a_failed_job_changed_is_undone(app, handle):
    def half_done():
        later("test.other", key="half")
        raise ValueError("then it broke")

    handle("test.work", half_done)
    run_row(promise("test.work"))
    assert db.session.scalar(select(OutboxRow).where(OutboxRow.key == "half")) is None


def test_a_job_nobody_knows_is_dead_at_once(app):
    row_id = promise("test.unknown")
    assert run_row(row_id) == "dead"
    assert row(row_id).last_error == "no handler for this job"


def test_a_job_that_kills_its_worker_each_time_ends_as_dead(app, handle):
    handle("test.work", lambda: None, tries=2)
    row_id = promise("test.work")
    for _ in range(2):
        claims.claim(row_id)
        row(row_id).lease_until = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        db.session.commit()
    assert run_row(row_id) == "dead"


def test_a_worker_told_to_stop_gives_its_job_back(app, handle):
    handle("test.work", failing(Stopping()))
    row_id = promise("test.work")
    with pytest.raises(Stopping):
        run_row(row_id)
    assert (row(row_id).attempts, row(row_id).lease_until) == (0, None)


def test_from_the_commit_to_the_work_through_redis(real, handle):
    seen = []
    handle("test.work", seen.append)
    with real.app_context():
        row_id = promise("test.work", 1)
    assert doorbell().waiting() == 1
    work(doorbell().redis, burst=True)
    assert seen == [1]
    assert row(row_id).state == "done"
    assert doorbell().redis.keys("rq:job:*") == [], "nothing is left in Redis"


def test_a_rolled_back_promise_rings_nobody(real):
    @action
    def break_off():
        later("test.work", 1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        break_off()
    assert doorbell().waiting() == 0


def test_redis_flushed_loses_nothing(real, handle):
    seen = []
    handle("test.work", seen.append)
    for number in range(5):
        promise("test.work", number)
    doorbell().redis.flushdb()
    work(doorbell().redis, burst=True)
    assert seen == []
    db.session.execute(OutboxRow.__table__.update().values(created_at=OutboxRow.created_at - dt.timedelta(seconds=10)))
    db.session.commit()
    assert sweep() == 5
    assert sweep() == 0, "a row is not rung for again at once"
    work(doorbell().redis, burst=True)
    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_only_our_own_function_is_ever_called(real, handle, tmp_path):
    """Whoever can write into Redis can name any function, but none of them runs."""
    stranger = Queue(queue.QUEUE, connection=doorbell().redis, serializer=doorbell().queue.serializer)
    trace = tmp_path / "trace"
    stranger.enqueue("pathlib.Path.touch", str(trace))
    pickled = Queue(queue.QUEUE, connection=doorbell().redis)
    pickled.enqueue("os.getpid")
    seen = []
    handle("test.work", seen.append)
    promise("test.work", 1)
    work(doorbell().redis, burst=True)
    work(doorbell().redis, burst=True)
    assert seen == [1]
    assert not trace.exists()


def test_a_worker_asks_often(real):
    worker = make_worker(doorbell().redis)
    assert worker.dequeue_timeout <= 10
    assert worker.maintenance_interval <= 60
    assert queue.JOB_SECONDS < queue.LEASE_SECONDS


def test_rows_in_redis_are_plain_json(real):
    promise("test.work", 1)
    (key,) = doorbell().redis.keys("rq:job:*")
    assert json.loads(zlib.decompress(doorbell().redis.hget(key, "data")))[0] == queue.RUN
    doorbell().redis.flushdb()
