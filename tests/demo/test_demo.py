"""The demo world can be built, by the real actions, and is one that one would book."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import func, select

from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator, Merchant, Room, Venue
from bookapp.crm.models import Notification
from bookapp.demo import ACCOUNTS, commands
from bookapp.demo.life import Life
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.notifications.models import MessageRecord
from bookapp.payments.models import Paper, Payment, Statement
from bookapp.reviews.models import Review
from bookapp.scheduling.models import Session
from tests.builders import a_merchant

pytestmark = pytest.mark.usefixtures("app")


def count(model: type) -> int:
    """How many rows there are."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_world_of_three_merchants(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every wish is understood, every twelfth is booked: the whole of it takes a minute.
    steps = Life.steps
    monkeypatch.setattr(Life, "steps", lambda life: steps(life)[::12])
    answer = app.test_cli_runner().invoke(args=["demo", "fill"])
    assert answer.exit_code == 0, answer.output
    assert "bookings" in answer.output
    assert (count(Merchant), count(Venue), count(Facilitator)) == (3, 5, 7)
    assert count(Room) >= 12
    assert set(db.session.scalars(select(Merchant.currency))) == {"EUR", "GBP"}
    now = clock.now()
    coming = db.session.scalars(select(Session.starts_at).where(Session.starts_at > now)).all()
    assert {at.date() for at in coming if at < now + dt.timedelta(days=7)}, "something is on in the next week"
    is_on = db.session.scalars(select(Session).where(Session.starts_at <= now, Session.ends_at > now)).all()
    hosts = {db.session.get_one(Facilitator, each.facilitator_id).slug for each in is_on if each.facilitator_id}
    assert "dr-priya-sharma" in hosts, "somebody's desk has something to show"
    states = set(db.session.scalars(select(Booking.state)))
    assert {"confirmed", "completed"} <= states
    assert set(db.session.scalars(select(Payment.state))) == {"succeeded"}
    assert count(Review) > 0
    assert set(db.session.scalars(select(Paper.reference))) == set(db.session.scalars(select(Payment.reference)))
    assert count(Statement) >= 1
    told = db.session.scalars(select(Notification)).all()
    assert {each.read_at is None for each in told} == {True, False}, "an inbox has something new and something old"
    assert set(db.session.scalars(select(MessageRecord.state))) == {"delivered"}
    assert set(db.session.scalars(select(OutboxRow.state))) == {"done"}, "nobody is written to about last month"


def test_only_into_an_empty_database(app: Flask) -> None:
    a_merchant()
    answer = app.test_cli_runner().invoke(args=["demo", "fill"])
    assert "stays as it is" in answer.output
    assert count(Merchant) == 1


def test_never_in_production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "current_settings", lambda: type("Real", (), {"is_production": True}))
    answer = app.test_cli_runner().invoke(args=["demo", "fill"])
    assert "not for production" in answer.output


def test_there_is_an_account_for_every_role() -> None:
    assert {role for role, _, _ in ACCOUNTS} == {"customer", "facilitator", "manager", "owner", "admin"}
    assert ("facilitator", "priya", "priya123") in ACCOUNTS
