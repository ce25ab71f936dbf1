"""The queue of the desk: what nobody but a person can decide is a case, open until it is decided or resolves itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import Doer, record
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import action, db
from bookapp.payments import queries
from bookapp.payments.events import PaymentClosed, PaymentSettled, RefundFailed, RefundProcessed
from bookapp.payments.models import MoneyCase
from bookapp.payments.states import CaseKind


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
def hear_refund_failed(event: RefundFailed) -> None:
    """A refund that will not arrive by itself: the queue grows by one (guarantees.md 15)."""
    refund = queries.refund_by_id(event.refund_id)
    open_case(
        CaseKind.REFUND_FAILED,
        f"refund:{refund.id}",
        reference=event.reference,
        merchant_id=refund.payment.merchant_id,
        facts={"amount_minor": refund.amount_minor, "currency": refund.currency, "failure": refund.failure or ""},
        now=event.now,
    )
    close_case(CaseKind.REFUND_UNCLEAR, f"refund:{refund.id}", note="failed", now=event.now)


@action
def hear_refund_processed(event: RefundProcessed) -> None:
    """The answer came after all."""
    close_case(CaseKind.REFUND_UNCLEAR, f"refund:{event.refund_id}", note="processed", now=event.now)


@action
def hear_payment_ended(event: PaymentSettled | PaymentClosed) -> None:
    """The answer came after all. One that bounced is somebody's to look at, until it is paid another way."""
    note = "succeeded" if isinstance(event, PaymentSettled) else "closed"
    close_case(CaseKind.PAYMENT_UNCLEAR, f"payment:{event.payment_id}", note=note, now=event.now)
    if isinstance(event, PaymentSettled):
        for bounced_id in queries.failed_before(event.payment_id):
            close_case(CaseKind.BOUNCED, f"payment:{bounced_id}", note="paid", now=event.now)
    elif event.bounced:
        payment = queries.payment_by_id(event.payment_id)
        open_case(
            CaseKind.BOUNCED,
            f"payment:{payment.id}",
            reference=payment.reference,
            merchant_id=payment.merchant_id,
            facts={
                "amount_minor": payment.amount_minor, "currency": payment.currency, "failure": payment.failure or "",
            },
            now=event.now,
        )  # fmt: skip
