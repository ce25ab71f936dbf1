"""Verbs of running the place."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, delete, or_, update

from bookapp.audit.actions import Doer, record
from bookapp.identity.actions.forgetting import forget_expired
from bookapp.infra import idempotency
from bookapp.infra.claims import PERIODIC
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow

# A key makes work once only, so its row is kept for as long as anybody might promise the same again.
KEPT_DONE = dt.timedelta(days=7)
KEPT_WITH_KEY = dt.timedelta(days=90)
KEPT_PERIODIC = dt.timedelta(days=1)


@action
def retry(actor: Doer, row_ids: list[int], *, now: dt.datetime) -> int:
    """Make dead rows due again, with all their tries; returns how many were dead."""
    revived = db.session.scalars(
        update(OutboxRow)
        .where(OutboxRow.id.in_(row_ids), OutboxRow.state == "dead")
        .values(state="due", attempts=0, run_at=now, lease_until=None, nudged_at=None, finished_at=None)
        .returning(OutboxRow.id)
    ).all()
    for row_id in revived:
        record(actor, "outbox.retried", f"outbox:{row_id}")
    return len(revived)


@action
def forget_old(*, now: dt.datetime) -> dict[str, int]:
    """Drop what nobody may rely on any more: settled rows, used keys, expired links. Returns how many of each."""
    is_periodic = OutboxRow.key.startswith(PERIODIC)
    rows = db.session.scalars(
        delete(OutboxRow)
        .where(
            or_(
                and_(OutboxRow.state == "done", OutboxRow.key.is_(None), OutboxRow.finished_at < now - KEPT_DONE),
                and_(OutboxRow.state == "done", OutboxRow.finished_at < now - KEPT_WITH_KEY),
                and_(is_periodic, OutboxRow.state != "due", OutboxRow.finished_at < now - KEPT_PERIODIC),
            )
        )
        .returning(OutboxRow.id)
    ).all()
    return {
        "outbox": len(rows),
        "idempotency_keys": idempotency.forget_old(now),
        "identity": forget_expired(now=now),
    }
