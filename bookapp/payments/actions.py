"""Verbs of payments. Whatever asks a provider over the network is a plain function that calls two actions around it:
no HTTP happens inside a transaction (guarantees.md 10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.infra.settings import current_settings
from bookapp.payments import queries
from bookapp.payments.errors import GatewayRefused
from bookapp.payments.events import PaymentClosed, PaymentSettled, RefundFailed, RefundProcessed
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeRequest, ChargeState, Notice
from bookapp.payments.models import Payment, Refund, WebhookEvent
from bookapp.values.money import Money

# A provider may be quicker to report a charge than we are to note its id.
_MAY_BE_EARLY = dt.timedelta(minutes=10)


@action
def create_payment(
    *,
    reference: str,
    merchant_id: int,
    gateway_name: str,
    amount: Money,
    description: str,
    payer_email: str,
    closes_at: dt.datetime,
) -> Payment:
    """Note that `amount` is about to be asked for. Nothing has left the house yet."""
    payment = Payment(
        reference=reference,
        merchant_id=merchant_id,
        gateway=gateway_name,
        amount_minor=amount.minor,
        currency=amount.currency,
        description=description,
        payer_email=payer_email,
        closes_at=closes_at,
    )
    db.session.add(payment)
    db.session.flush()
    record(SYSTEM, "payment.opened", f"booking:{reference}", {"payment": payment.id, "amount_minor": amount.minor})
    return payment


def open_at_provider(payment_id: int, *, now: dt.datetime) -> str:
    """Have the provider collect a pending payment; answers the page to pay on. Asking twice is harmless.

    Raises GatewayDown (unknown: the sweeper asks back later) or GatewayRefused (the payment has failed).
    """
    payment = queries.payment_by_id(payment_id)
    if payment.url:
        return payment.url
    request, name = _charge_request(payment), payment.gateway
    db.session.rollback()
    try:
        opened = gateway(name).open(request)
    except GatewayRefused:
        close(payment_id, ChargeState.FAILED, now=now)
        raise
    _note_opened(payment_id, opened.provider_id, opened.url)
    return opened.url


def _charge_request(payment: Payment) -> ChargeRequest:
    base = current_settings().public_base_url
    return ChargeRequest(
        key=payment.key,
        amount=payment.amount,
        description=payment.description,
        payer_email=payment.payer_email,
        reference=payment.reference,
        return_url=f"{base}/payments/return/{payment.key}",
        cancel_url=f"{base}/checkout/{payment.reference}",
        expires_at=payment.closes_at,
    )


@action
def _note_opened(payment_id: int, provider_id: str, url: str) -> None:
    db.session.execute(update(Payment).where(Payment.id == payment_id).values(provider_id=provider_id, url=url))


def ask_back(payment_id: int, *, now: dt.datetime) -> None:
    """Ask the provider how a payment stands and act on its word."""
    payment = queries.payment_by_id(payment_id)
    provider_id, name = payment.provider_id, payment.gateway
    db.session.rollback()
    if provider_id:
        _heed(payment_id, gateway(name).fetch(provider_id), now=now)


def close_stale(payment_id: int, *, now: dt.datetime) -> None:
    """End a payment whose time is over: first at the provider, so that nobody can pay it any more; a paid one wins."""
    payment = queries.payment_by_id(payment_id)
    provider_id, name, state, request = payment.provider_id, payment.gateway, payment.state, _charge_request(payment)
    db.session.rollback()
    if state != "pending":
        return
    if provider_id is None:
        # Its opening got no answer: unknown, not undone. The same key finds what may be open there.
        try:
            opened = gateway(name).open(request)
        except GatewayRefused:
            close(payment_id, ChargeState.EXPIRED, now=now)
            return
        _note_opened(payment_id, opened.provider_id, opened.url)
        provider_id = opened.provider_id
    _heed(payment_id, gateway(name).close(provider_id), now=now)


def _heed(payment_id: int, answer: ChargeState, *, now: dt.datetime) -> None:
    if answer is ChargeState.PAID:
        settle(payment_id, now=now)
    elif answer is not ChargeState.OPEN:
        close(payment_id, answer, now=now)


@action
def settle(payment_id: int, *, now: dt.datetime) -> None:
    """The provider has the money, whatever we thought before (product.md, "States"). Once only."""
    reference = db.session.scalar(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state.in_(("pending", "failed", "abandoned")))
        .values(state="succeeded", settled_at=now)
        .returning(Payment.reference)
        .execution_options(synchronize_session=False)
    )
    if reference is not None:
        record(SYSTEM, "payment.succeeded", f"booking:{reference}", {"payment": payment_id})
        publish(PaymentSettled(payment_id, reference, now))


@action
def close(payment_id: int, answer: ChargeState, *, now: dt.datetime) -> None:
    """This attempt ended without money. Once only."""
    declined = answer is ChargeState.FAILED
    reference = db.session.scalar(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state == "pending")
        .values(state="failed" if declined else "abandoned")
        .returning(Payment.reference)
        .execution_options(synchronize_session=False)
    )
    if reference is not None:
        record(SYSTEM, "payment.failed" if declined else "payment.abandoned", f"booking:{reference}",
               {"payment": payment_id})  # fmt: skip
        publish(PaymentClosed(payment_id, reference, declined, now))


@action
def hurry(payment_id: int, *, now: dt.datetime) -> None:
    """Have an open payment closed by a worker at once, because nobody wants to pay it any more."""
    db.session.execute(
        update(Payment).where(Payment.id == payment_id, Payment.state == "pending").values(closes_at=now)
    )
    outbox.later("payments.close_stale", payment_id)


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
        provider_id = gateway(payment.gateway).refund(payment.provider_id or "", key=key, amount=amount)
    except GatewayRefused as refused:
        _note_refund(refund_id, "failed", now=now, failure=refused.code)
    else:
        _note_refund(refund_id, "processed", now=now, provider_id=provider_id)


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


@action
def note_webhook(gateway_name: str, notice: Notice) -> None:
    """Store a verified webhook once; a worker works it off."""
    event_id = db.session.scalar(
        insert(WebhookEvent)
        .values(gateway=gateway_name, event_id=notice.event_id, kind=notice.kind, payload=dict(notice.payload))
        .on_conflict_do_nothing(index_elements=["gateway", "event_id"])
        .returning(WebhookEvent.id)
    )
    if event_id is not None:
        outbox.later("payments.work_off_webhook", event_id)


def work_off_webhook(event_id: int, *, now: dt.datetime) -> bool:
    """Act on a stored webhook. Its order and its words are not trusted: the provider is asked how things stand.

    False when it speaks of a charge we do not know, and is so young that we may be about to note it: ask again later.
    """
    event = db.session.get_one(WebhookEvent, event_id)
    payment_id = db.session.scalar(
        select(Payment.id).where(
            Payment.gateway == event.gateway, Payment.provider_id == str(event.payload.get("charge"))
        )
    )
    is_young = event.received_at > now - _MAY_BE_EARLY
    db.session.rollback()
    if payment_id is None and is_young:
        return False
    if payment_id is not None:
        ask_back(payment_id, now=now)
    _note_worked_off(event_id, now)
    return True


@action
def _note_worked_off(event_id: int, now: dt.datetime) -> None:
    db.session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.id == event_id, WebhookEvent.processed_at.is_(None))
        .values(processed_at=now)
    )


def receive_webhook(gateway_name: str, body: bytes, headers: Mapping[str, str], *, now: dt.datetime) -> None:
    """The door for providers: verify the raw body, store, answer. Raises BadSignature or KeyError."""
    note_webhook(gateway_name, gateway(gateway_name).verify(body, headers, now))
