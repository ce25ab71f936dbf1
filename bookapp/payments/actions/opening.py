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
from bookapp.payments.actions import ledger
from bookapp.payments.actions.settling import close, settle
from bookapp.payments.errors import GatewayDown, GatewayRefused, TooLittleForCard
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeRequest, ChargeState
from bookapp.payments.models import Payment
from bookapp.payments.rules import wallet_part
from bookapp.values.least import too_little
from bookapp.values.money import Money


@action
def begin(
    *,
    reference: str,
    merchant_id: int,
    gateway_name: str,
    amount: Money,
    description: str,
    payer_email: str,
    closes_at: dt.datetime,
    now: dt.datetime,
    purpose: str = "booking",
    wallet_of: int | None = None,
) -> Payment | None:
    """Collect `amount`: from the wallet of the user `wallet_of` as far as it goes, the rest at the gateway.

    Answers the payment to take to the provider. None when the wallet paid all of it: that is settled already. Raises
    WalletTooLow when the wallet was spent elsewhere a moment ago, TooLittleForCard for what no provider takes, and
    GatewayDown where none is offered (`gateway_name` is "").
    """
    part = wallet_part(amount, queries.wallet_balance(wallet_of, amount.currency)) if wallet_of else None
    card: Payment | None = None
    if not part or part < amount:
        rest = amount - part if part else amount
        if too_little(rest):
            raise TooLittleForCard
        if not gateway_name:
            raise GatewayDown
        card = create_payment(
            reference=reference,
            merchant_id=merchant_id,
            gateway_name=gateway_name,
            amount=rest,
            description=description,
            payer_email=payer_email,
            closes_at=closes_at,
            purpose=purpose,
        )
    if part and wallet_of is not None:
        from_wallet = create_payment(
            reference=reference,
            merchant_id=merchant_id,
            gateway_name="wallet",
            amount=part,
            description=description,
            payer_email=payer_email,
            closes_at=closes_at,
            purpose=purpose,
            user_id=wallet_of,
            beside_id=card.id if card else None,
        )
        ledger.reserve(
            f"payment:{from_wallet.id}", part, wallet_of, now=now, merchant_id=merchant_id, reference=reference
        )
        if card is None:
            settle(from_wallet.id, now=now)
    return card


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
    purpose: str = "booking",
    user_id: int | None = None,
    beside_id: int | None = None,
) -> Payment:
    """Note that `amount` is about to be asked for. Nothing has left the house yet."""
    payment = Payment(
        reference=reference,
        merchant_id=merchant_id,
        gateway=gateway_name,
        purpose=purpose,
        amount_minor=amount.minor,
        currency=amount.currency,
        description=description,
        payer_email=payer_email,
        closes_at=closes_at,
        user_id=user_id,
        beside_id=beside_id,
    )
    db.session.add(payment)
    db.session.flush()
    record(SYSTEM, "payment.opened", f"booking:{reference}", {"payment": payment.id, "amount_minor": amount.minor})
    return payment


@action
def take_at_venue(
    *, reference: str, merchant_id: int, amount: Money, description: str, now: dt.datetime, purpose: str = "booking"
) -> Payment:
    """Money that the merchant took at its own counter. It counts at once, and what it earned it has already."""
    payment = create_payment(
        reference=reference,
        merchant_id=merchant_id,
        gateway_name="venue",
        amount=amount,
        description=description,
        payer_email="",
        closes_at=now,
        purpose=purpose,
    )
    settle(payment.id, now=now)
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
    except GatewayRefused as refused:
        close(payment_id, ChargeState.FAILED, now=now, failure=refused.reason)
        raise
    note_opened(payment_id, opened.provider_id, opened.url)
    return opened.url


def charge_request(payment: Payment) -> ChargeRequest:
    """What the provider is asked to collect; the same each time."""
    base = current_settings().public_base_url
    page = "checkout" if payment.purpose == "booking" else "bookings"
    return ChargeRequest(
        key=payment.key,
        amount=payment.amount,
        description=payment.description,
        payer_email=payment.payer_email,
        reference=payment.reference,
        return_url=f"{base}/payments/return/{payment.key}",
        cancel_url=f"{base}/{page}/{payment.reference}",
        expires_at=payment.closes_at,
    )


@action
def note_opened(payment_id: int, provider_id: str, url: str) -> None:
    """Keep what the provider calls it and where it is paid."""
    db.session.execute(update(Payment).where(Payment.id == payment_id).values(provider_id=provider_id, url=url))


@action
def hurry(payment_id: int, *, now: dt.datetime) -> None:
    """Have an open payment closed by a worker at once, because nobody wants to pay it any more."""
    db.session.execute(
        update(Payment).where(Payment.id == payment_id, Payment.state == "pending").values(closes_at=now)
    )
    outbox.later("payments.close_stale", payment_id)
