"""What runs by itself: once per slot, whoever ticks, and without piling up while nobody works."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from bookapp import schedule
from bookapp.infra import claims, queue
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow, later
from bookapp.infra.queue import doorbell
from bookapp.schedule import PERIODIC, Periodic, Ticker, promise, sweep


@pytest.fixture(autouse=True)
def empty(real):
    db.session.execute(delete(OutboxRow))
    db.session.commit()
    doorbell().redis.flushdb()
    yield
    db.session.rollback()


def keys():
    return sorted(db.session.scalars(select(OutboxRow.key).where(OutboxRow.key.is_not(None))))


def test_the_first_tick_promises_each_job_once():
    first, second = Ticker(), Ticker()
    first.tick()
    second.tick()
    first.tick()
    assert len(keys()) == len(PERIODIC)
    assert doorbell().waiting() == len(PERIODIC)


def test_any_number_of_schedulers_promise_a_slot_once(real):
    job = Periodic("test.work", 10)

    def tick(_number):
        with real.app_context():
            return promise(job, 7)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(tick, range(8)))
    assert made.count(True) == 1
    assert keys() == ["every:test.work:7"]


def test_slots_do_not_pile_up_while_nobody_works():
    job = Periodic("test.work", 10)
    assert [promise(job, slot) for slot in (1, 2, 3)] == [True, False, False]
    db.session.execute(update(OutboxRow).values(state="done"))
    db.session.commit()
    assert promise(job, 4)


def test_a_promise_of_the_same_name_by_others_does_not_hold_it_up():
    later("test.work", 1)
    db.session.commit()
    assert promise(Periodic("test.work", 10), 1)


def test_sweeping_rings_for_what_was_missed_and_not_twice():
    later("test.work", 1)
    db.session.commit()
    doorbell().redis.flushdb()
    assert sweep() == 0, "just committed: its own transaction rang"
    db.session.execute(update(OutboxRow).values(created_at=OutboxRow.created_at - dt.timedelta(seconds=5)))
    db.session.commit()
    assert (sweep(), sweep(), doorbell().waiting()) == (1, 0, 1)


def test_sweeping_stops_before_it_buries_the_queue(monkeypatch):
    later("test.work", 1)
    db.session.execute(update(OutboxRow).values(created_at=OutboxRow.created_at - dt.timedelta(seconds=5)))
    db.session.commit()
    monkeypatch.setattr(schedule, "BACKLOG", 1)
    assert sweep() == 0
    doorbell().redis.flushdb()
    assert sweep() == 1


def test_what_could_not_be_rung_is_rung_next_time(monkeypatch):
    later("test.work", 1)
    db.session.execute(update(OutboxRow).values(created_at=OutboxRow.created_at - dt.timedelta(seconds=5)))
    db.session.commit()
    doorbell().redis.flushdb()
    with monkeypatch.context() as patched:
        patched.setattr(queue.Doorbell, "ring", lambda _self, _ids: False)
        assert sweep() == 0
    assert sweep() == 1


def test_without_redis_nothing_is_marked_as_rung(app_of_nothing):
    with app_of_nothing.app_context():
        assert sweep() == 0


def test_a_tick_says_when_the_database_is_away(app_of_nothing):
    with app_of_nothing.app_context(), pytest.raises(OperationalError):
        Ticker().tick()


def test_periodic_rows_are_told_apart():
    assert claims.PERIODIC.endswith(":")
    assert len({job.name for job in PERIODIC}) == len(PERIODIC)
