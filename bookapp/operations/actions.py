"""Verbs of running the place."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, delete, or_, update

from bookapp.audit.actions import Doer, record
from bookapp.identity.actions.forgetting import forget_expired
from bookapp.infra import idempotency, outbox
from bookapp.infra.claims import PERIODIC
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow
from bookapp.operations import queries
from bookapp.operations.queries import Difference
from bookapp.payments.actions import close_case, open_case
from bookapp.payments.queries import decided_differences, open_subjects
from bookapp.payments.states import CaseKind

# A key makes work once only, so its row is kept for as long as anybody might promise the same again.
KEPT_DONE = dt.timedelta(days=7)
KEPT_WITH_KEY = dt.timedelta(days=90)
KEPT_PERIODIC = dt.timedelta(days=1)
# What is under way when the books are checked is done by then; what is still wrong is wrong.
LOOK_AGAIN = dt.timedelta(minutes=10)
BOOKS = "books:"


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


@action
def check_books(*, now: dt.datetime) -> list[Difference]:
    """Look for differences in the books. They become cases when they are still there in ten minutes."""
    found = queries.differences()
    outbox.later("operations.confirm_differences", [one.subject for one in found], run_at=now + LOOK_AGAIN)
    return found


@action
def confirm_differences(suspected: list[str], *, now: dt.datetime) -> int:
    """Open a case for each difference that was `suspected` and is there; close those of old ones that are gone.

    What a person has looked at and closed is not asked again. Returns how many there are.
    """
    found = {one.subject: one for one in queries.differences()}
    for subject in open_subjects(CaseKind.DIFFERENCE, BOOKS):
        if subject not in found:
            close_case(CaseKind.DIFFERENCE, subject, note="agrees", now=now)
    there = [found[subject] for subject in suspected if subject in found]
    decided = decided_differences([one.subject for one in there])
    for one in there:
        if (one.subject, one.rule.words) in decided:
            continue
        ref = str(one.facts.get("ref", ""))
        facts = {"what": one.rule.words, "rows": {name: str(value) for name, value in one.facts.items()}}
        open_case(CaseKind.DIFFERENCE, one.subject, reference=ref, facts=facts, now=now)
    return len(there)
