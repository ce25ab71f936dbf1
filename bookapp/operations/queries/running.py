"""Reads: is everything there, and what waits in the outbox."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from redis import RedisError
from sqlalchemy import ColumnElement, Row, and_, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from bookapp.audit.models import AuditEntry
from bookapp.infra.claims import PERIODIC
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import doorbell
from config import ROOT

UNDEFINED_TABLE = "42P01"
STATES = ("due", "done", "dead")
PER_PAGE = 50
MOST_COUNTED = 5_000
# What tells an admin whether people book and money moves.
COUNTED = (
    "booking.held", "booking.confirmed", "booking.moved", "booking.cancelled", "payment.succeeded", "payment.failed",
    "refund.processed", "refund.failed",
)  # fmt: skip
_COLUMNS = (
    OutboxRow.id, OutboxRow.name, OutboxRow.args, OutboxRow.state, OutboxRow.attempts, OutboxRow.run_at,
    OutboxRow.lease_until, OutboxRow.last_error, OutboxRow.request_id, OutboxRow.created_at, OutboxRow.finished_at,
)  # fmt: skip


def what_is_missing() -> list[str]:
    """Why we cannot serve: a line each for database, migrations and Redis. Empty when all is well."""
    missing = []
    try:
        applied = set(db.session.scalars(text("SELECT version_num FROM alembic_version")))
    except SQLAlchemyError as error:
        db.session.rollback()
        original = getattr(error, "orig", None)
        nobody_migrated = getattr(original, "pgcode", None) == UNDEFINED_TABLE
        missing.append("migrations: not at head" if nobody_migrated else "database: does not answer")
    else:
        if applied != _heads():
            missing.append("migrations: not at head")
    try:
        doorbell().redis.ping()
    except RedisError:
        missing.append("redis: does not answer")
    return missing


def outbox_figures(now: dt.datetime) -> dict[str, float]:
    """How many rows are due, late (for a minute and more) and dead, and the age of the oldest due one in seconds."""
    # Each in its own subquery: so each finds its own small index, however many rows are done.
    is_due = (OutboxRow.state == "due", OutboxRow.run_at <= now)
    minute_ago = now - dt.timedelta(minutes=1)
    due, late, dead, oldest = db.session.execute(
        select(
            select(func.count()).where(*is_due).scalar_subquery(),
            select(func.count()).where(OutboxRow.state == "due", OutboxRow.run_at <= minute_ago).scalar_subquery(),
            select(func.count()).where(_is_given_up()).scalar_subquery(),
            select(func.min(OutboxRow.run_at)).where(*is_due).scalar_subquery(),
        )
    ).one()
    age = (now - oldest).total_seconds() if oldest else 0.0
    return {"due": due, "late": late, "dead": dead, "oldest_due_seconds": age}


@dataclass(frozen=True, slots=True)
class JobFigures:
    """One kind of promised work: how many rows wait, how many were given up, and since when the oldest waits."""

    name: str
    due: int
    dead: int
    oldest: dt.datetime | None


def job_figures(now: dt.datetime) -> list[JobFigures]:
    """Every kind of work with rows that are due or were given up, the most troubled first."""
    is_due = and_(OutboxRow.state == "due", OutboxRow.run_at <= now)
    given_up = func.count().filter(OutboxRow.state == "dead")
    rows = db.session.execute(
        select(
            OutboxRow.name,
            func.count().filter(is_due),
            given_up,
            func.min(OutboxRow.run_at).filter(is_due),
        )
        .where(or_(is_due, _is_given_up()))
        .group_by(OutboxRow.name)
        .order_by(given_up.desc(), func.count().desc(), OutboxRow.name)
    )
    return [JobFigures(*row) for row in rows]


def happened_since(since: dt.datetime) -> dict[str, int]:
    """How often each of the acts in COUNTED was noted in the audit trail since then."""
    rows = db.session.execute(
        select(AuditEntry.action, func.count())
        .where(AuditEntry.at >= since, AuditEntry.action.in_(COUNTED))
        .group_by(AuditEntry.action)
    )
    return dict.fromkeys(COUNTED, 0) | {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """One page of rows in a state, the newest first, and whether there are more."""

    rows: Sequence[Row[Any]]
    pages: int


def outbox_page(state: str, *, name: str = "", page: int = 1) -> OutboxPage:
    """Rows in `state`, perhaps of one job only, without their arguments' meaning: ids only."""
    where = [OutboxRow.state == state, *([OutboxRow.name == name] if name else [])]
    # Counted so far and no further: among what is done are the rows of days.
    some = select(OutboxRow.id).where(*where).limit(MOST_COUNTED).subquery()
    total = db.session.scalar(select(func.count()).select_from(some)) or 0
    rows = db.session.execute(
        select(*_COLUMNS).where(*where).order_by(OutboxRow.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    ).all()
    return OutboxPage(rows, max(1, -(-total // PER_PAGE)))


def outbox_rows(state: str, limit: int) -> Sequence[Row[Any]]:
    """The newest rows in `state`, for the command line."""
    return db.session.execute(
        select(*_COLUMNS).where(OutboxRow.state == state).order_by(OutboxRow.id.desc()).limit(limit)
    ).all()


def _is_given_up() -> ColumnElement[bool]:
    """Dead, and not made good since: the next run of what runs by itself is its next try."""
    later_run = aliased(OutboxRow)
    made_good = (
        select(later_run.id)
        .where(later_run.name == OutboxRow.name, later_run.id > OutboxRow.id, later_run.state == "done")
        .exists()
    )
    return and_(
        OutboxRow.state == "dead", or_(~OutboxRow.key.startswith(PERIODIC), OutboxRow.key.is_(None), ~made_good)
    )


@functools.cache
def _heads() -> set[str]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return set(ScriptDirectory.from_config(config).get_heads())
