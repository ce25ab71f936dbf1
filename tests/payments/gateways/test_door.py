"""Stripe's and Razorpay's webhooks through our own door, as they come: often, late, and in any order."""

from __future__ import annotations

import random

from sqlalchemy import func, select

from bookapp.booking.models import Booking
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments.models import Payment, WebhookEvent
from tests.payments.gateways.conftest import World, begin, knock
from tests.support.client import Client
from tests.support.jobs import work_off


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
