"""Our side of the comparison with a provider's books."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from bookapp.audit.models import AuditEntry
from bookapp.infra.db import db
from bookapp.payments.models import MoneyCase, Payment, Refund
from bookapp.payments.states import CaseKind

RUN = "reconciliation.run"
# Paid by a person outside the provider: nothing there can belong to it.
BY_HAND = "by_hand"


def payments_to_compare(
    gateway: str, keys: Collection[uuid.UUID], ids: Collection[str], since: dt.datetime, until: dt.datetime
) -> list[Payment]:
    """The payments a provider listed, by our key or its id, and every other one begun in that time."""
    return list(
        db.session.scalars(
            select(Payment)
            .where(
                Payment.gateway == gateway,
                or_(
                    Payment.key.in_(keys),
                    Payment.capture_id.in_(ids),
                    Payment.provider_id.in_(ids),
                    Payment.created_at.between(since, until),
                ),
            )
            .execution_options(populate_existing=True)
        )
    )


def refunds_to_compare(
    gateway: str, keys: Collection[uuid.UUID], ids: Collection[str], since: dt.datetime, until: dt.datetime
) -> list[Refund]:
    """The refunds a provider listed, and every other one that we think it made in that time; with their payments."""
    return list(
        db.session.scalars(
            select(Refund)
            .join(Refund.payment)
            .options(contains_eager(Refund.payment))
            .where(
                Payment.gateway == gateway,
                Refund.destination == "original",
                Refund.provider_id.is_distinct_from(BY_HAND),
                or_(Refund.key.in_(keys), Refund.provider_id.in_(ids), Refund.refunded_at.between(since, until)),
            )
            .execution_options(populate_existing=True)
        )
    )


def open_differences(gateway: str) -> list[str]:
    """The subjects of the open cases that a comparison with this provider has opened."""
    return list(
        db.session.scalars(
            select(MoneyCase.subject).where(
                MoneyCase.kind == CaseKind.DIFFERENCE,
                MoneyCase.closed_at.is_(None),
                MoneyCase.facts["gateway"].astext == gateway,
            )
        )
    )


def last_runs(limit: int = 20) -> Sequence[AuditEntry]:
    """The latest comparisons, newest first; what each found is in its facts."""
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.action == RUN, AuditEntry.subject.startswith("gateway:"))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    ).all()
