"""Monthly statements of what a merchant is owed, and paying them out.

A statement goes on where the one before ended: its opening is that one's closing, month after month without a gap, so
that every movement stands on exactly one. Its sums are frozen when the month is over; only "paid out" is added later,
and is itself a movement of the month in which it happens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.models import Merchant
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.payments import queries, rules
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.errors import NothingToPayOut
from bookapp.payments.models import Account, Statement
from bookapp.payments.policy import may_pay_out
from bookapp.values.errors import NotAllowed


@action
def promise_statements(*, now: dt.datetime) -> int:
    """Promise a job for every receivable without a statement of the last closed month; returns how many there are."""
    month = rules.last_closed_month(now)
    missing = queries.without_statement(month)
    for account_id in missing:
        outbox.later("payments.make_statements", account_id, key=f"payments.make_statements:{account_id}:{month}")
    return len(missing)


@action
def make_statements(account_id: int, *, now: dt.datetime) -> list[Statement]:
    """Make the statements of one receivable that are missing, up to the last closed month, oldest first.

    A month in which nothing moved and nothing was owed has none. Doing it twice, or side by side, makes each once.
    """
    # Of two jobs the second continues where the first ended. The account itself is not locked: sales go on.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"statements:{account_id}", 0))))
    account = db.session.get_one(Account, account_id)
    merchant_id = account.owner_id
    if account.kind != "receivable" or merchant_id is None:
        raise ValueError(f"account {account_id} is nobody's receivable")
    last = queries.last_statement(merchant_id, account.currency)
    opening = last.closing_minor if last else 0
    made = []
    for month in _months(account_id, last, rules.last_closed_month(now)):
        statement = _make(merchant_id, account.currency, month, opening)
        if statement is not None:
            made.append(statement)
            opening = statement.closing_minor
    return made


@action
def pay_out(actor: Actor, statement_id: int, *, now: dt.datetime) -> Statement:
    """Note that what a statement closes with was paid to its merchant, and book it. Twice is once.

    Raises NotFound, NotAllowed for anybody but an admin, NothingToPayOut.
    """
    statement = queries.statement_by_id(statement_id, visible_to_actor=actor)
    if not may_pay_out(actor):
        raise NotAllowed
    db.session.refresh(statement, with_for_update=True)
    if statement.paid_out_at is not None:
        return statement
    if not rules.can_pay_out(statement.month, statement.closing_minor, now):
        raise NothingToPayOut
    statement.paid_out_at, statement.paid_out_by = now, actor.label
    db.session.flush()
    record(actor, "statement.paid_out", f"statement:{statement.id}",
           {"merchant": statement.merchant_id, "amount_minor": statement.closing_minor,
            "currency": statement.currency})  # fmt: skip
    ledger.post(
        "payout",
        f"statement:{statement.id}",
        statement.closing,
        AccountOf.receivable(statement.merchant_id),
        AccountOf.platform(),
        now=now,
        merchant_id=statement.merchant_id,
    )
    return statement


def _months(account_id: int, last: Statement | None, until: dt.date) -> Iterator[dt.date]:
    if last is not None:
        month = rules.month_after(last.month)
    else:
        first = queries.first_movement(account_id)
        if first is None:
            return
        month = first.astimezone(dt.UTC).date().replace(day=1)
    while month <= until:
        yield month
        month = rules.month_after(month)


def _make(merchant_id: int, currency: str, month: dt.date, opening: int) -> Statement | None:
    sums, count = queries.section_sums(merchant_id, currency, rules.month_span(month))
    if not count and not opening:
        return None
    merchant = db.session.get_one(Merchant, merchant_id)
    statement = db.session.scalars(
        insert(Statement)
        .values(
            merchant_id=merchant_id,
            month=month,
            currency=currency,
            opening_minor=opening,
            closing_minor=opening + sum(sums.values()),
            facts={
                "merchant": {"name": merchant.name, "lines": [merchant.email] if merchant.email else []},
                "sections": {section.value: minor for section, minor in sums.items()},
                "movements": count,
            },
        )
        .returning(Statement)
    ).one()
    record(SYSTEM, "statement.made", f"statement:{statement.id}",
           {"merchant": merchant_id, "closing_minor": statement.closing_minor, "currency": currency})  # fmt: skip
    return statement
