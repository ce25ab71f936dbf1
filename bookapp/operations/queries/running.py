"""Reads: is everything there, and what waits in the outbox."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from redis import RedisError
from sqlalchemy import Row, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import doorbell
from config import ROOT

UNDEFINED_TABLE = "42P01"
STATES = ("due", "done", "dead")


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
    minute_ago = now - dt.timedelta(minutes=1)
    is_due = OutboxRow.state == "due"
    due, late, dead, oldest = db.session.execute(
        select(
            func.count().filter(is_due, OutboxRow.run_at <= now),
            func.count().filter(is_due, OutboxRow.run_at <= minute_ago),
            func.count().filter(OutboxRow.state == "dead"),
            func.min(OutboxRow.run_at).filter(is_due, OutboxRow.run_at <= now),
        ).where(OutboxRow.state.in_(("due", "dead")))
    ).one()
    age = (now - oldest).total_seconds() if oldest else 0.0
    return {"due": due, "late": late, "dead": dead, "oldest_due_seconds": age}


def outbox_rows(state: str, limit: int) -> Sequence[Row[Any]]:
    """The newest rows in `state`, without their arguments' meaning: ids only."""
    return db.session.execute(
        select(
            OutboxRow.id, OutboxRow.name, OutboxRow.args, OutboxRow.state, OutboxRow.attempts, OutboxRow.run_at,
            OutboxRow.lease_until, OutboxRow.last_error, OutboxRow.request_id, OutboxRow.created_at,
        )
        .where(OutboxRow.state == state)
        .order_by(OutboxRow.id.desc())
        .limit(limit)
    ).all()  # fmt: skip


@functools.cache
def _heads() -> set[str]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return set(ScriptDirectory.from_config(config).get_heads())
