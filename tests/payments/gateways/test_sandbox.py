"""The sandbox is a provider like any other; what its page and its webhooks do is in test_webhooks."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from bookapp.payments.errors import GatewayRefused
from bookapp.payments.gateways import gateway, sandbox
from bookapp.payments.gateways.base import ChargeState, Gateway, RefundAnswer
from bookapp.values.money import Money
from tests.payments.gateways.conftest import a_request

pytestmark = pytest.mark.usefixtures("app")
EUROS = Money(26250, "EUR")
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def door(app: object) -> Gateway:
    return gateway("sandbox")


def test_a_charge_is_found_by_its_key(door: Gateway) -> None:
    request, since = a_request(EUROS), dt.datetime.now(dt.UTC) - MINUTE
    assert door.find_charge(request.key, since=since) is None
    opened = door.open(request)
    assert door.find_charge(request.key, since=since) == opened
    assert door.find_charge(uuid.uuid4(), since=since) is None
    assert door.find_charge(request.key, since=since + 2 * MINUTE) is None


def test_a_refund_is_processed_at_once_and_found_by_its_key(door: Gateway) -> None:
    charge = door.open(a_request(EUROS)).provider_id
    sandbox.settle(charge, ChargeState.PAID)
    key = uuid.uuid4()
    assert door.find_refund(charge, key=key) is None
    made = door.refund(charge, key=key, amount=Money(100, "EUR"))
    assert made == RefundAnswer(made.provider_id, "processed")
    assert door.fetch_refund(made.provider_id) == door.find_refund(charge, key=key) == made


def test_what_is_not_there_is_refused(door: Gateway) -> None:
    for ask in (door.fetch_refund, door.fetch_dispute):
        with pytest.raises(GatewayRefused):
            ask("none_of_ours")


def test_its_books_list_charges_and_refunds(door: Gateway) -> None:
    request = a_request(EUROS)
    charge = door.open(request).provider_id
    sandbox.settle(charge, ChargeState.PAID)
    key = uuid.uuid4()
    refund = door.refund(charge, key=key, amount=Money(100, "EUR")).provider_id
    now = dt.datetime.now(dt.UTC)
    (listed,) = door.charges_between(now - MINUTE, now + MINUTE)
    assert (listed.provider_id, listed.key, listed.amount, listed.state) == (charge, request.key, EUROS, "paid")
    (back,) = door.refunds_between(now - MINUTE, now + MINUTE)
    assert (back.provider_id, back.charge_id, back.key, back.amount) == (refund, charge, key, Money(100, "EUR"))
    assert not list(door.charges_between(now + MINUTE, now + 2 * MINUTE))
    assert not list(door.refunds_between(now + MINUTE, now + 2 * MINUTE))
