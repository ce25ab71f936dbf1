"""What every provider does for us, over real HTTP."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import structlog
from flask import Flask

from bookapp.infra.settings import EXTENSION
from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways import calling
from bookapp.payments.gateways.base import Charge, ChargeState, RefundAnswer
from bookapp.values.money import Money
from config import Settings
from tests.payments.gateways.conftest import World, a_request

MINUTE = dt.timedelta(minutes=1)


def test_opening_twice_with_one_key_is_opening_once(world: World) -> None:
    request = a_request(world.amount())
    opened = world.gateway.open(request)
    assert opened.url.startswith(world.stand_in.url)
    assert world.gateway.open(request) == opened
    assert world.charges() == 1
    assert world.gateway.open(a_request(world.amount())) != opened, "another key is another charge"


def test_another_request_of_ours_finds_what_the_first_one_opened(world: World) -> None:
    """Its request id is written on the charge, so that the words differ although the key is the same."""
    request = a_request(world.amount())
    with structlog.contextvars.bound_contextvars(request_id="the-first"):
        opened = world.gateway.open(request)
    with structlog.contextvars.bound_contextvars(request_id="the-second"):
        assert world.gateway.open(request) == opened
    assert world.charges() == 1


def test_a_charge_is_open_then_paid(world: World) -> None:
    opened = world.opened()
    assert world.gateway.fetch(opened.provider_id).state is ChargeState.OPEN
    capture = world.stand_in.pay(opened.provider_id)
    assert world.gateway.fetch(opened.provider_id) == Charge(ChargeState.PAID, world.amount(), capture)


def test_what_really_arrived_is_told(world: World) -> None:
    opened = world.opened()
    world.stand_in.pay(opened.provider_id, amount=19900, currency="usd" if world.name == "stripe" else "USD")
    assert world.gateway.fetch(opened.provider_id).received == Money(19900, "USD")


def test_a_closed_charge_cannot_be_paid(world: World) -> None:
    opened = world.opened()
    assert world.gateway.close(opened.provider_id).state is ChargeState.EXPIRED
    with pytest.raises(Exception, match=r"expired|cancelled"):
        world.stand_in.pay(opened.provider_id)
    assert world.gateway.close(opened.provider_id).state is ChargeState.EXPIRED, "closing twice is closing once"
    assert world.gateway.fetch(opened.provider_id) == Charge(ChargeState.EXPIRED)


def test_closing_a_paid_charge_says_that_it_is_paid(world: World) -> None:
    opened, capture = world.paid()
    assert world.gateway.close(opened) == Charge(ChargeState.PAID, world.amount(), capture)


def test_the_provider_ends_a_charge_by_itself_only_after_we_should_have(world: World) -> None:
    request = a_request(world.amount())
    opened = world.gateway.open(request)
    world.stand_in.clock = (request.expires_at + 30 * MINUTE).timestamp
    assert world.gateway.fetch(opened.provider_id).state is ChargeState.OPEN
    world.stand_in.clock = (request.expires_at + 32 * MINUTE).timestamp
    assert world.gateway.fetch(opened.provider_id).state is ChargeState.EXPIRED


def test_a_charge_is_found_by_its_key_and_by_no_other(world: World) -> None:
    request, since = a_request(world.amount()), dt.datetime.now(dt.UTC) - MINUTE
    assert world.gateway.find_charge(request.key, since=since) is None
    opened = world.gateway.open(request)
    for _ in range(3):
        world.opened()
    assert world.gateway.find_charge(request.key, since=since) == opened
    assert world.gateway.find_charge(uuid.uuid4(), since=since) is None


def test_an_unknown_charge_is_refused(world: World) -> None:
    for ask in (world.gateway.fetch, world.gateway.close, world.gateway.fetch_refund, world.gateway.fetch_dispute):
        with pytest.raises(GatewayRefused):
            ask("none_of_ours")


def test_a_refund_happens_once_per_key(world: World) -> None:
    opened, capture = world.paid()
    key = uuid.uuid4()
    first = world.gateway.refund(opened, key=key, amount=world.amount(10000), capture_id=capture)
    assert (first.state, first.failure) == ("processed", None)
    assert world.gateway.refund(opened, key=key, amount=world.amount(10000), capture_id=capture) == first
    assert world.refunds() == 1
    second = world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(10000))
    assert second != first
    assert world.refunds() == 2, "what refunds go against is asked for where nobody says it"


def test_another_request_of_ours_finds_the_refund_of_the_first(world: World) -> None:
    opened, capture = world.paid()
    key, answers = uuid.uuid4(), []
    for request_id in ("the-first", "the-second"):
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            answers.append(world.gateway.refund(opened, key=key, amount=world.amount(100), capture_id=capture))
    assert answers[0] == answers[1]
    assert world.refunds() == 1


def test_more_than_was_paid_does_not_go_back(world: World) -> None:
    opened, capture = world.paid()
    with pytest.raises(GatewayRefused) as refused:
        world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(26251), capture_id=capture)
    assert refused.value.reason in ("amount_too_large", "amount_exceeds_payment")
    assert world.refunds() == 0


def test_what_was_not_paid_does_not_go_back(world: World) -> None:
    with pytest.raises(GatewayRefused) as refused:
        world.gateway.refund(world.opened().provider_id, key=uuid.uuid4(), amount=world.amount(100))
    assert refused.value.reason == "not_paid"
    with pytest.raises(GatewayRefused):
        world.gateway.find_refund(world.opened().provider_id, key=uuid.uuid4())


def test_a_pending_refund_may_arrive_or_fail_later(world: World) -> None:
    opened, capture = world.paid()
    world.stand_in.refunds_begin = "pending"
    refunds = [
        world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(100), capture_id=capture) for _ in range(2)
    ]
    assert [refund.state for refund in refunds] == ["pending", "pending"]
    assert world.gateway.fetch_refund(refunds[0].provider_id).state == "pending"
    getattr(world.stand_in, "succeed_refund" if world.name == "stripe" else "process_refund")(refunds[0].provider_id)
    world.stand_in.fail_refund(refunds[1].provider_id)
    assert world.gateway.fetch_refund(refunds[0].provider_id) == RefundAnswer(refunds[0].provider_id, "processed")
    failed = world.gateway.fetch_refund(refunds[1].provider_id)
    assert failed.state == "failed"
    assert failed.failure


def test_a_refund_is_found_by_its_key_and_by_no_other(world: World) -> None:
    opened, capture = world.paid()
    key = uuid.uuid4()
    assert world.gateway.find_refund(opened, key=key, capture_id=capture) is None
    made = world.gateway.refund(opened, key=key, amount=world.amount(100), capture_id=capture)
    world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(100), capture_id=capture)
    assert world.gateway.find_refund(opened, key=key, capture_id=capture) == made
    assert world.gateway.find_refund(opened, key=key) == made
    assert world.gateway.find_refund(opened, key=uuid.uuid4(), capture_id=capture) is None


def test_a_refund_whose_key_was_forgotten_is_still_not_made_twice_when_nothing_is_left(world: World) -> None:
    opened, capture = world.paid()
    key = uuid.uuid4()
    made = world.gateway.refund(opened, key=key, amount=world.amount(), capture_id=capture)
    world.stand_in.forget_keys()
    assert world.gateway.refund(opened, key=key, amount=world.amount(), capture_id=capture) == made
    assert world.refunds() == 1


def test_a_dispute_is_open_until_somebody_wins(world: World) -> None:
    _, capture = world.paid()
    for verdict in ("won", "lost"):
        dispute = world.stand_in.dispute(capture, amount=20000)
        told = world.gateway.fetch_dispute(dispute)
        assert (told.capture_id, told.state, told.amount) == (capture, "open", world.amount(20000))
        assert told.reason
        world.stand_in.close_dispute(dispute, verdict)
        assert world.gateway.fetch_dispute(dispute).state == verdict


def test_the_books_of_a_time_list_every_charge_and_refund_of_it(world: World) -> None:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    requests = [a_request(world.amount(10000 + index), reference=f"REF{index}") for index in range(105)]
    expected = {}
    for request in requests:
        capture = world.stand_in.pay(world.gateway.open(request).provider_id)
        expected[request.key] = (capture, request.reference, request.amount, ChargeState.PAID)
    listed = list(world.gateway.charges_between(now - MINUTE, now + MINUTE))
    assert {one.key: (one.provider_id, one.reference, one.amount, one.state) for one in listed} == expected
    assert len(listed) == 105, "more than a page"

    capture, keys = expected[requests[0].key][0], [uuid.uuid4() for _ in range(2)]
    for key in keys:
        world.gateway.refund("", key=key, amount=world.amount(100), capture_id=capture)
    back = list(world.gateway.refunds_between(now - MINUTE, now + MINUTE))
    assert {one.key for one in back} == set(keys)
    assert {(one.charge_id, one.amount, one.state) for one in back} == {(capture, world.amount(100), "processed")}

    assert not list(world.gateway.charges_between(now + MINUTE, now + 2 * MINUTE))
    assert not list(world.gateway.refunds_between(now - 2 * MINUTE, now - MINUTE))


def test_the_end_of_a_time_belongs_to_the_next(world: World) -> None:
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0)
    world.stand_in.clock = moment.timestamp
    _, capture = world.paid()
    before = list(world.gateway.charges_between(moment - MINUTE, moment))
    after = list(world.gateway.charges_between(moment, moment + MINUTE))
    assert (before, [one.provider_id for one in after]) == ([], [capture])


def test_what_we_write_on_a_charge_finds_it_again(world: World) -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-77"):
        request = a_request(world.amount())
        world.gateway.open(request)
    (call,) = [call for call in world.stand_in.calls if call.method == "POST"]
    body = call.body.decode()
    for word in (str(request.key), "K7RWPM", "req-77"):
        assert word in body


def test_an_account_that_is_not_ours_is_refused_and_not_tried_for_ever(world: World, site: Flask) -> None:
    wrong = {"STRIPE_SECRET_KEY": "sk_test_other", "RAZORPAY_KEY_SECRET": "other"}
    settings = {name: wrong.get(name, value) for name, value in world.stand_in.settings.items()}
    site.extensions[EXTENSION] = Settings.from_env({"BOOKAPP_ENV": "test", **settings})
    with pytest.raises(GatewayRefused):
        world.opened()


def test_somebody_who_waits_is_kept_waiting_less_than_a_job(site: Flask) -> None:
    assert calling.patience() == (3.0, 30.0)
    with site.test_request_context("/"):
        assert calling.patience() == (3.0, 10.0)


def test_a_provider_that_is_not_there_is_unknown_not_refused(world: World) -> None:
    opened, capture = world.paid()
    world.stand_in.__exit__()
    for ask in (
        world.opened,
        lambda: world.gateway.fetch(opened),
        lambda: world.gateway.close(opened),
        lambda: world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(100), capture_id=capture),
        lambda: world.gateway.find_refund(opened, key=uuid.uuid4(), capture_id=capture),
        lambda: list(world.gateway.charges_between(dt.datetime.now(dt.UTC), dt.datetime.now(dt.UTC))),
    ):
        with pytest.raises(GatewayDown):
            ask()
