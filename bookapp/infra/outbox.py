"""Work promised in a transaction is a row of it. PostgreSQL is the truth, Redis the doorbell.

`later` writes the row; after the commit RQ is rung with its id; the scheduler rings again for rows nobody took. A row
is `due` until a worker has `done` it; one that failed for good is `dead` and waits for a person (`flask outbox`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog
from sqlalchemy import CheckConstraint, DateTime, Index, Text, bindparam, cast, event, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from bookapp.infra import clock, queue
from bookapp.infra.db import created_at, db, pk

_TO_RING = "bookapp.outbox_ids"


class OutboxRow(db.Model):
    """One piece of promised work: the name of its job and the ids it needs."""

    __tablename__ = "outbox"

    id: Mapped[pk]
    name: Mapped[str]
    args: Mapped[list[Any]] = mapped_column(JSONB)
    key: Mapped[str | None] = mapped_column(unique=True)
    request_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="due")
    run_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    lease_until: Mapped[dt.datetime | None]
    nudged_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[created_at]
    finished_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('due', 'done', 'dead')", name="state"),
        Index("ix_outbox_due", "run_at", postgresql_where=text("state = 'due'")),
        Index("ix_outbox_dead", "id", postgresql_where=text("state = 'dead'")),
        Index("ix_outbox_finished", "finished_at", postgresql_where=text("state = 'done'")),
    )


_TABLE = OutboxRow.__table__
_PROMISE = (
    insert(_TABLE)
    .from_select(
        ["name", "args", "key", "request_id", "run_at"],
        select(
            bindparam("job", type_=Text),
            bindparam("with_args", type_=JSONB),
            bindparam("once", type_=Text),
            bindparam("asked_by", type_=Text),
            func.coalesce(cast(bindparam("due_at"), DateTime(timezone=True)), func.now()),
        ),
    )
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(_TABLE.c.id)
)


def later(name: str, *args: Any, run_at: dt.datetime | None = None, key: str | None = None) -> int | None:
    """Promise that the job `name` runs with `args` (ids) once this transaction has committed.

    `run_at` (aware UTC) puts it off; `key` makes it once only: a second promise with the same key is dropped and None
    is returned. Otherwise returns the id of the row.
    """
    row_id = db.session.execute(
        _PROMISE,
        {
            "job": name,
            "with_args": list(args),
            "once": key,
            "asked_by": structlog.contextvars.get_contextvars().get("request_id"),
            "due_at": run_at,
        },
    ).scalar_one_or_none()
    if row_id is not None and (run_at is None or run_at <= clock.now()):
        db.session().info.setdefault(_TO_RING, []).append(row_id)
    return row_id


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    ids = session.info.pop(_TO_RING, None)
    if ids:
        queue.ring(ids)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    if previous.nested is False:
        session.info.pop(_TO_RING, None)
