"""Both providers over real HTTP, behind one handle: what is promised of one is promised of the other."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask

from bookapp.booking import actions as booking
from bookapp.booking.models import Booking
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.infra.settings import EXTENSION
from bookapp.payments import actions
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeRequest, Gateway, Opened
from bookapp.values.money import Money
from config import Settings
from tests.builders.booking import NOW, a_guest, a_hold, details
from tests.support.client import Client
from tests.support.providers import StandInRazorpay, StandInStripe


@dataclass
class World:
    """One gateway of ours and the stand-in it speaks to."""

    name: str
    gateway: Gateway
    stand_in: StandInStripe | StandInRazorpay
    currency: str

    @property
    def opening(self) -> str:
        """The path that begins a charge."""
        return "/v1/checkout/sessions" if self.name == "stripe" else "/v1/payment_links"

    def amount(self, minor: int = 26250) -> Money:
        """So much, in a currency this provider is used for."""
        return Money(minor, self.currency)

    def charges(self) -> int:
        """How many charges there are to pay at the provider."""
        if isinstance(self.stand_in, StandInStripe):
            return len(self.stand_in.all("checkout.session"))
        return len(self.stand_in.links)

    def refunds(self) -> int:
        """How many refunds there are at the provider."""
        if isinstance(self.stand_in, StandInStripe):
            return len(self.stand_in.all("refund"))
        return len(self.stand_in.refunds)

    def opened(self, minor: int = 26250) -> Opened:
        """A charge that waits for its payer."""
        return self.gateway.open(a_request(self.amount(minor)))

    def paid(self, minor: int = 26250) -> tuple[str, str]:
        """A paid charge: what was opened and what refunds go against."""
        opened = self.opened(minor)
        return opened.provider_id, self.stand_in.pay(opened.provider_id)


def a_request(amount: Money, **facts: object) -> ChargeRequest:
    """Somebody is to pay `amount` within half an hour."""
    known: dict[str, object] = {
        "key": uuid.uuid4(),
        "description": "Linden, Tuesday 3 pm",
        "payer_email": "miriam@example.org",
        "reference": "K7RWPM",
        "return_url": "http://127.0.0.1:8000/payments/return/1",
        "cancel_url": "http://127.0.0.1:8000/checkout/K7RWPM",
        "expires_at": dt.datetime.now(dt.UTC) + dt.timedelta(minutes=30),
    }
    return ChargeRequest(amount=amount, **(known | facts))  # type: ignore[arg-type]


@pytest.fixture
def stripe() -> Iterator[StandInStripe]:
    with StandInStripe() as stand_in:
        yield stand_in


@pytest.fixture
def razorpay() -> Iterator[StandInRazorpay]:
    with StandInRazorpay() as stand_in:
        yield stand_in


@pytest.fixture
def site(stripe: StandInStripe, razorpay: StandInRazorpay) -> Iterator[Flask]:
    """An application that has nothing but its settings, which lead to the stand-ins."""
    made = Flask("settings only")
    made.extensions[EXTENSION] = Settings.from_env({"BOOKAPP_ENV": "test", **stripe.settings, **razorpay.settings})
    with made.app_context():
        yield made


@pytest.fixture(params=["stripe", "razorpay"])
def world(request: pytest.FixtureRequest, site: Flask, stripe: StandInStripe, razorpay: StandInRazorpay) -> World:
    """One after the other."""
    return stripe_world(stripe) if request.param == "stripe" else razorpay_world(razorpay)


def stripe_world(stand_in: StandInStripe) -> World:
    return World("stripe", gateway("stripe"), stand_in, "EUR")


def razorpay_world(stand_in: StandInRazorpay) -> World:
    return World("razorpay", gateway("razorpay"), stand_in, "INR")


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


def begin(shop: World, number: int, actor: Actor | None = None) -> tuple[Booking, str]:
    """A booking that waits for its payment, and the charge it waits for."""
    guest = actor or a_guest()
    held = a_hold(actor=guest)
    payment = booking.check_out(
        guest, held.ref, details(f"guest-{number}@example.org"), gateway_name=shop.name, now=NOW
    )
    assert payment is not None
    actions.open_at_provider(payment.id, now=NOW)
    db.session.refresh(payment)
    return held, payment.provider_id or ""


def knock(client: Client, shop: World, event: dict[str, object]) -> int:
    """The provider tells us of an event; how we answer."""
    body, headers = shop.stand_in.signed(event)
    return client.post(
        f"/payments/webhooks/{shop.name}", data=body, headers=headers, content_type="application/json"
    ).status_code
