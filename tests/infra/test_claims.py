"""A row is worked on by one worker at a time, settled once, tried again with pauses, and dead in the end."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import text

from bookapp.infra import claims, clock
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow, later
from bookapp.infra.queue import LEASE_SECONDS, USUAL_TRIES

NOW = dt.datetime(2026, 11, 24, 13, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def at(app):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def row_id():
    return promise()


@action
def promise(name="test.work", *, key=None, run_at=NOW):
    row_id = later(name, 7, key=key, run_at=run_at)
    row = db.session.get(OutboxRow, row_id)
    row.created_at = clock.now() - dt.timedelta(minutes=1)
    return row_id


def row(row_id) -> OutboxRow:
    db.session.expire_all()
    return db.session.get(OutboxRow, row_id)


def test_a_row_is_claimed_once(row_id):
    held = claims.claim(row_id)
    assert (held.name, held.args, held.attempts) == ("test.work", (7,), 1)
    assert held.lease_until == NOW + dt.timedelta(seconds=LEASE_SECONDS)
    assert claims.claim(row_id) is None


def test_a_lost_worker_s_row_is_claimed_again_when_its_lease_is_over(row_id, at):
    lost = claims.claim(row_id)
    at.shift(LEASE_SECONDS + 1)
    held = claims.claim(row_id)
    assert held.attempts == 2
    assert claims.done(lost) is False, "who lost the lease settles nothing"
    assert row(row_id).state == "due"
    assert claims.done(held) is True
    assert row(row_id).state == "done"


def test_done_is_done(row_id):
    claims.done(claims.claim(row_id))
    assert row(row_id).finished_at == NOW
    assert claims.claim(row_id) is None


def test_not_before_its_time(at):
    row_id = promise(run_at=NOW + dt.timedelta(seconds=5))
    assert claims.claim(row_id) is None
    at.shift(5)
    assert claims.claim(row_id) is not None


def test_failures_are_tried_again_for_four_hours(row_id, at):
    began = clock.now()
    states = []
    while (held := claims.claim(row_id)) is not None:
        states.append(claims.failed(held, "OSError", tries=USUAL_TRIES))
        found = row(row_id)
        if found.state == "due":
            assert found.lease_until is None and found.nudged_at is None
            at.move_to(found.run_at)
    assert states == ["due"] * (USUAL_TRIES - 1) + ["dead"]
    assert clock.now() - began >= dt.timedelta(hours=4)
    assert row(row_id).last_error == "OSError"


def test_a_periodic_row_has_one_try():
    row_id = promise(key="every:test.work:1")
    assert claims.failed(claims.claim(row_id), "OSError", tries=USUAL_TRIES) == "dead"


def test_postponing_and_releasing_count_no_try(row_id, at):
    claims.postponed(claims.claim(row_id), 30)
    assert row(row_id).attempts == 0
    assert claims.claim(row_id) is None
    at.shift(30)
    claims.released(claims.claim(row_id))
    assert (row(row_id).attempts, row(row_id).lease_until) == (0, None)
    assert claims.claim(row_id) is not None


def test_nudging_finds_what_nobody_took_and_remembers(row_id, at):
    other, future = promise(), promise(run_at=NOW + dt.timedelta(minutes=5))
    assert claims.to_nudge(10) == [row_id, other]
    assert claims.to_nudge(10) == [], "it does not bury the queue"
    claims.not_rung([other])
    assert claims.to_nudge(10) == [other]
    at.shift(11)
    claims.claim(row_id)
    assert claims.to_nudge(10) == [other], "a row being worked on is left alone"
    at.shift(300)
    assert claims.to_nudge(1) == [row_id]
    assert claims.to_nudge(10) == [other, future]


def test_nudging_keeps_its_limit_however_the_database_plans_it():
    for _ in range(3):
        promise()
    for plan in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
        db.session.execute(text(f"SET LOCAL enable_{plan} = off"))
    assert len(claims.to_nudge(1)) == 1


def test_what_was_just_committed_was_rung_by_its_transaction():
    row_id = promise()
    db.session.get(OutboxRow, row_id).created_at = NOW
    db.session.commit()
    assert claims.to_nudge(10) == []
