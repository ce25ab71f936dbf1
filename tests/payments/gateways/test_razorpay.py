"""What is Razorpay's alone: links that are unique by reference, payments that do not say what they are for."""

from __future__ import annotations

import datetime as dt
import json
import urllib.parse
import urllib.request
import uuid

import pytest
from flask import Flask

from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeState, Gateway
from bookapp.values.money import Money
from tests.payments.gateways.conftest import a_request
from tests.support.providers import StandInRazorpay
from tests.support.providers.server import Answer

RUPEES = Money(262500, "INR")


@pytest.fixture
def door(site: Flask) -> Gateway:
    return gateway("razorpay")


def test_a_link_is_told_everything_it_needs(door: Gateway, razorpay: StandInRazorpay) -> None:
    request = a_request(RUPEES)
    door.open(request)
    told = json.loads(razorpay.calls[0].body)
    assert (told["amount"], told["currency"], told["accept_partial"]) == (262500, "INR", False)
    assert told["reference_id"] == str(request.key)
    assert told["notes"] == {"key": str(request.key), "reference": "K7RWPM"}
    assert (told["callback_url"], told["callback_method"]) == (request.return_url, "get")
    assert told["notify"] == {"sms": False, "email": False}, "we write our own mails"


def test_without_an_address_there_is_no_customer(door: Gateway, razorpay: StandInRazorpay) -> None:
    door.open(a_request(RUPEES, payer_email=""))
    assert json.loads(razorpay.calls[0].body)["customer"] == {}


def test_a_thousandth_that_ends_in_something_is_refused_not_rounded(door: Gateway) -> None:
    assert door.open(a_request(Money(1230, "KWD")))
    with pytest.raises(GatewayRefused) as refused:
        door.open(a_request(Money(1231, "KWD")))
    assert refused.value.reason == "amount_not_representable"


def test_what_it_cannot_take_is_refused_with_its_code(door: Gateway) -> None:
    with pytest.raises(GatewayRefused) as refused:
        door.open(a_request(Money(99, "INR")))
    assert refused.value.reason == "BAD_REQUEST_ERROR"


def test_a_declined_card_leaves_the_link_open(door: Gateway, razorpay: StandInRazorpay) -> None:
    opened = door.open(a_request(RUPEES))
    razorpay.decline(opened.provider_id)
    assert door.fetch(opened.provider_id).state is ChargeState.OPEN
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    (listed,) = door.charges_between(now - dt.timedelta(minutes=1), now)
    assert listed.state is ChargeState.FAILED


def test_a_payment_is_found_by_its_order_when_it_has_no_notes(door: Gateway, razorpay: StandInRazorpay) -> None:
    requests = [a_request(RUPEES, reference=f"REF{number}") for number in range(3)]
    for request in requests:
        razorpay.pay(door.open(request).provider_id)
    razorpay.labels_payments = True
    labelled = a_request(RUPEES, reference="REF3")
    razorpay.pay(door.open(labelled).provider_id)
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    listed = list(door.charges_between(now - dt.timedelta(minutes=1), now))
    assert {(one.key, one.reference) for one in listed} == {(one.key, one.reference) for one in (*requests, labelled)}


def test_a_filter_that_is_not_heeded_confuses_nothing(
    door: Gateway, razorpay: StandInRazorpay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then all links come, and only the one that fits is taken."""
    request, other = a_request(RUPEES), a_request(RUPEES)
    opened = door.open(request)
    door.open(other)
    for link_id in list(razorpay.links):
        razorpay.pay(link_id)

    def everything(_self: StandInRazorpay, _call: object) -> Answer:
        return Answer(200, {"payment_links": list(razorpay.links.values())})

    monkeypatch.setattr(StandInRazorpay, "_list_links", everything)
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    assert door.find_charge(request.key, since=now) == opened
    assert door.find_charge(uuid.uuid4(), since=now) is None
    assert {one.key for one in door.charges_between(now - dt.timedelta(minutes=1), now)} == {request.key, other.key}


def test_a_payment_that_is_none_of_ours_is_listed_without_a_key(door: Gateway, razorpay: StandInRazorpay) -> None:
    payment = razorpay.pay(door.open(a_request(RUPEES)).provider_id)
    razorpay.links.clear()
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    (listed,) = door.charges_between(now - dt.timedelta(minutes=1), now)
    assert (listed.provider_id, listed.key, listed.reference) == (payment, None, "")


@pytest.mark.parametrize(
    ("status", "deducted", "state"),
    [("open", 0, "open"), ("under_review", 0, "open"), ("won", 0, "won"), ("lost", 262500, "lost"),
     ("closed", 0, "won"), ("closed", 262500, "lost")],
)  # fmt: skip
def test_every_status_of_a_dispute_has_a_meaning(
    door: Gateway, razorpay: StandInRazorpay, status: str, deducted: int, state: str
) -> None:
    dispute = razorpay.dispute(razorpay.pay(door.open(a_request(RUPEES)).provider_id))
    razorpay.close_dispute(dispute, status, deducted=deducted)
    assert door.fetch_dispute(dispute).state == state


@pytest.mark.parametrize("code", ["GATEWAY_ERROR", "SERVER_ERROR"])
def test_an_error_of_its_own_is_unknown_whatever_its_status(
    door: Gateway, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    told = Answer(400, {"error": {"code": code, "description": "", "reason": "NA"}})
    monkeypatch.setattr(StandInRazorpay, "_answer", lambda *_: told)
    with pytest.raises(GatewayDown):
        door.fetch("plink_1")


def test_the_way_back_carries_what_razorpay_adds(door: Gateway, razorpay: StandInRazorpay) -> None:
    request = a_request(RUPEES, return_url=f"{razorpay.url}/nowhere")
    opened = door.open(request)
    form = urllib.request.Request(opened.url, b"do=pay")
    with pytest.raises(urllib.request.HTTPError) as missing:
        urllib.request.urlopen(form)
    back = urllib.parse.urlsplit(missing.value.url)
    assert back.path == "/nowhere"
    assert urllib.parse.parse_qs(back.query)["razorpay_payment_link_id"] == [opened.provider_id]
    missing.value.close()
