"""Money on its way back: promised in a transaction; into a wallet at once, to a provider by a worker.

What came from a wallet always goes back to that wallet (product.md, "Due back"). While a payment is disputed its
refunds wait: the bank may have taken the money already.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.payments import queries
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.errors import GatewayRefused
from bookapp.payments.events import RefundFailed, RefundProcessed
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import RefundAnswer
from bookapp.payments.models import Payment, Refund
from bookapp.values.money import Money


@action
def refund(
    payment_id: int,
    amount: Money,
    *,
    cause: str,
    now: dt.datetime,
    destination: str = "original",
    user_id: int | None = None,
    reason: str = "",
    actor: Actor = SYSTEM,
) -> Refund:
    """Promise `amount` of a payment back, once per `cause`.

    `destination` "wallet" puts it into the wallet of `user_id` at once. Raises ValueError when more would go back
    than was paid: the caller computed wrongly.
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
    if not payment.has_money or promised + amount.minor > payment.received.minor:
        raise ValueError(f"payment {payment_id} has not that much to give back")
    if payment.gateway == "wallet":
        destination, user_id = "wallet", payment.user_id
    if (destination == "wallet") != (user_id is not None):
        raise ValueError("a wallet has an owner, and only a wallet")
    promise = Refund(
        payment_id=payment_id,
        cause=cause,
        amount_minor=amount.minor,
        currency=amount.currency,
        destination=destination,
        user_id=user_id,
        reason=reason,
    )
    db.session.add(promise)
    db.session.flush()
    record(actor, "refund.initiated", f"booking:{payment.reference}",
           {"refund": promise.id, "payment": payment_id, "amount_minor": amount.minor, "to": destination},
           reason=reason or None)  # fmt: skip
    if destination == "wallet" and payment.state != "disputed":
        note_refund(promise.id, "processed", now=now)
        db.session.refresh(promise)
    else:
        outbox.later("payments.send_refund", promise.id)
    return promise


def send_refund(refund_id: int, *, now: dt.datetime) -> bool:
    """Take a promised refund to where it goes. The stored key makes a repeated call the same refund.

    False when it has to wait: its payment is disputed, or the provider has not finished it.
    """
    promise = queries.refund_by_id(refund_id)
    if promise.state != "initiated":
        return True
    payment, key, amount, known = promise.payment, promise.key, promise.amount, promise.provider_id
    to_wallet = promise.destination == "wallet"
    db.session.rollback()
    if payment.state == "disputed":
        return False
    if to_wallet:
        note_refund(refund_id, "processed", now=now)
        return True
    if payment.gateway == "venue":
        # Nobody but the merchant can open its till: a person pays it back and says so.
        note_refund(refund_id, "failed", now=now, failure="by_hand")
        return True
    provider = gateway(payment.gateway)
    try:
        answer = (
            provider.fetch_refund(known)
            if known
            else provider.refund(payment.provider_id or "", key=key, amount=amount, capture_id=payment.capture_id)
        )
    except GatewayRefused as refused:
        note_refund(refund_id, "failed", now=now, failure=refused.reason)
        return True
    return note_answer(refund_id, answer, now=now)


def note_answer(refund_id: int, answer: RefundAnswer, *, now: dt.datetime) -> bool:
    """Act on the provider's word on a refund. False while it has not finished."""
    if answer.state == "pending":
        _note_pending(refund_id, answer.provider_id)
        return False
    note_refund(refund_id, answer.state, now=now, provider_id=answer.provider_id, failure=answer.failure)
    return True


@action
def _note_pending(refund_id: int, provider_id: str) -> None:
    db.session.execute(
        update(Refund)
        .where(Refund.id == refund_id, Refund.state == "initiated")
        .values(provider_id=provider_id)
        .execution_options(synchronize_session=False)
    )


@action
def note_refund(
    refund_id: int, state: str, *, now: dt.datetime, provider_id: str | None = None, failure: str | None = None
) -> bool:
    """Move a refund to "processed" or "failed"; a processed one may still fail. False when it had moved before.

    The books follow: what has gone leaves the merchant's receivable, what failed later comes back to it.
    """
    before = db.session.scalar(
        select(Refund).where(Refund.id == refund_id).with_for_update().execution_options(populate_existing=True)
    )
    assert before is not None
    allowed = {"processed": ("initiated",), "failed": ("initiated", "processed")}[state]
    if before.state not in allowed:
        return False
    was_processed = before.state == "processed"
    before.state, before.failure = state, failure
    before.provider_id = provider_id or before.provider_id
    before.refunded_at = now if state == "processed" else None
    db.session.flush()
    payment = db.session.get_one(Payment, before.payment_id)
    record(SYSTEM, f"refund.{state}", f"booking:{payment.reference}", {"refund": refund_id})
    publish((RefundProcessed if state == "processed" else RefundFailed)(refund_id, payment.reference, now))
    if state == "processed":
        _book(payment, before, f"refund:{refund_id}", now=now)
    elif was_processed:
        _book(payment, before, f"refund:{refund_id}:reversed", now=now, reverse=True)
    return True


def _book(payment: Payment, promise: Refund, cause: str, *, now: dt.datetime, reverse: bool = False) -> None:
    earned = AccountOf.receivable(payment.merchant_id)
    back = AccountOf.clearing(payment.gateway) if promise.user_id is None else AccountOf.wallet(promise.user_id)
    source, target = (back, earned) if reverse else (earned, back)
    ledger.post(
        "refund",
        cause,
        promise.amount,
        source,
        target,
        now=now,
        user_id=promise.user_id,
        merchant_id=payment.merchant_id,
        reference=payment.reference,
    )
