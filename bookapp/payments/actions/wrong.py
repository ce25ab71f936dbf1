"""Money that arrived, but not as asked for: it counts for nothing and goes back whole (product.md, invariant 3)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.payments.actions import ledger
from bookapp.payments.actions.cases import open_case
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.actions.refunding import refund
from bookapp.payments.actions.settling import close
from bookapp.payments.events import PaymentWrong
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment
from bookapp.payments.states import CaseKind
from bookapp.values.money import Money

FAILURE = "wrong_amount"


@action
def settle_wrong(payment_id: int, received: Money, *, now: dt.datetime, capture_id: str | None = None) -> None:
    """The provider has `received`, which is not what was asked for: less, more, or in another currency. Once only.

    For the booking the attempt has failed, as after a declined card; the money goes back in its own currency, and a
    person looks why. Nothing at all received is a failed attempt too.
    """
    close(payment_id, ChargeState.FAILED, now=now, failure=FAILURE)
    payment = db.session.scalar(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state.in_(("failed", "abandoned")), Payment.received_minor.is_(None))
        .values(
            state="succeeded" if received.minor > 0 else "failed",
            settled_at=now,
            received_minor=received.minor,
            received_currency=received.currency,
            capture_id=capture_id,
            failure=FAILURE,
        )
        .returning(Payment)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if payment is None:
        return
    facts = {
        "asked_minor": payment.amount_minor,
        "currency": payment.currency,
        "received_minor": received.minor,
        "received_currency": received.currency,
    }
    record(SYSTEM, "payment.wrong", f"booking:{payment.reference}", {"payment": payment_id} | facts)
    open_case(
        CaseKind.WRONG_AMOUNT,
        f"payment:{payment_id}",
        reference=payment.reference,
        merchant_id=payment.merchant_id,
        facts=facts,
        now=now,
    )
    publish(PaymentWrong(payment_id, payment.reference, now))
    if received.minor <= 0:
        return
    refund(payment_id, received, cause=f"wrong:{payment_id}", now=now)
    ledger.post(
        "payment",
        f"payment:{payment_id}",
        received,
        AccountOf.clearing(payment.gateway),
        AccountOf.receivable(payment.merchant_id),
        now=now,
        merchant_id=payment.merchant_id,
        reference=payment.reference,
        note=FAILURE,
    )
