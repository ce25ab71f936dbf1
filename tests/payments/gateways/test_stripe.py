"""What is Stripe's alone: how it counts money, what it must be told, what a session's end means."""

from __future__ import annotations

import datetime as dt
import urllib.parse
import uuid

import pytest
from flask import Flask
from structlog.testing import capture_logs

from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeState, Gateway
from bookapp.payments.gateways.stripe import amount_for_stripe, amount_from_stripe
from bookapp.values.money import Money
from tests.payments.gateways.conftest import a_request
from tests.support.providers import StandInStripe
from tests.support.providers.parameters import unflattened

# https://docs.stripe.com/currencies: no decimals, two, three; and the ones that are sent with others than they have.
COUNTED = [
    (Money(26250, "EUR"), 26250),
    (Money(500, "JPY"), 500),
    (Money(1230, "KWD"), 1230),
    (Money(5, "UGX"), 500),
    (Money(700, "ISK"), 70000),
    (Money(12300, "MGA"), 123),
    (Money(12345, "HUF"), 12345),
]


@pytest.fixture
def door(site: Flask) -> Gateway:
    return gateway("stripe")


@pytest.mark.parametrize(("amount", "number"), COUNTED)
def test_amounts_are_counted_as_stripe_counts_them(amount: Money, number: int) -> None:
    assert amount_for_stripe(amount) == number
    assert amount_from_stripe(number, amount.currency.lower()) == amount


@pytest.mark.parametrize("amount", [Money(1231, "KWD"), Money(12345, "MGA")])
def test_an_amount_stripe_cannot_say_is_refused_not_rounded(door: Gateway, amount: Money) -> None:
    with pytest.raises(GatewayRefused) as refused:
        door.open(a_request(amount))
    assert refused.value.reason == "amount_not_representable"


@pytest.mark.parametrize(("amount", "number"), COUNTED)
def test_what_was_paid_and_goes_back_is_the_same_money(
    door: Gateway, stripe: StandInStripe, amount: Money, number: int
) -> None:
    opened = door.open(a_request(amount))
    capture = stripe.pay(opened.provider_id)
    assert stripe.things[capture]["amount"] == number
    assert door.fetch(opened.provider_id).received == amount
    door.refund(opened.provider_id, key=uuid.uuid4(), amount=amount, capture_id=capture)
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    (refund,) = door.refunds_between(now - dt.timedelta(minutes=1), now)
    assert refund.amount == amount


def test_a_session_is_told_everything_it_needs(door: Gateway, stripe: StandInStripe) -> None:
    request = a_request(Money(26250, "EUR"))
    door.open(request)
    (call,) = stripe.calls
    told = unflattened(urllib.parse.parse_qsl(call.body.decode()))
    assert told["mode"] == "payment"
    assert (told["success_url"], told["cancel_url"]) == (request.return_url, request.cancel_url)
    assert (told["client_reference_id"], told["customer_email"]) == ("K7RWPM", "miriam@example.org")
    assert told["metadata"] == told["payment_intent_data"]["metadata"] == {
        "key": str(request.key), "reference": "K7RWPM"
    }  # fmt: skip
    assert told["line_items"][0]["price_data"]["unit_amount"] == "26250"
    assert call.headers["Idempotency-Key"] == str(request.key)


@pytest.mark.parametrize("minutes", [0.1, 15, 30])
def test_a_session_lives_as_long_as_stripe_demands_however_late_it_is_opened(door: Gateway, minutes: float) -> None:
    closes_at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    assert door.open(a_request(Money(26250, "EUR"), expires_at=closes_at))


@pytest.mark.parametrize("address", ["", "jürgen@example.org", "mail@bücher.example"])
def test_without_an_address_it_takes_stripe_asks_for_one(door: Gateway, stripe: StandInStripe, address: str) -> None:
    assert door.open(a_request(Money(26250, "EUR"), payer_email=address))
    assert "customer_email" not in stripe.calls[0].form


def test_a_long_title_is_cut(door: Gateway) -> None:
    assert door.open(a_request(Money(26250, "EUR"), description="Linden " * 50))


def test_an_amount_below_stripe_s_least_is_refused_with_its_reason(door: Gateway) -> None:
    with pytest.raises(GatewayRefused) as refused:
        door.open(a_request(Money(49, "EUR")))
    assert refused.value.reason == "amount_too_small"


