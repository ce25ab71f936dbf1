"""The queue of the desk: what nobody but a person can decide is a case, open until it is decided or resolves itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import Doer, record
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import action, db
from bookapp.payments import queries
from bookapp.payments.errors import CaseClosed
from bookapp.payments.models import MoneyCase


@action
def open_case(
    kind: str,
    subject: str,
    *,
    reference: str = "",
    merchant_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
    now: dt.datetime,
) -> int | None:
    """Put `subject` ("refund:17") into the queue; None while a case of this kind about it is open already.

    `reference` is the booking's ref, `merchant_id` whose owner sees it too; `facts` (JSON values, nothing personal) say
    what was found. Raises IntegrityError for a kind that is none of `states.CaseKind`.
    """
    case_id: int | None = db.session.scalar(
        insert(MoneyCase)
        .values(
            kind=kind,
            subject=subject,
            reference=reference,
            merchant_id=merchant_id,
            facts=dict(facts or {}),
            opened_at=now,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject"], index_where=text("closed_at IS NULL"))
        .returning(MoneyCase.id)
    )
    if case_id is not None:
        record(SYSTEM, "case.opened", f"case:{case_id}", {"kind": kind, "subject": subject, "reference": reference})
    return case_id


@action
def close_case(kind: str, subject: str, *, note: str = "", actor: Doer = SYSTEM, now: dt.datetime) -> bool:
    """The matter is settled: close the open case of this kind about `subject`; False when there is none."""
    case_id = db.session.scalar(
        update(MoneyCase)
        .where(MoneyCase.kind == kind, MoneyCase.subject == subject, MoneyCase.closed_at.is_(None))
        .values(closed_at=now, closed_by=actor.label, note=note)
        .returning(MoneyCase.id)
        .execution_options(synchronize_session=False)
    )
    if case_id is None:
        return False
    record(actor, "case.closed", f"case:{case_id}", {"kind": kind, "subject": subject}, reason=note or None)
    return True


@action
def close_by_hand(actor: Actor, case_id: int, *, note: str, now: dt.datetime) -> None:
    """A person has decided, and says how. Raises NotFound for a case that is not theirs, CaseClosed if it is over."""
    case = queries.case_by_id(case_id, visible_to_actor=actor)
    if not close_case(case.kind, case.subject, note=note, actor=actor, now=now):
        raise CaseClosed
