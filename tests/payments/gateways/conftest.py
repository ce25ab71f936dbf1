"""Both providers over real HTTP, behind one handle: what is promised of one is promised of the other."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from bookapp.infra.settings import EXTENSION
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeRequest, Gateway, Opened
from bookapp.values.money import Money
from config import Settings
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
