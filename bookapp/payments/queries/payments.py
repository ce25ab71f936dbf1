"""Reads over payments and refunds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import selectinload

from bookapp.infra.db import db
from bookapp.payments.models import WITH_MONEY, Payment, Refund, SandboxCharge
from bookapp.values.money import Money


@dataclass(frozen=True, slots=True)
class Balance:
    """What was paid for one reference, what has been promised back, and what of that has arrived there."""

    paid: Money
    refunded: Money
    processed: Money
    failed: bool
    pending: bool

    @property
    def kept(self) -> Money:
        """Paid and not promised back."""
        return self.paid - self.refunded

    @property
    def status(self) -> str:
        """The derived payment_status of product.md, "States"."""
        if self.refunded and self.refunded >= self.paid:
            return "refunded"
        if self.refunded:
            return "partly_refunded"
        if self.paid:
            return "paid"
        return "pending" if self.pending or not self.failed else "failed"


# As `Balance.kept` counts, for whoever adds up many payments: the sum, and which of them count.
KEPT_MINOR = func.sum(
    Payment.amount_minor
    - select(func.coalesce(func.sum(Refund.amount_minor), 0))
    .where(Refund.payment_id == Payment.id, Refund.state != "failed")
    .correlate(Payment)
    .scalar_subquery()
)
IS_MONEY_HERE = and_(Payment.state.in_(WITH_MONEY), Payment.received_minor.is_(None))


def failed_before(payment_id: int) -> list[int]:
    """The attempts at what a payment pays for that had failed."""
    paid = db.session.get_one(Payment, payment_id)
    return list(
        db.session.scalars(
            select(Payment.id).where(
                Payment.reference == paid.reference,
                Payment.purpose == paid.purpose,
                Payment.state == "failed",
                Payment.id != payment_id,
            )
        )
    )


def balances(references: Collection[str], currencies: dict[str, str]) -> dict[str, Balance]:
    """The balance of each reference, in two queries; `currencies` gives the one for those without a payment."""
    payments = payments_by_reference(references)
    return {reference: _balance(found, currencies[reference]) for reference, found in payments.items()}


def kept_minor(references: Collection[str]) -> dict[str, int]:
    """What of the payments for each reference was kept (as `Balance.kept`), in one query."""
    rows = db.session.execute(
        select(Payment.reference, KEPT_MINOR)
        .where(Payment.reference.in_(references), IS_MONEY_HERE)
        .group_by(Payment.reference)
    )
    return {reference: int(minor) for reference, minor in rows}


def payments_by_reference(references: Collection[str]) -> dict[str, list[Payment]]:
    """Every payment of these references with its refunds, oldest first, in two queries; an empty list for none."""
    payments: dict[str, list[Payment]] = {reference: [] for reference in references}
    for payment in db.session.scalars(
        select(Payment)
        .where(Payment.reference.in_(references))
        .order_by(Payment.id)
        .options(selectinload(Payment.refunds))
    ):
        payments[payment.reference].append(payment)
    return payments


def balance(reference: str, currency: str) -> Balance:
    """The balance of one reference."""
    return balances([reference], {reference: currency})[reference]


def _balance(payments: list[Payment], currency: str) -> Balance:
    zero = Money.zero(currency)
    counted = [payment for payment in payments if payment.counts]
    paid = sum((payment.amount for payment in counted), zero)
    refunds = [refund for payment in counted for refund in payment.refunds if refund.state != "failed"]
    return Balance(
        paid=paid,
        refunded=sum((refund.amount for refund in refunds), zero),
        processed=sum((refund.amount for refund in refunds if refund.state == "processed"), zero),
        failed=any(payment.state in ("failed", "abandoned") for payment in payments),
        pending=any(payment.state == "pending" for payment in payments),
    )


def attempts(reference: str, purpose: str = "booking") -> list[dt.datetime]:
    """When payments of `purpose` for `reference` were opened."""
    return list(
        db.session.scalars(
            select(Payment.created_at).where(
                Payment.reference == reference, Payment.purpose == purpose, Payment.beside_id.is_(None)
            )
        )
    )


def open_payment(reference: str, purpose: str = "booking") -> Payment | None:
    """The payment of `purpose` that is waiting for money, if one is; of a mixed payment the card's part."""
    return db.session.scalar(
        select(Payment).where(
            Payment.reference == reference,
            Payment.purpose == purpose,
            Payment.state == "pending",
            Payment.beside_id.is_(None),
        )
    )


def payments_of(reference: str) -> list[Payment]:
    """Every payment for `reference` with its refunds, oldest first."""
    return list(
        db.session.scalars(
            select(Payment)
            .where(Payment.reference == reference)
            .order_by(Payment.id)
            .options(selectinload(Payment.refunds))
        )
    )


def payment_by_id(payment_id: int) -> Payment:
    """A payment as the database has it now, whatever this session remembers."""
    return db.session.scalars(
        select(Payment).where(Payment.id == payment_id).execution_options(populate_existing=True)
    ).one()


def payment_by_key(key: str) -> Payment | None:
    """The payment a returning browser names."""
    return db.session.scalar(select(Payment).where(Payment.key == key))


def stale_payments(now: dt.datetime, limit: int = 200) -> list[int]:
    """Ids of open payments whose time is over."""
    return list(
        db.session.scalars(
            select(Payment.id)
            .where(Payment.state == "pending", Payment.closes_at <= now, Payment.beside_id.is_(None))
            .order_by(Payment.closes_at)
            .limit(limit)
        )
    )


def sandbox_charge(charge_id: str) -> SandboxCharge | None:
    """A charge in the pretend provider's books."""
    return db.session.get(SandboxCharge, charge_id)


def refund_by_id(refund_id: int) -> Refund:
    """A refund with its payment."""
    return db.session.scalars(
        select(Refund)
        .where(Refund.id == refund_id)
        .options(selectinload(Refund.payment))
        .execution_options(populate_existing=True)
    ).one()
