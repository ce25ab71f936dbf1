"""A payer's bank takes a payment back: its refunds wait until that is decided, and a lost one is booked."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.payments import messages, queries
from bookapp.payments.actions import ledger
from bookapp.payments.actions.cases import close_case, open_case
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.actions.refunding import note_refund
from bookapp.payments.gateways.base import DisputeAnswer
from bookapp.payments.models import Dispute, Payment, Refund
from bookapp.payments.states import CaseKind
from bookapp.values.money import Money

LOST = "dispute_lost"


@action
def heed_dispute(payment_id: int, answer: DisputeAnswer, *, now: dt.datetime) -> bool:
    """Act on the provider's word on a dispute over a payment, however often and in whatever order it comes.

    False when the payment has no money yet: its own news are still on their way.
    """
    payment = db.session.scalars(
        select(Payment).where(Payment.id == payment_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if not payment.has_money and payment.state != "lost":
        return False
    dispute_id = (
        _open(payment, answer, now)
        or db.session.scalars(
            select(Dispute.id).where(Dispute.payment_id == payment_id, Dispute.provider_id == answer.provider_id)
        ).one()
    )
    if answer.state != "open":
        _end(payment, dispute_id, answer, now)
    return True


def _open(payment: Payment, answer: DisputeAnswer, now: dt.datetime) -> int | None:
    dispute_id: int | None = db.session.scalar(
        insert(Dispute)
        .values(
            payment_id=payment.id,
            provider_id=answer.provider_id,
            amount_minor=answer.amount.minor,
            currency=answer.amount.currency,
            reason=answer.reason,
            opened_at=now,
        )
        .on_conflict_do_nothing(index_elements=["payment_id", "provider_id"])
        .returning(Dispute.id)
    )
    if dispute_id is None:
        return None
    # A bank may think again about what it had given up: then a won payment is disputed once more.
    _move(payment.id, ("succeeded", "won"), "disputed")
    record(SYSTEM, "payment.disputed", f"booking:{payment.reference}",
           {"payment": payment.id, "dispute": dispute_id, "amount_minor": answer.amount.minor})  # fmt: skip
    open_case(
        CaseKind.DISPUTE,
        f"dispute:{dispute_id}",
        reference=payment.reference,
        merchant_id=payment.merchant_id,
        facts={"amount_minor": answer.amount.minor, "currency": answer.amount.currency, "reason": answer.reason},
        now=now,
    )
    _alert(payment, dispute_id, "open", answer.amount)
    return dispute_id


def _end(payment: Payment, dispute_id: int, answer: DisputeAnswer, now: dt.datetime) -> None:
    ended = db.session.scalar(
        update(Dispute)
        .where(Dispute.id == dispute_id, Dispute.state == "open")
        .values(state=answer.state, closed_at=now)
        .returning(Dispute.id)
        .execution_options(synchronize_session=False)
    )
    if ended is None:
        return
    record(SYSTEM, f"payment.{answer.state}", f"booking:{payment.reference}",
           {"payment": payment.id, "dispute": dispute_id})  # fmt: skip
    _alert(payment, dispute_id, answer.state, answer.amount)
    waiting = db.session.scalars(
        select(Refund.id).where(Refund.payment_id == payment.id, Refund.state == "initiated").order_by(Refund.id)
    ).all()
    # A payment may be disputed more than once, and news of the next come before those of the first: it stays frozen
    # until all are decided, and is lost when one of them was.
    states = set(db.session.scalars(select(Dispute.state).where(Dispute.payment_id == payment.id)))
    if "open" not in states:
        _move(payment.id, ("disputed",), "lost" if "lost" in states else "won")
    if answer.state == "won":
        close_case(CaseKind.DISPUTE, f"dispute:{dispute_id}", note="won", now=now)
        for refund_id in waiting if states == {"won"} else ():
            outbox.later("payments.send_refund", refund_id)
        return
    for refund_id in waiting:
        note_refund(refund_id, "failed", now=now, failure=LOST)
    _book_loss(payment, dispute_id, answer.amount, now)


def _book_loss(payment: Payment, dispute_id: int, taken: Money, now: dt.datetime) -> None:
    """The merchant's receivable bears it, up to what of the payment had not gone back or been lost before."""
    gone = db.session.scalars(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id, Refund.state == "processed"
        )
    ).one()
    lost_before = db.session.scalars(
        select(func.coalesce(func.sum(Dispute.amount_minor), 0)).where(
            Dispute.payment_id == payment.id, Dispute.state == "lost", Dispute.id != dispute_id
        )
    ).one()
    left = payment.received - Money(gone + lost_before, payment.received.currency)
    lost = min(taken, left) if taken.currency == left.currency else left
    if lost.minor <= 0:
        return
    ledger.post(
        "debit",
        f"dispute:{dispute_id}",
        lost,
        AccountOf.receivable(payment.merchant_id),
        AccountOf.clearing(payment.gateway),
        now=now,
        merchant_id=payment.merchant_id,
        reference=payment.reference,
        note=LOST,
    )


def _move(payment_id: int, allowed: tuple[str, ...], then: str) -> None:
    db.session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state.in_(allowed))
        .values(state=then)
        .execution_options(synchronize_session="fetch")
    )


def _alert(payment: Payment, dispute_id: int, state: str, amount: Money) -> None:
    for person in queries.who_is_alerted(payment.merchant_id):
        send(messages.dispute_alert(person, payment.reference, dispute_id=dispute_id, state=state, amount=amount))
