"""What the provider's word means for a payment: settled, or ended without money."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.payments.events import PaymentClosed, PaymentSettled
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment


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
