"""Opening a payment: the row first, then the provider. No HTTP happens inside a transaction (guarantees.md 10)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.infra.settings import current_settings
from bookapp.payments import queries
from bookapp.payments.actions.settling import close
from bookapp.payments.errors import GatewayRefused
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeRequest, ChargeState
from bookapp.payments.models import Payment
from bookapp.values.money import Money


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
    request, name = charge_request(payment), payment.gateway
    db.session.rollback()
    try:
        opened = gateway(name).open(request)
    except GatewayRefused:
        close(payment_id, ChargeState.FAILED, now=now)
        raise
    note_opened(payment_id, opened.provider_id, opened.url)
    return opened.url


def charge_request(payment: Payment) -> ChargeRequest:
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
def note_opened(payment_id: int, provider_id: str, url: str) -> None:
    db.session.execute(update(Payment).where(Payment.id == payment_id).values(provider_id=provider_id, url=url))


@action
def hurry(payment_id: int, *, now: dt.datetime) -> None:
    """Have an open payment closed by a worker at once, because nobody wants to pay it any more."""
    db.session.execute(
        update(Payment).where(Payment.id == payment_id, Payment.state == "pending").values(closes_at=now)
    )
    outbox.later("payments.close_stale", payment_id)
