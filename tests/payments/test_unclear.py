"""A timeout means unknown, not failed: tried with the same key for 23 hours, then looked for, then a person."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select, update

from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import Later
from bookapp.payments import actions, jobs
from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import Charge, RefundAnswer
from bookapp.payments.models import MoneyCase, Payment, Refund, SandboxCharge, SandboxRefund
from bookapp.payments.queries import payments_of
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, pay
from tests.support.jobs import work_off

pytestmark = pytest.mark.usefixtures("app")
HOUR = dt.timedelta(hours=1)


def down(*_: object, **__: object) -> Charge:
    raise GatewayDown


def refused(*_: object, **__: object) -> Charge:
    raise GatewayRefused


def an_open_payment() -> int:
    guest = a_guest()
    payment_id = pay(a_hold(actor=guest), guest)
    db.session.execute(update(Payment).values(created_at=NOW))
    db.session.execute(update(SandboxCharge).values(created_at=NOW))
    db.session.commit()
    return payment_id


def a_promised_refund() -> Refund:
    booking = a_booking()
    (payment,) = payments_of(booking.ref)
    refund = actions.refund(payment.id, Money(1000, "EUR"), cause="goodwill", now=NOW)
    db.session.execute(update(Refund).values(created_at=NOW))
    db.session.commit()
    return refund


def kinds() -> list[str]:
    return list(db.session.scalars(select(MoneyCase.kind).where(MoneyCase.closed_at.is_(None))))


def test_a_provider_that_is_away_is_asked_for_a_day_then_a_person_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    payment_id = an_open_payment()
    with monkeypatch.context() as away:
        away.setattr(sandbox.SandboxGateway, "close", down)
        with time_machine.travel(NOW + 22 * HOUR, tick=False), pytest.raises(GatewayDown):
            jobs.close_stale(payment_id)
        assert kinds() == []
        with time_machine.travel(NOW + 24 * HOUR, tick=False):
            for _ in range(2):
                jobs.close_stale(payment_id)
        assert kinds() == ["payment_unclear"]
    with time_machine.travel(NOW + 25 * HOUR, tick=False):
        jobs.close_stale(payment_id)
    assert kinds() == [], "the answer came after all"
    assert db.session.get_one(Payment, payment_id).state == "succeeded"


def test_a_provider_that_says_no_is_a_persons_matter_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    payment_id = an_open_payment()
    monkeypatch.setattr(sandbox.SandboxGateway, "close", refused)
    with time_machine.travel(NOW + HOUR, tick=False):
        jobs.close_stale(payment_id)
    assert kinds() == ["payment_unclear"]


@pytest.mark.parametrize(("there", "state"), [(True, "succeeded"), (False, "abandoned")])
def test_after_a_day_an_opening_without_answer_is_looked_for_and_not_begun_again(there: bool, state: str) -> None:
    payment_id = an_open_payment()
    db.session.execute(update(Payment).values(provider_id=None, url=None))
    if not there:
        db.session.query(SandboxCharge).delete()
    db.session.commit()
    actions.close_stale(payment_id, now=NOW + 24 * HOUR)
    db.session.expire_all()
    assert db.session.get_one(Payment, payment_id).state == state
    assert db.session.query(SandboxCharge).count() == (1 if there else 0), "nothing was begun"


def test_a_refund_without_answer_is_tried_then_looked_for_then_a_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    refund = a_promised_refund()
    monkeypatch.setattr(sandbox.SandboxGateway, "refund", down)
    with time_machine.travel(NOW + 22 * HOUR, tick=False), pytest.raises(GatewayDown):
        jobs.send_refund(refund.id)
    with time_machine.travel(NOW + 24 * HOUR, tick=False):
        for _ in range(2):
            jobs.send_refund(refund.id)
    assert kinds() == ["refund_unclear"]
    db.session.refresh(refund)
    assert refund.state == "initiated", "unknown is not failed"


def test_a_refund_whose_answer_was_lost_is_found_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    refund = a_promised_refund()
    payment = db.session.get_one(Payment, refund.payment_id)
    sandbox.SandboxGateway().refund(payment.provider_id or "", key=refund.key, amount=refund.amount)
    monkeypatch.setattr(sandbox.SandboxGateway, "refund", down)
    with time_machine.travel(NOW + 24 * HOUR, tick=False):
        jobs.send_refund(refund.id)
    db.session.refresh(refund)
    assert refund.state == "processed"
    assert kinds() == []
    assert db.session.query(SandboxRefund).count() == 1


def test_a_refund_that_the_provider_has_not_finished_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    refund = a_promised_refund()
    answers = iter(["pending", "pending", "processed"])
    monkeypatch.setattr(sandbox.SandboxGateway, "refund", lambda *_, **__: RefundAnswer("re_1", next(answers)))  # type: ignore[arg-type]
    monkeypatch.setattr(sandbox.SandboxGateway, "fetch_refund", lambda *_: RefundAnswer("re_1", next(answers)))  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(Later):
            jobs.send_refund(refund.id)
    jobs.send_refund(refund.id)
    db.session.refresh(refund)
    assert refund.state == "processed"


def test_asking_again_sends_only_what_the_provider_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    known, unknown = a_promised_refund(), a_promised_refund()
    payment = db.session.get_one(Payment, known.payment_id)
    sandbox.SandboxGateway().refund(payment.provider_id or "", key=known.key, amount=known.amount)
    for refund in (known, unknown):
        jobs.ask_about_refund(refund.id)
        jobs.ask_about_refund(refund.id)
        db.session.refresh(refund)
        assert refund.state == "processed"
    assert db.session.query(SandboxRefund).count() == 2
    work_off("payments.send_refund")
    assert db.session.query(SandboxRefund).count() == 2
    assert not db.session.query(OutboxRow).filter_by(state="dead").count()
