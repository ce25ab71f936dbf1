"""Reads of merchants' receivables and monthly statements.

A statement keeps its sums; its lines are read from the ledger, which is append only and so says the same every time. A
movement belongs to the month in which its transfer was finished: money that an open payment had reserved counts from
the moment it was captured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, select, true

from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_platform
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.payments import rules
from bookapp.payments.models import Account, LedgerEntry, Statement, Transfer
from bookapp.payments.rules import Section
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from bookapp.values.timespan import Span

PER_PAGE = 100
# A reservation is captured or released within the hour; so far back one could have begun that a month still captured.
# Without this bound the index by merchant and time could not tell where to start.
_PENDING_AT_MOST = dt.timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a statement: when, what it was, for which booking ("" for none), how much."""

    at: dt.datetime
    section: Section
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class StatementPage:
    """One page of statements, each with its merchant's name, and how many there are."""

    rows: Sequence[tuple[Statement, str]]
    total: int

    @property
    def pages(self) -> int:
        """How many pages, one at least."""
        return max(1, -(-self.total // PER_PAGE))


def statements(actor: Actor, *, payable_at: dt.datetime | None = None, page: int = 1) -> StatementPage:
    """The statements `actor` may see, the latest month first; with `payable_at` those to be paid out at that moment."""
    wanted = [_visible_to(actor)]
    if payable_at is not None:
        since = rules.payable_since(payable_at)
        wanted += [Statement.paid_out_at.is_(None), Statement.closing_minor > 0, Statement.month >= since]
    count = db.session.scalars(select(func.count()).select_from(Statement).where(*wanted)).one()
    rows = db.session.execute(
        select(Statement, Merchant.name)
        .join(Merchant, Merchant.id == Statement.merchant_id)
        .where(*wanted)
        .order_by(Statement.month.desc(), Merchant.name, Statement.currency)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return StatementPage([(row[0], row[1]) for row in rows], count)


def statement_by_id(statement_id: int, *, visible_to_actor: Actor) -> Statement:
    """One statement. Raises NotFound, also when it is another merchant's."""
    statement = db.session.scalar(select(Statement).where(Statement.id == statement_id, _visible_to(visible_to_actor)))
    if statement is None:
        raise NotFound
    return statement


def receivables(actor: Actor) -> list[tuple[str, Money]]:
    """What each merchant that `actor` may see is owed now, by name."""
    rows = db.session.execute(
        select(Merchant.name, Account.balance_minor, Account.currency)
        .join(Merchant, Merchant.id == Account.owner_id)
        .where(Account.kind == "receivable", Account.balance_minor != 0, _visible_to(actor, Account.owner_id))
        .order_by(Merchant.name, Account.currency)
    ).all()
    return [(row.name, Money(row.balance_minor, row.currency)) for row in rows]


def without_statement(month: dt.date) -> list[int]:
    """Ids of the receivable accounts that have no statement of `month` yet."""
    made = and_(
        Statement.merchant_id == Account.owner_id, Statement.currency == Account.currency, Statement.month == month
    )
    return list(
        db.session.scalars(
            select(Account.id)
            .outerjoin(Statement, made)
            .where(Account.kind == "receivable", Statement.id.is_(None))
            .order_by(Account.id)
        )
    )


def last_statement(merchant_id: int, currency: str) -> Statement | None:
    """The statement of the latest month."""
    return db.session.scalar(
        select(Statement)
        .where(Statement.merchant_id == merchant_id, Statement.currency == currency)
        .order_by(Statement.month.desc())
        .limit(1)
    )


def first_movement(account_id: int) -> dt.datetime | None:
    """When money first moved on an account."""
    return db.session.scalar(
        select(func.min(Transfer.finished_at))
        .join(LedgerEntry, LedgerEntry.transfer_id == Transfer.id)
        .where(LedgerEntry.account_id == account_id)
    )


def section_sums(merchant_id: int, currency: str, span: Span) -> tuple[dict[Section, int], int]:
    """What moved on a receivable in `span`, in minor units by section, and how many movements that were."""
    begins = func.split_part(Transfer.cause, ":", 1)
    sums: dict[Section, int] = {}
    count = 0
    chosen = _moved(merchant_id, currency, span).with_only_columns(
        Transfer.kind,
        begins.label("begins"),
        func.sum(LedgerEntry.amount_minor).label("minor"),
        func.count().label("n"),
    )
    for row in db.session.execute(chosen.group_by(Transfer.kind, begins)):
        section = rules.section_of(row.kind, row.begins)
        sums[section] = sums.get(section, 0) + int(row.minor)
        count += row.n
    return sums, count


def movements(statement: Statement, *, page: int | None = None) -> list[Movement]:
    """The lines of a statement in the order of time: one page of them, or without a page all."""
    wanted = _in_order(statement)
    if page is not None:
        wanted = wanted.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return [_movement(row, statement.currency) for row in db.session.execute(wanted)]


def each_movement(statement: Statement, batch: int = 2000) -> Iterator[Movement]:
    """Every line of a statement, fetched in batches: for files, which may be long."""
    for row in db.session.execute(_in_order(statement).execution_options(yield_per=batch)):
        yield _movement(row, statement.currency)


def _in_order(statement: Statement) -> Select[Any]:
    return _moved(statement.merchant_id, statement.currency, rules.month_span(statement.month)).order_by(
        Transfer.finished_at, Transfer.id
    )


def _moved(merchant_id: int, currency: str, span: Span) -> Select[Any]:
    return (
        select(
            Transfer.finished_at, Transfer.kind, Transfer.cause, Transfer.reference,
            LedgerEntry.amount_minor,
        )
        .join(LedgerEntry, LedgerEntry.transfer_id == Transfer.id)
        .join(Account, Account.id == LedgerEntry.account_id)
        .where(
            Account.kind == "receivable",
            Account.owner_id == merchant_id,
            Account.currency == currency,
            Transfer.merchant_id == merchant_id,
            Transfer.created_at >= span.start - _PENDING_AT_MOST,
            Transfer.created_at < span.end,
            Transfer.finished_at >= span.start,
            Transfer.finished_at < span.end,
        )
    )  # fmt: skip


def _movement(row: Row[Any], currency: str) -> Movement:
    section = rules.section_of(row.kind, row.cause)
    return Movement(row.finished_at, section, row.reference, Money(row.amount_minor, currency))


def _visible_to(actor: Actor, merchant_id: Any = Statement.merchant_id) -> ColumnElement[bool]:
    if may_run_platform(actor):
        return true()
    own = [grant.merchant_id for grant in actor.grants if grant.role == Role.OWNER]
    return merchant_id.in_(own) if own else false()
