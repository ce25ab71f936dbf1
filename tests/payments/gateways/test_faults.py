"""A timeout means unknown, not failed (guarantees.md 15): whatever goes wrong on the way, it happens once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
import structlog
from flask import Flask

from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways import calling
from bookapp.payments.gateways.base import ChargeState, Opened, RefundAnswer
from tests.payments.gateways.conftest import World, a_request
from tests.support.eventually import PATIENCE_SECONDS
from tests.support.providers.server import Answer, Fault

Result = TypeVar("Result")
UNKNOWN: list[Fault] = ["lost", "reset", "unavailable", "limited"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for what is kept back."""
    monkeypatch.setattr(calling, "READ_SECONDS_IN_JOBS", 0.3)


@pytest.mark.parametrize("fault", UNKNOWN)
def test_opening_again_after_no_answer_is_one_charge(world: World, fault: Fault) -> None:
    request = a_request(world.amount())
    world.stand_in.fault(fault, times=2)
    for _ in range(2):
        with pytest.raises(GatewayDown):
            world.gateway.open(request)
    opened = world.gateway.open(request)
    assert world.charges() == 1
    assert world.gateway.fetch(opened.provider_id).state is ChargeState.OPEN


@pytest.mark.parametrize("fault", UNKNOWN)
def test_refunding_again_after_no_answer_is_one_refund(world: World, fault: Fault) -> None:
    opened, capture = world.paid()
    key = uuid.uuid4()
    world.stand_in.fault(fault, times=2)
    for _ in range(2):
        with pytest.raises(GatewayDown):
            world.gateway.refund(opened, key=key, amount=world.amount(10000), capture_id=capture)
    answer = world.gateway.refund(opened, key=key, amount=world.amount(10000), capture_id=capture)
    assert answer.state == "processed"
    assert world.refunds() == 1


@pytest.mark.parametrize("fault", UNKNOWN)
def test_asking_without_an_answer_is_unknown_too(world: World, fault: Fault) -> None:
    opened, _ = world.paid()
    world.stand_in.fault(fault, method="GET")
    with pytest.raises(GatewayDown):
        world.gateway.fetch(opened)
    assert world.gateway.fetch(opened).state is ChargeState.PAID


@pytest.mark.usefixtures("impatient")
def test_a_timeout_after_the_work_is_one_charge_and_one_refund(world: World) -> None:
    request = a_request(world.amount())
    world.stand_in.fault("silent")
    with pytest.raises(GatewayDown):
        world.gateway.open(request)
    assert world.charges() == 1, "the provider has done it, and we do not know"
    opened = world.gateway.open(request)
    assert world.charges() == 1

    capture, key = world.stand_in.pay(opened.provider_id), uuid.uuid4()
    world.stand_in.fault("silent")
    with pytest.raises(GatewayDown):
        world.gateway.refund(opened.provider_id, key=key, amount=world.amount(100), capture_id=capture)
    assert world.refunds() == 1
    known = world.gateway.find_refund(opened.provider_id, key=key, capture_id=capture)
    assert world.gateway.refund(opened.provider_id, key=key, amount=world.amount(100), capture_id=capture) == known
    assert world.refunds() == 1


def test_without_its_key_the_same_timeout_would_be_two_refunds(world: World) -> None:
    """The negative control of the tests above."""
    opened, capture = world.paid()
    world.stand_in.fault("lost")
    with pytest.raises(GatewayDown):
        world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(100), capture_id=capture)
    world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(100), capture_id=capture)
    assert world.refunds() == 2


def test_without_its_key_the_same_timeout_would_be_two_charges(world: World) -> None:
    """The negative control of the tests above."""
    world.stand_in.fault("lost")
    with pytest.raises(GatewayDown):
        world.opened()
    world.opened()
    assert world.charges() == 2


@pytest.mark.usefixtures("impatient")
def test_a_call_that_is_still_being_worked_on_is_unknown(world: World) -> None:
    """The provider answers 409 to the same key meanwhile."""
    opened, capture = world.paid()
    key = uuid.uuid4()

    def refund() -> RefundAnswer:
        return world.gateway.refund(opened, key=key, amount=world.amount(100), capture_id=capture)

    world.stand_in.fault("hanging")
    with pytest.raises(GatewayDown):
        refund()
    with pytest.raises(GatewayDown):
        refund()
    assert world.refunds() == 0
    world.stand_in.release()
    assert eventually(refund).state == "processed"
    assert world.refunds() == 1


