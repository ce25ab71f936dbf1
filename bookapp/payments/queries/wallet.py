"""Reads of a customer's wallet."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.payments.models import Account, Transfer
from bookapp.values.money import Money


def wallet_balance(user_id: int, currency: str) -> Money:
    """What a customer may spend, without what open payments have taken aside."""
    minor = db.session.scalar(
        select(Account.balance_minor).where(
            Account.kind == "wallet", Account.owner_id == user_id, Account.currency == currency
        )
    )
    return Money(minor or 0, currency)


def wallet_balances(user_id: int) -> list[tuple[Money, Money]]:
    """Per currency what a customer may spend, and what open payments have taken aside."""
    rows = db.session.execute(
        select(Account.kind, Account.currency, Account.balance_minor)
        .where(Account.kind.in_(("wallet", "reserved")), Account.owner_id == user_id)
        .order_by(Account.currency)
    ).all()
    free = {row.currency: row.balance_minor for row in rows if row.kind == "wallet"}
    aside = {row.currency: row.balance_minor for row in rows if row.kind == "reserved"}
    return [(Money(minor, currency), Money(aside.get(currency, 0), currency)) for currency, minor in free.items()]


def wallet_lines(user_id: int, *, before_id: int | None = None, limit: int = 50) -> Sequence[Transfer]:
    """What moved in a customer's wallet, latest first."""
    wanted = select(Transfer).where(Transfer.user_id == user_id)
    if before_id is not None:
        wanted = wanted.where(Transfer.id < before_id)
    return db.session.scalars(wanted.order_by(Transfer.id.desc()).limit(limit)).all()
