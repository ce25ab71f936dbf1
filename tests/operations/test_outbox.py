"""Promised work, seen and mended by the operator, and forgotten in time."""

import datetime as dt

from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import EmailLink, SignIn
from bookapp.infra import clock
from bookapp.infra.claims import PERIODIC
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.operations import actions, queries
from bookapp.operations.jobs import forget_old
from tests.builders.identity import a_user


def add(state="dead", *, key=None, days_ago=0, run_at=None) -> int:
    then = clock.now() - dt.timedelta(days=days_ago)
    row = OutboxRow(
        name="test.work", args=[7], key=key, state=state, attempts=12, last_error="OSError: away", run_at=run_at or then
    )
    row.finished_at = then if state != "due" else None
    db.session.add(row)
    db.session.commit()
    return row.id


def state_of(row_id):
    db.session.expire_all()
    found = db.session.get(OutboxRow, row_id)
    return found and found.state


def test_dead_rows_are_listed_with_what_went_wrong(app):
    row_id = add()
    said = app.test_cli_runner().invoke(args=["outbox", "list"])
    assert said.exit_code == 0
    assert f"{row_id}  test.work(7)  tries 12" in said.output
    assert "OSError: away" in said.output and "1 dead" in said.output
    assert "0 due" in app.test_cli_runner().invoke(args=["outbox", "list", "--state", "due"]).output


def test_a_dead_row_is_tried_again_by_hand_and_that_is_noted(app):
    row_id, done = add(), add("done")
    said = app.test_cli_runner().invoke(args=["outbox", "retry", str(row_id), str(done)])
    assert "1 due again" in said.output
    assert (state_of(row_id), state_of(done)) == ("due", "done")
    assert db.session.get(OutboxRow, row_id).attempts == 0
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "outbox.retried")).one()
    assert entry.subject == f"outbox:{row_id}"


def test_all_dead_rows_at_once(app):
    rows = [add(), add()]
    assert "2 due again" in app.test_cli_runner().invoke(args=["outbox", "retry", "--all"]).output
    assert [state_of(row_id) for row_id in rows] == ["due", "due"]
    assert actions.retry(SYSTEM, rows, now=clock.now()) == 0


def test_figures_tell_what_is_late(app):
    now = clock.now()
    add("due", run_at=now - dt.timedelta(seconds=90))
    add("due", run_at=now + dt.timedelta(hours=1))
    add("dead")
    figures = queries.outbox_figures(now)
    assert (figures["due"], figures["late"], figures["dead"]) == (1, 1, 1)
    assert 89 < figures["oldest_due_seconds"] < 91


def test_settled_rows_are_forgotten_in_time(app):
    kept = [
        add("done", days_ago=6), add("done", key="once", days_ago=80), add("dead", days_ago=200),
        add("due", days_ago=200), add("done", key=f"{PERIODIC}x:1"),
    ]  # fmt: skip
    gone = [
        add("done", days_ago=8), add("done", key="twice", days_ago=91), add("done", key=f"{PERIODIC}x:2", days_ago=2),
        add("dead", key=f"{PERIODIC}x:3", days_ago=2),
    ]  # fmt: skip
    forget_old()
    assert all(state_of(row_id) for row_id in kept)
    assert not any(state_of(row_id) for row_id in gone)


def test_links_and_sign_ins_are_forgotten_a_month_after_their_end(app):
    now, user = clock.now(), a_user()
    for days in (1, 31):
        ended = now - dt.timedelta(days=days)
        link = {"purpose": "verify", "email": user.email, "token_hash": f"link{days}", "created_at": ended}
        db.session.add(EmailLink(user_id=user.id, expires_at=ended, **link))
        browser = {"token_hash": f"sign-in{days}", "user_version": 1, "agent": "x", "created_at": now}
        db.session.add(SignIn(user_id=user.id, ended_at=ended, **browser))
    db.session.commit()
    assert actions.forget_old(now=now)["identity"] == 2
    assert db.session.scalars(select(EmailLink.token_hash)).all() == ["link1"]
    assert db.session.scalars(select(SignIn.token_hash)).all() == ["sign-in1"]