def test_the_same_opening_twenty_times_at_once_is_one_charge(world: World, site: Flask) -> None:
    request, together = a_request(world.amount()), threading.Barrier(20, timeout=PATIENCE_SECONDS)

    def open_it(_: int) -> Opened:
        with site.app_context():
            together.wait()
            return eventually(lambda: world.gateway.open(request))

    with ThreadPoolExecutor(20) as crowd:
        assert len(set(crowd.map(open_it, range(20)))) == 1
    assert world.charges() == 1


def test_the_same_refund_twenty_times_at_once_is_one_refund(world: World, site: Flask) -> None:
    opened, capture = world.paid()
    key, together = uuid.uuid4(), threading.Barrier(20, timeout=PATIENCE_SECONDS)

    def refund(_: int) -> RefundAnswer:
        with site.app_context():
            together.wait()
            return eventually(
                lambda: world.gateway.refund(opened, key=key, amount=world.amount(100), capture_id=capture)
            )

    with ThreadPoolExecutor(20) as crowd:
        assert len(set(crowd.map(refund, range(20)))) == 1
    assert world.refunds() == 1


def test_an_error_the_provider_keeps_for_a_key_stays_unknown(world: World) -> None:
    """Stripe repeats a 500 for as long as it knows the key; after that, nothing was done and it can be."""
    opened, capture = world.paid()
    key = uuid.uuid4()
    world.stand_in.fault("error")
    for _ in range(2):
        with pytest.raises(GatewayDown):
            world.gateway.refund(opened, key=key, amount=world.amount(100), capture_id=capture)
    assert world.gateway.find_refund(opened, key=key, capture_id=capture) is None
    world.stand_in.forget_keys()
    assert world.gateway.refund(opened, key=key, amount=world.amount(100), capture_id=capture).state == "processed"
    assert world.refunds() == 1


def test_an_error_kept_for_a_key_stays_unknown_in_other_words_too(world: World) -> None:
    """Another request of ours, another request id on it: nothing was made, and nothing is made beside it."""
    request, (opened, capture) = a_request(world.amount()), world.paid()
    key, charges = uuid.uuid4(), world.charges()
    world.stand_in.fault("error", times=2)
    for request_id in ("the-first", "the-second") if world.name == "stripe" else ("the-first",):
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            with pytest.raises(GatewayDown):
                world.gateway.open(request)
            with pytest.raises(GatewayDown):
                world.gateway.refund(opened, key=key, amount=world.amount(100), capture_id=capture)
    assert (world.charges(), world.refunds()) == (charges, 0)


def test_closing_without_an_answer_is_unknown_and_can_be_repeated(world: World) -> None:
    opened = world.opened()
    world.stand_in.fault("lost")
    with pytest.raises(GatewayDown):
        world.gateway.close(opened.provider_id)
    assert world.gateway.close(opened.provider_id).state is ChargeState.EXPIRED


def test_the_client_does_not_try_again_by_itself(world: World) -> None:
    """The outbox does, with its own pauses; two who try again multiply."""
    world.stand_in.fault("unavailable", times=9)
    with pytest.raises(GatewayDown):
        world.opened()
    assert world.stand_in.count("POST", world.opening) == 1


def test_a_page_in_between_that_speaks_no_json_is_unknown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = world.opened()
    monkeypatch.setattr(type(world.stand_in), "_answer", lambda *_: Answer(502, "<h1>Bad gateway</h1>"))
    with pytest.raises(GatewayDown):
        world.gateway.fetch(opened.provider_id)


def test_a_refusal_is_final_and_names_its_reason(world: World) -> None:
    opened, capture = world.paid()
    with pytest.raises(GatewayRefused) as refused:
        world.gateway.refund(opened, key=uuid.uuid4(), amount=world.amount(99999), capture_id=capture)
    assert refused.value.code == "gateway_refused"
    assert refused.value.reason not in ("", "gateway_refused")


def eventually(ask: Callable[[], Result]) -> Result:
    """As the outbox: again while it is unknown, here without its pauses."""
    for _ in range(400):
        try:
            return ask()
        except GatewayDown:
            continue
    raise AssertionError("never answered")
