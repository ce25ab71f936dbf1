"""Do what the outbox promised, here and now, as a worker would."""

from __future__ import annotations

from sqlalchemy import select

from bookapp.infra import claims
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import registered


def promised(name: str) -> list[list[object]]:
    """The arguments of every row with this name, oldest first."""
    return list(db.session.scalars(select(OutboxRow.args).where(OutboxRow.name == name).order_by(OutboxRow.id)))


def work_off(*names: str) -> int:
    """Run the due rows with these names, and those they promise in turn; returns how many were run."""
    done = 0
    while True:
        ids = db.session.scalars(
            select(OutboxRow.id).where(OutboxRow.state == "due", OutboxRow.name.in_(names)).order_by(OutboxRow.id)
        ).all()
        if not ids:
            return done
        for row_id in ids:
            held = claims.claim(row_id)
            assert held is not None
            job = registered(held.name)
            assert job is not None
            job.handler(*held.args)
            claims.done(held)
            done += 1
