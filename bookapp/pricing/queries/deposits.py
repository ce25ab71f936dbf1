"""Reads of deposits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.pricing.models import DepositRule
from bookapp.pricing.rules.deposits import Deposit, narrowest


def deposit_for(merchant_id: int, *, room_id: int | None, service_id: int | None) -> Deposit | None:
    """The deposit that counts for a room or a service of a merchant, or None: then everything is due at once."""
    return narrowest(_deposits_of(merchant_id), room_id=room_id, service_id=service_id)


@remembered(most=1024)
def _deposits_of(merchant_id: int) -> tuple[Deposit, ...]:
    return tuple(
        Deposit(row.percent, row.amount_minor, row.rest_days_before, row.room_id, row.service_id)
        for row in deposit_rules_of(merchant_id)
    )


def deposit_rules_of(merchant_id: int) -> Sequence[DepositRule]:
    """A merchant's deposits, the merchant's own first."""
    return db.session.scalars(
        select(DepositRule)
        .where(DepositRule.merchant_id == merchant_id)
        .order_by(DepositRule.room_id.nulls_first(), DepositRule.service_id.nulls_first())
    ).all()
