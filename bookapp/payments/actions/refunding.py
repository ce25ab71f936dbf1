"""Money on its way back: promised in a transaction, taken to the provider by a worker."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.payments import queries
from bookapp.payments.errors import GatewayRefused
from bookapp.payments.events import RefundFailed, RefundProcessed
from bookapp.payments.gateways import gateway
from bookapp.payments.models import Payment, Refund
from bookapp.values.money import Money


@action
def refund(payment_id: int, amount: Money, *, cause: str) -> Refund:
    """Promise `amount` of a payment back, once per `cause`; a worker takes it to the provider.

    Raises ValueError when more would go back than was paid: the caller computed wrongly.
    """
    payment = db.session.scalars(
        select(Payment).where(Payment.id == payment_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    known: Refund | None = db.session.scalar(
        select(Refund).where(Refund.payment_id == payment_id, Refund.cause == cause)
    )
    if known is not None:
        return known
    promised: int = db.session.scalars(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment_id, Refund.state != "failed"
        )
    ).one()
    if payment.state != "succeeded" or promised + amount.minor > payment.amount_minor:
        raise ValueError(f"payment {payment_id} has not that much to give back")
    promise = Refund(payment_id=payment_id, cause=cause, amount_minor=amount.minor, currency=amount.currency)
    db.session.add(promise)
    db.session.flush()
    record(SYSTEM, "refund.initiated", f"booking:{payment.reference}",
           {"refund": promise.id, "payment": payment_id, "amount_minor": amount.minor})  # fmt: skip
    outbox.later("payments.send_refund", promise.id)
    return promise


def send_refund(refund_id: int, *, now: dt.datetime) -> None:
    """Take a promised refund to the provider. The stored key makes a repeated call the same refund."""
    promise = queries.refund_by_id(refund_id)
    if promise.state != "initiated":
        return
    payment, key, amount = promise.payment, promise.key, promise.amount
    db.session.rollback()
    try:
        answer = gateway(payment.gateway).refund(payment.provider_id or "", key=key, amount=amount)
    except GatewayRefused as refused:
        _note_refund(refund_id, "failed", now=now, failure=refused.code)
    else:
        _note_refund(refund_id, "processed", now=now, provider_id=answer.provider_id)


@action
def _note_refund(
    refund_id: int, state: str, *, now: dt.datetime, provider_id: str | None = None, failure: str | None = None
) -> None:
    moved = db.session.scalar(
        update(Refund)
        .where(Refund.id == refund_id, Refund.state == "initiated")
        .values(
            state=state, provider_id=provider_id, failure=failure, refunded_at=now if state == "processed" else None
        )
        .returning(Refund.id)
        .execution_options(synchronize_session=False)
    )
    if moved is not None:
        reference = db.session.scalars(
            select(Payment.reference).join(Refund, Refund.payment_id == Payment.id).where(Refund.id == refund_id)
        ).one()
        record(SYSTEM, f"refund.{state}", f"booking:{reference}", {"refund": refund_id})
        publish((RefundProcessed if state == "processed" else RefundFailed)(refund_id, reference, now))
