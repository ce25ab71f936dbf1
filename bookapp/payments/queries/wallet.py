"""Reads of a customer's wallet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from bookapp.infra.db import db
from bookapp.payments.models import Account, LedgerEntry, Transfer
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


@dataclass(frozen=True, slots=True)
class WalletLine:
    """One change of a wallet: `amount` signed, `balance` after it. `leg` and `state` tell a reservation's end."""

    id: int
    kind: str
    leg: str
    state: str
    reference: str
    note: str
    at: dt.datetime
    amount: Money
    balance: Money


def wallet_lines(user_id: int, currency: str, *, before_id: int | None = None, limit: int = 50) -> list[WalletLine]:
    """What moved in a customer's wallet of one currency, latest first."""
    wanted = _lines(user_id, currency)
    if before_id is not None:
        wanted = wanted.where(wanted.selected_columns.id < before_id)
    return _read(wanted.limit(limit))


def wallet_page(user_id: int, *, currency: str = "", page: int, limit: int) -> tuple[list[WalletLine], int]:
    """One page of what moved in all wallets of a customer, or that of one currency, latest first; how many in all."""
    whole = db.session.scalar(
        select(func.count())
        .select_from(LedgerEntry)
        .join(Account, Account.id == LedgerEntry.account_id)
        .where(*_wallet_of(user_id, currency))
    )
    return _read(_lines(user_id, currency).limit(limit).offset((page - 1) * limit)), whole or 0


def _wallet_of(user_id: int, currency: str) -> list[ColumnElement[bool]]:
    same = [Account.kind == "wallet", Account.owner_id == user_id]
    return [*same, Account.currency == currency] if currency else same


def _lines(user_id: int, currency: str) -> Select[Any]:
    lines = (
        select(
            LedgerEntry.id,
            LedgerEntry.transfer_id,
            LedgerEntry.leg,
            LedgerEntry.amount_minor,
            LedgerEntry.created_at,
            Account.currency,
            func.sum(LedgerEntry.amount_minor)
            .over(partition_by=LedgerEntry.account_id, order_by=LedgerEntry.id)
            .label("balance_minor"),
        )
        .join(Account, Account.id == LedgerEntry.account_id)
        .where(*_wallet_of(user_id, currency))
        .subquery()
    )
    return (
        select(lines, Transfer.kind, Transfer.state, Transfer.reference, Transfer.note)
        .join(Transfer, Transfer.id == lines.c.transfer_id)
        .order_by(lines.c.id.desc())
    )


def _read(wanted: Select[Any]) -> list[WalletLine]:
    return [
        WalletLine(
            id=row.id,
            kind=row.kind,
            leg=row.leg,
            state=row.state,
            reference=row.reference,
            note=row.note,
            at=row.created_at,
            amount=Money(row.amount_minor, row.currency),
            balance=Money(int(row.balance_minor), row.currency),
        )
        for row in db.session.execute(wanted)
    ]
