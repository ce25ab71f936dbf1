"""What is not signed by the provider, lately and to the byte, is not heard."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid

import pytest
from flask import Flask

from bookapp.infra.settings import EXTENSION
from bookapp.payments.errors import BadSignature
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import Notice
from config import Settings
from tests.payments.gateways.conftest import World
from tests.support.providers import StandInRazorpay, StandInStripe

NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
PAID = {"stripe": "checkout.session.completed", "razorpay": "payment_link.paid"}
HEADER = {"stripe": "Stripe-Signature", "razorpay": "X-Razorpay-Signature"}

Told = tuple[bytes, dict[str, str]]


@pytest.fixture
def told(world: World) -> Told:
    """What the provider sends about a charge that was paid, signed at NOW."""
    world.paid()
    return told_of(world, PAID[world.name])


def told_of(world: World, kind: str, *, seconds: float = 0) -> Told:
    event = next(event for event in world.stand_in.events if kind in (event.get("type"), event.get("event")))
    return world.stand_in.signed(event, at=NOW.timestamp() + seconds)


def hear(world: World, told: Told) -> Notice:
    return world.gateway.verify(*told, NOW)


def test_a_good_one_says_what_it_speaks_of(world: World, told: Told) -> None:
    heard = hear(world, told)
    capture = world.gateway.fetch(heard.provider_id).capture_id
    assert (heard.kind, heard.subject) == (PAID[world.name], "charge")
    assert heard.payload == {
        "subject": "charge", "provider_id": heard.provider_id, "charge": heard.provider_id, "capture": capture,
    }  # fmt: skip
    assert hear(world, told) == heard, "the same event has the same id"


def test_a_wrong_or_missing_signature_is_refused(world: World, told: Told) -> None:
    body, headers = told
    for signature in ("", "t=1", "v1=abc", "t=x,v1=abc", f"t={'9' * 400},v1=a", "0" * 64, "é", "t=1772352000,v1="):
        with pytest.raises(BadSignature):
            hear(world, (body, headers | {HEADER[world.name]: signature}))
    with pytest.raises(BadSignature):
        hear(world, (body, {}))


def test_a_signature_of_somebody_else_is_refused(world: World, told: Told) -> None:
    world.stand_in.webhook_secret = "whsec_of_somebody_else"
    with pytest.raises(BadSignature):
        hear(world, told_of(world, PAID[world.name]))


def test_a_body_changed_by_a_byte_is_refused(world: World, told: Told) -> None:
    body, headers = told
    for position in itertools.islice(range(len(body)), 0, None, 23):
        changed = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        with pytest.raises(BadSignature):
            hear(world, (changed, headers))
    with pytest.raises(BadSignature):
        hear(world, (body + b"\xff", headers))
    hear(world, told)


def test_one_from_the_future_is_refused(world: World, told: Told) -> None:
    for seconds in (301, 3600):
        with pytest.raises(BadSignature):
            hear(world, told_of(world, PAID[world.name], seconds=seconds))
    hear(world, told_of(world, PAID[world.name], seconds=299))


def test_stripe_s_own_check_would_have_heard_the_one_from_the_future(
    site: Flask, stripe: StandInStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without our tolerance, an hour ahead passes."""
    world = World("stripe", gateway("stripe"), stripe, "EUR")
    world.paid()
    ahead = told_of(world, PAID["stripe"], seconds=3600)
    monkeypatch.setattr("bookapp.payments.gateways.stripe.TOLERANCE_SECONDS", float("inf"))
    assert hear(world, ahead)


def test_an_old_one_of_stripe_is_refused(site: Flask, stripe: StandInStripe) -> None:
    world = World("stripe", gateway("stripe"), stripe, "EUR")
    world.paid()
    with pytest.raises(BadSignature):
        hear(world, told_of(world, PAID["stripe"], seconds=-301))
    hear(world, told_of(world, PAID["stripe"], seconds=-300))


def test_an_old_one_cannot_be_dated_anew(site: Flask, stripe: StandInStripe) -> None:
    """The time is part of what is signed, and there is one."""
    world = World("stripe", gateway("stripe"), stripe, "EUR")
    world.paid()
    body, headers = told_of(world, PAID["stripe"], seconds=-301)
    old = headers["Stripe-Signature"]
    new = f"t={int(NOW.timestamp())}"
    for header in (f"{old},{new}", f"{new},{old}", old.replace(old.split(",")[0], new)):
        with pytest.raises(BadSignature):
            hear(world, (body, {"Stripe-Signature": header}))


def test_a_late_one_of_razorpay_is_heard(site: Flask, razorpay: StandInRazorpay) -> None:
    """It tries for a day, with the signature and the date of the first try."""
    world = World("razorpay", gateway("razorpay"), razorpay, "INR")
    world.paid()
    assert hear(world, told_of(world, PAID["razorpay"], seconds=-86400))


def test_the_event_id_that_nobody_signed_cannot_be_given_to_another_event(
    site: Flask, razorpay: StandInRazorpay
) -> None:
    """Or one captured event could be sent under the id of the next, which would then be taken for a repetition."""
    world = World("razorpay", gateway("razorpay"), razorpay, "INR")
    world.paid()
    world.paid()
    first, second = [
        razorpay.signed(event, at=NOW.timestamp()) for event in razorpay.events if event["event"] == PAID["razorpay"]
    ]
    disguised = (first[0], first[1] | {"X-Razorpay-Event-Id": second[1]["X-Razorpay-Event-Id"]})
    assert hear(world, disguised).event_id != hear(world, second).event_id


@pytest.mark.parametrize("secrets", ["the-new-one,{}", "{} , the-new-one"])
def test_while_a_secret_is_changed_both_are_good(world: World, told: Told, site: Flask, secrets: str) -> None:
    both = {
        name: secrets.format(value) if name.endswith("WEBHOOK_SECRET") else value
        for name, value in world.stand_in.settings.items()
    }
    site.extensions[EXTENSION] = Settings.from_env({"BOOKAPP_ENV": "test", **both})
    assert hear(world, told)
    world.stand_in.webhook_secret = "the-new-one"
    assert hear(world, told_of(world, PAID[world.name]))
    world.stand_in.webhook_secret = ""
    with pytest.raises(BadSignature):
        hear(world, told_of(world, PAID[world.name]))


def test_nothing_about_the_payer_is_kept(world: World) -> None:
    _, capture = world.paid()
    world.gateway.refund("", key=uuid.uuid4(), amount=world.amount(100), capture_id=capture)
    world.stand_in.dispute(capture)
    for event in world.stand_in.events:
        heard = hear(world, world.stand_in.signed(event, at=NOW.timestamp()))
        kept = json.dumps(dict(heard.payload))
        assert "miriam" not in kept
        assert "9190000" not in kept


def test_refunds_and_disputes_are_told_apart(world: World) -> None:
    opened, capture = world.paid()
    refund = world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(100), capture_id=capture).provider_id
    dispute = world.stand_in.dispute(capture)
    heard = {
        (told.subject, told.provider_id, told.payload.get("capture"))
        for told in (hear(world, world.stand_in.signed(event, at=NOW.timestamp())) for event in world.stand_in.events)
        if told.subject != "other"
    }
    assert heard == {("charge", opened, capture), ("refund", refund, capture), ("dispute", dispute, capture)}


def test_what_is_signed_and_is_no_event_is_refused(site: Flask, stripe: StandInStripe) -> None:
    thin = {"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.error"}
    with pytest.raises(BadSignature):
        gateway("stripe").verify(*stripe.signed(thin, at=NOW.timestamp()), NOW)
