"""Do what the outbox promised, here and now, as a worker would."""

from __future__ import annotations

from sqlalchemy import select

from bookapp.infra import claims
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import Later, registered


def promised(name: str) -> list[list[object]]:
    """The arguments of every row with this name, oldest first."""
    return list(db.session.scalars(select(OutboxRow.args).where(OutboxRow.name == name).order_by(OutboxRow.id)))


def work_off(*names: str) -> int:
    """Run the due rows with these names, and those they promise in turn; returns how many were run.

    A job that asks to be run again later stays due, for the next call.
    """
    done, later = 0, set[int]()
    while True:
        due = select(OutboxRow.id).where(OutboxRow.state == "due", OutboxRow.name.in_(names)).order_by(OutboxRow.id)
        ids = [row_id for row_id in db.session.scalars(due) if row_id not in later]
        if not ids:
            return done
        for row_id in ids:
            held = claims.claim(row_id)
            assert held is not None
            job = registered(held.name)
            assert job is not None
            try:
                job.handler(*held.args)
            except Later:
                claims.postponed(held, 0)
                later.add(row_id)
                continue
            claims.done(held)
            done += 1
