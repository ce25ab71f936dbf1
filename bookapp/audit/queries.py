"""Reads of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.infra.db import db

_MOST = 100


def story_of(subject: str) -> Sequence[AuditEntry]:
    """What happened to one record, oldest first."""
    return db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.at, AuditEntry.id).limit(_MOST)
    ).all()