def test_what_was_opened_without_an_answer_is_found_when_it_is_too_late_to_open(
    door: Gateway, stripe: StandInStripe
) -> None:
    request = a_request(Money(26250, "EUR"))
    stripe.fault("lost")
    with pytest.raises(GatewayDown):
        door.open(request)
    stripe.forget_keys()
    stripe.clock = (request.expires_at + dt.timedelta(minutes=2)).timestamp
    opened = door.open(request)
    assert len(stripe.all("checkout.session")) == 1
    assert door.close(opened.provider_id).state is ChargeState.EXPIRED
    with pytest.raises(GatewayRefused):
        door.open(a_request(Money(26250, "EUR"), expires_at=request.expires_at))


def test_a_session_that_is_over_leads_to_where_we_ask_how_it_ended(door: Gateway, stripe: StandInStripe) -> None:
    request = a_request(Money(26250, "EUR"))
    stripe.pay(door.open(request).provider_id)
    found = door.find_charge(request.key, since=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    assert found is not None
    assert found.url == request.return_url


def test_completed_and_not_yet_paid_is_open(door: Gateway, stripe: StandInStripe) -> None:
    opened = door.open(a_request(Money(26250, "EUR")))
    stripe.things[opened.provider_id]["status"] = "complete"
    assert door.fetch(opened.provider_id).state is ChargeState.OPEN
    assert door.close(opened.provider_id).state is ChargeState.OPEN


@pytest.mark.parametrize(
    ("status", "state"),
    [("needs_response", "open"), ("under_review", "open"), ("warning_needs_response", "open"),
     ("warning_closed", "won"), ("prevented", "won"), ("won", "won"), ("lost", "lost"), ("something_new", "open")],
)  # fmt: skip
def test_every_status_of_a_dispute_has_a_meaning(door: Gateway, stripe: StandInStripe, status: str, state: str) -> None:
    dispute = stripe.dispute(stripe.pay(door.open(a_request(Money(26250, "EUR"))).provider_id))
    stripe.close_dispute(dispute, status)
    assert door.fetch_dispute(dispute).state == state


def test_a_disputed_charge_refuses_refunds(door: Gateway, stripe: StandInStripe) -> None:
    opened = door.open(a_request(Money(26250, "EUR")))
    capture = stripe.pay(opened.provider_id)
    stripe.dispute(capture)
    with pytest.raises(GatewayRefused) as refused:
        door.refund(opened.provider_id, key=uuid.uuid4(), amount=Money(1, "EUR"), capture_id=capture)
    assert refused.value.reason == "charge_disputed"


@pytest.mark.parametrize(
    ("facts", "state"),
    [({"status": "canceled"}, ChargeState.EXPIRED),
     ({"status": "processing"}, ChargeState.OPEN),
     ({"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}}, ChargeState.FAILED)],
)  # fmt: skip
def test_charges_that_brought_no_money_are_listed_as_such(
    door: Gateway, stripe: StandInStripe, facts: dict[str, object], state: ChargeState
) -> None:
    capture = stripe.pay(door.open(a_request(Money(26250, "EUR"))).provider_id)
    stripe.things[capture].update(facts, amount_received=0)
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    (listed,) = door.charges_between(now - dt.timedelta(minutes=1), now)
    assert (listed.state, listed.amount) == (state, Money(26250, "EUR"))


def test_a_charge_that_is_none_of_ours_is_listed_without_a_key(door: Gateway, stripe: StandInStripe) -> None:
    capture = stripe.pay(door.open(a_request(Money(26250, "EUR"))).provider_id)
    stripe.things[capture]["metadata"] = {"key": "not one of ours"}
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    (listed,) = door.charges_between(now - dt.timedelta(minutes=1), now)
    assert (listed.provider_id, listed.key, listed.reference) == (capture, None, "")


def test_an_error_is_logged_by_its_code_and_not_by_whom_it_was_about(door: Gateway) -> None:
    with capture_logs() as logged, pytest.raises(GatewayRefused):
        door.open(a_request(Money(49, "EUR")))
    assert logged[0]["reason"] == "amount_too_small"
    assert "miriam@example.org" not in str(logged)
