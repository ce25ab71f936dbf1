"""What the provider's word means for a payment: settled, or ended without money.

A mixed payment is two rows, the card's and the wallet's beside it: what happens to the first happens to the second in
the same transaction.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.errors import WalletTooLow
from bookapp.payments.events import PaymentClosed, PaymentSettled
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment

_MAY_SETTLE = ("pending", "failed", "abandoned")


@action
def settle(payment_id: int, *, now: dt.datetime, capture_id: str | None = None) -> None:
    """The provider has the money, whatever we thought before (product.md, "States"). Once only."""
    payment = _move(payment_id, _MAY_SETTLE, state="succeeded", settled_at=now, capture_id=capture_id)
    if payment is None:
        return
    beside = [each for each in _beside(payment_id) if _settle_beside(each, now)]
    record(SYSTEM, "payment.succeeded", f"booking:{payment.reference}", {"payment": payment_id})
    publish(PaymentSettled(payment_id, payment.reference, now))
    # Last, as accounts are what everybody waits for.
    for settled in (payment, *beside):
        _book(settled, now)


@action
def close(
    payment_id: int, answer: ChargeState, *, now: dt.datetime, failure: str | None = None, bounced: bool = False
) -> None:
    """This attempt ended without money. Once only. `bounced`: nobody saw it on the payment page."""
    declined = answer is ChargeState.FAILED
    state = "failed" if declined else "abandoned"
    payment = _move(payment_id, ("pending",), state=state, failure=failure)
    if payment is None:
        return
    beside = [each for each in _beside(payment_id) if _move(each.id, ("pending",), state=state)]
    record(SYSTEM, f"payment.{state}", f"booking:{payment.reference}", {"payment": payment_id})
    publish(PaymentClosed(payment_id, payment.reference, declined, now, bounced))
    for released in beside:
        ledger.finish(f"payment:{released.id}", target=None, now=now)


def _move(payment_id: int, allowed: tuple[str, ...], **values: object) -> Payment | None:
    """Change a payment if it is in one of the `allowed` states; None when it is not: somebody was here before."""
    return db.session.scalar(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state.in_(allowed))
        .values({name: value for name, value in values.items() if value is not None})
        .returning(Payment)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


def _beside(payment_id: int) -> list[Payment]:
    return list(db.session.scalars(select(Payment).where(Payment.beside_id == payment_id)))


def _settle_beside(payment: Payment, now: dt.datetime) -> bool:
    """The wallet's part of a mixed payment. If it was released meanwhile it is taken again, unless it is spent."""
    if _move(payment.id, ("pending",), state="succeeded", settled_at=now):
        return True
    if payment.state not in _MAY_SETTLE or payment.user_id is None:
        return False
    try:
        with db.session.begin_nested():
            ledger.reserve(
                _late(payment), payment.amount, payment.user_id, now=now,
                merchant_id=payment.merchant_id, reference=payment.reference,
            )  # fmt: skip
    except WalletTooLow:
        return False
    return _move(payment.id, _MAY_SETTLE, state="succeeded", settled_at=now) is not None


def _book(payment: Payment, now: dt.datetime) -> None:
    earned = AccountOf.receivable(payment.merchant_id)
    if payment.gateway == "wallet":
        # Where the first reservation was released, the late one stands for it.
        for cause in (f"payment:{payment.id}", _late(payment)):
            if ledger.finish(cause, target=earned, now=now):
                return
        raise AssertionError(f"payment {payment.id} has nothing reserved")
    clearing = AccountOf.clearing(payment.gateway)
    _post("payment", f"payment:{payment.id}", payment, clearing, earned, now)
    if payment.gateway == "venue":
        # The merchant has it in its own till: earned, and collected.
        _post("debit", f"venue:{payment.id}", payment, earned, clearing, now)


def _post(kind: str, cause: str, payment: Payment, source: AccountOf, target: AccountOf, now: dt.datetime) -> None:
    ledger.post(
        kind,
        cause,
        payment.received,
        source,
        target,
        now=now,
        merchant_id=payment.merchant_id,
        reference=payment.reference,
    )


def _late(payment: Payment) -> str:
    return f"payment:{payment.id}:late"
