"""A payer's bank takes a payment back: refunds wait, the desk is alerted, a lost one is booked. In any order."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from bookapp.booking.models import Booking
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions
from bookapp.payments.actions.disputes import heed_dispute
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import DisputeAnswer, Notice
from bookapp.payments.models import Account, Dispute, MoneyCase, Payment, Refund, WebhookEvent
from bookapp.payments.queries import payments_of
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, pay
from tests.builders.identity import a_user
from tests.support.jobs import promised, work_off

pytestmark = pytest.mark.usefixtures("app")
PRICE = Money(5400, "EUR")


def an_answer(state: str = "open", amount: Money = PRICE, dispute: str = "dp_1") -> DisputeAnswer:
    return DisputeAnswer(dispute, "cap_1", state, amount, "fraudulent")  # type: ignore[arg-type]


def a_paid_booking() -> tuple[Booking, Payment]:
    booking = a_booking()
    (payment,) = payments_of(booking.ref)
    return booking, payment


def state_of(payment: Payment) -> str:
    return db.session.scalars(
        select(Payment.state).where(Payment.id == payment.id).execution_options(populate_existing=True)
    ).one()


def receivable(payment: Payment) -> int:
    return (
        db.session.scalar(
            select(Account.balance_minor).where(Account.kind == "receivable", Account.owner_id == payment.merchant_id)
        )
        or 0
    )


def open_cases(kind: str) -> list[MoneyCase]:
    return list(db.session.scalars(select(MoneyCase).where(MoneyCase.kind == kind, MoneyCase.closed_at.is_(None))))


def test_an_open_dispute_freezes_the_payments_refunds_and_alerts_the_desk() -> None:
    booking, payment = a_paid_booking()
    admin = a_user(is_admin=True)
    refund = actions.refund(payment.id, Money(1000, "EUR"), cause="goodwill", now=NOW)
    assert heed_dispute(payment.id, an_answer(), now=NOW)
    assert state_of(payment) == "disputed"
    assert not actions.send_refund(refund.id, now=NOW), "it waits"
    assert (case := open_cases("dispute"))[0].reference == booking.ref
    assert case[0].merchant_id == payment.merchant_id
    mails = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "payments.dispute")).all()
    assert admin.email in {mail.recipient for mail in mails}
    assert "€54.00" in mails[0].subject
    assert booking.ref in mails[0].subject


def test_a_won_dispute_lets_the_refunds_go_on() -> None:
    _, payment = a_paid_booking()
    refund = actions.refund(payment.id, Money(1000, "EUR"), cause="goodwill", now=NOW)
    heed_dispute(payment.id, an_answer(), now=NOW)
    before = len(promised("payments.send_refund"))
    heed_dispute(payment.id, an_answer("won"), now=NOW)
    assert state_of(payment) == "won"
    assert not open_cases("dispute")
    assert len(promised("payments.send_refund")) == before + 1
    work_off("payments.send_refund")
    db.session.refresh(refund)
    assert refund.state == "processed"


def test_a_lost_dispute_is_booked_less_what_had_gone_back_and_closes_what_had_not() -> None:
    _, payment = a_paid_booking()
    gone = actions.refund(payment.id, Money(1000, "EUR"), cause="goodwill", now=NOW)
    assert actions.send_refund(gone.id, now=NOW)
    waiting = actions.refund(payment.id, Money(500, "EUR"), cause="again", now=NOW)
    assert receivable(payment) == 4400
    heed_dispute(payment.id, an_answer(), now=NOW)
    heed_dispute(payment.id, an_answer("lost"), now=NOW)
    assert state_of(payment) == "lost"
    assert receivable(payment) == 0, "the bank took 54.00, of which 10.00 had gone back before"
    db.session.refresh(waiting)
    assert (waiting.state, waiting.failure) == ("failed", "dispute_lost")
    assert [case.subject for case in open_cases("refund_failed")] == [f"refund:{waiting.id}"]


@pytest.mark.parametrize("end", ["won", "lost"])
def test_every_order_and_number_of_its_news_ends_the_same(end: str) -> None:
    for order in itertools.permutations(["open", end, "open", end]):
        _, payment = a_paid_booking()
        for number, state in enumerate(order):
            heed_dispute(payment.id, an_answer(state, dispute=f"dp_{payment.id}"), now=NOW)
            assert number == 0 or state_of(payment) != "succeeded"
        assert state_of(payment) == end
        assert receivable(payment) == (5400 if end == "won" else 0)
        rows = db.session.scalars(select(Dispute.state).where(Dispute.payment_id == payment.id)).all()
        assert rows == [end]


def test_the_news_of_a_dispute_may_come_before_those_of_the_payment(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = a_guest()
    payment_id = pay(a_hold(actor=guest), guest)
    payment = db.session.get_one(Payment, payment_id)
    assert not heed_dispute(payment_id, an_answer(), now=NOW), "no money, no dispute"
    answer = DisputeAnswer("dp_9", payment.provider_id or "", "open", PRICE, "")
    monkeypatch.setattr(sandbox.SandboxGateway, "fetch_dispute", lambda _self, _id: answer)
    actions.note_webhook("sandbox", Notice("evt_9", "dispute.created", "dispute", "dp_9",
                                           {"subject": "dispute", "provider_id": "dp_9"}))  # fmt: skip
    event_id = db.session.scalars(select(WebhookEvent.id).where(WebhookEvent.event_id == "evt_9")).one()
    assert actions.work_off_webhook(event_id, now=NOW)
    assert state_of(payment) == "disputed"


def test_a_refund_that_the_provider_reverses_comes_back_into_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    _, payment = a_paid_booking()
    refund = actions.refund(payment.id, Money(1000, "EUR"), cause="goodwill", now=NOW)
    actions.send_refund(refund.id, now=NOW)
    db.session.refresh(refund)
    reversed_ = sandbox.RefundAnswer(refund.provider_id or "", "failed", "expired_card")
    monkeypatch.setattr(sandbox.SandboxGateway, "fetch_refund", lambda _self, _id: reversed_)
    for number in range(2):
        actions.note_webhook("sandbox", Notice(f"evt_{number}", "refund.failed", "refund", refund.provider_id or "",
                                               {"subject": "refund", "provider_id": refund.provider_id}))  # fmt: skip
    assert work_off("payments.work_off_webhook") == 2
    db.session.refresh(refund)
    assert (refund.state, refund.failure) == ("failed", "expired_card")
    assert receivable(payment) == 5400
    assert len(open_cases("refund_failed")) == 1
    assert db.session.scalars(select(Refund.state).where(Refund.payment_id == payment.id)).all() == ["failed"]
