"""Stripe's and Razorpay's webhooks through our own door, as they come: often, late, and in any order."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from bookapp.booking import actions as booking
from bookapp.booking.models import Booking
from bookapp.infra.db import db
from bookapp.infra.settings import EXTENSION
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions
from bookapp.payments.gateways import gateway
from bookapp.payments.models import Payment, WebhookEvent
from tests.builders.booking import NOW, a_guest, a_hold, details
from tests.payments.gateways.conftest import World
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.providers import StandInRazorpay, StandInStripe


@pytest.fixture(params=["stripe", "razorpay"])
def shop(
    request: pytest.FixtureRequest, app: Flask, stripe: StandInStripe, razorpay: StandInRazorpay
) -> Iterator[World]:
    """Bookapp with its database, led to a stand-in that lives at NOW."""
    before = app.extensions[EXTENSION]
    stand_in = stripe if request.param == "stripe" else razorpay
    stand_in.clock = NOW.timestamp
    given = {name.lower(): value for name, value in (stripe.settings | razorpay.settings).items()}
    app.extensions[EXTENSION] = dataclasses.replace(before, **given)
    with time_machine.travel(NOW, tick=False):
        yield World(request.param, gateway(request.param), stand_in, "EUR")
    app.extensions[EXTENSION] = before


def begin(shop: World, number: int) -> tuple[Booking, str]:
    """A booking that waits for its payment, and the charge it waits for."""
    guest = a_guest()
    held = a_hold(actor=guest)
    payment = booking.check_out(
        guest, held.ref, details(f"guest-{number}@example.org"), gateway_name=shop.name, now=NOW
    )
    assert payment is not None
    actions.open_at_provider(payment.id, now=NOW)
    db.session.refresh(payment)
    return held, payment.provider_id or ""


def knock(client: Client, shop: World, event: dict[str, object]) -> int:
    body, headers = shop.stand_in.signed(event)
    return client.post(
        f"/payments/webhooks/{shop.name}", data=body, headers=headers, content_type="application/json"
    ).status_code


def test_a_hundred_times_and_shuffled_is_one_payment_and_one_mail_each(shop: World, client: Client) -> None:
    captures = {shop.stand_in.pay(begin(shop, number)[1]) for number in range(3)}
    events = shop.stand_in.events * 100
    random.Random(3).shuffle(events)
    assert {knock(client, shop, event) for event in events} == {204}
    assert db.session.scalar(select(func.count()).select_from(WebhookEvent)) == len(shop.stand_in.events)
    work_off("payments.work_off_webhook")
    assert set(db.session.scalars(select(Booking.state))) == {"confirmed"}
    assert {(one.state, one.capture_id) for one in db.session.scalars(select(Payment))} == {
        ("succeeded", capture) for capture in captures
    }
    assert db.session.scalar(select(func.count()).select_from(MessageRecord)) == 3
    assert db.session.scalar(select(func.count()).where(WebhookEvent.processed_at.is_(None))) == 0


def test_what_somebody_else_signed_does_nothing(shop: World, client: Client) -> None:
    held, charge = begin(shop, 1)
    shop.stand_in.pay(charge)
    shop.stand_in.webhook_secret = "whsec_of_somebody_else"
    assert {knock(client, shop, event) for event in shop.stand_in.events} == {400}
    assert not db.session.scalar(select(func.count()).select_from(WebhookEvent))
    db.session.refresh(held)
    assert held.state == "pending"
