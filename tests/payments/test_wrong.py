"""What arrived is not what was asked for: it counts for nothing, goes back whole, and its payer hears why."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bookapp.booking.models import Booking
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import Charge, ChargeState, RefundAnswer
from bookapp.payments.models import Account, MoneyCase, Payment, Refund
from bookapp.payments.queries import balance
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_guest, a_hold, at, pay
from tests.support.jobs import work_off

pytestmark = pytest.mark.usefixtures("app")

OTHER = [Money(4500, "EUR"), Money(5401, "EUR"), Money(5400, "USD"), Money(1, "JPY")]


def wrongly_paid(monkeypatch: pytest.MonkeyPatch, received: Money, times: int = 1) -> tuple[Booking, int]:
    """A hold of 54.00 euros for which the provider says that `received` arrived."""
    guest = a_guest()
    held = a_hold(actor=guest)
    payment_id = pay(held, guest)
    monkeypatch.setattr(sandbox.SandboxGateway, "fetch", lambda _self, _id: Charge(ChargeState.PAID, received))
    for _ in range(times):
        actions.ask_back(payment_id, now=NOW)
    db.session.refresh(held)
    return held, payment_id


@pytest.mark.parametrize("received", OTHER, ids=str)
def test_it_counts_for_nothing_and_goes_back_whole_in_its_own_currency(
    monkeypatch: pytest.MonkeyPatch, received: Money
) -> None:
    sent: list[Money] = []

    def take(_self: object, _id: str, *, amount: Money, **_: object) -> RefundAnswer:
        sent.append(amount)
        return RefundAnswer("re_1", "processed")

    monkeypatch.setattr(sandbox.SandboxGateway, "refund", take)
    held, payment_id = wrongly_paid(monkeypatch, received, times=3)
    assert held.state == "pending"
    assert balance(held.ref, "EUR").paid == Money(0, "EUR")
    payment = db.session.get_one(Payment, payment_id)
    assert (payment.received, payment.counts, payment.has_money) == (received, False, True)
    work_off("payments.send_refund")
    assert sent == [received]
    refund = db.session.scalars(select(Refund).where(Refund.payment_id == payment_id)).one()
    assert (refund.state, refund.amount) == ("processed", received)
    assert set(db.session.scalars(select(Account.balance_minor))) == {0}


def test_the_hold_has_its_time_back_and_can_be_paid_again(monkeypatch: pytest.MonkeyPatch) -> None:
    held, _ = wrongly_paid(monkeypatch, OTHER[0])
    assert held.paying_until is None
    assert held.hold_expires_at is not None
    assert held.hold_expires_at > NOW


def test_its_payer_is_told_what_happened_and_a_person_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    held, payment_id = wrongly_paid(monkeypatch, OTHER[2], times=2)
    mail = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "booking.payment_wrong")).one()
    assert "€54.00" in mail.text
    assert "$54.00" in mail.text
    assert f"/checkout/{held.ref}" in mail.text
    case = db.session.scalars(select(MoneyCase)).one()
    assert (case.kind, case.subject, case.reference) == ("wrong_amount", f"payment:{payment_id}", held.ref)
    assert case.facts["received_currency"] == "USD"


def test_after_the_hold_has_ended_it_still_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    payment_id = pay(held, guest)
    db.session.execute(update(Payment).values(state="abandoned"))
    db.session.execute(update(Booking).values(state="expired", paying_until=None))
    db.session.commit()
    monkeypatch.setattr(sandbox.SandboxGateway, "fetch", lambda _self, _id: Charge(ChargeState.PAID, OTHER[0]))
    actions.ask_back(payment_id, now=at(0, 1))
    assert db.session.scalars(select(Refund.amount_minor)).one() == 4500
    assert "not booked" in db.session.scalars(select(MessageRecord.text)).one()


def test_nothing_at_all_is_a_failed_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    held, payment_id = wrongly_paid(monkeypatch, Money(0, "EUR"))
    assert db.session.get_one(Payment, payment_id).state == "failed"
    assert not db.session.scalars(select(Refund)).all()
    assert held.hold_expires_at is not None
    assert "nothing arrived" in db.session.scalars(select(MessageRecord.text)).one()


def test_exactly_what_was_asked_for_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    held, _ = wrongly_paid(monkeypatch, Money(5400, "EUR"))
    assert held.state == "confirmed"
    assert not db.session.scalars(select(MoneyCase)).all()
