"""The audit trail. The database refuses to change or remove a row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk


class AuditEntry(db.Model):
    """`actor` did `action` to `subject`, for `reason`; `facts` are before and after where that says more."""

    __tablename__ = "audit_entry"

    id: Mapped[pk]
    at: Mapped[created_at]
    actor: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    # The admin who acted as that user.
    impersonator_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    reason: Mapped[str | None]
    request_id: Mapped[str | None]

    __table_args__ = (
        Index("ix_audit_entry_subject_at", "subject", "at"),
        # Rows are written in the order of time and never change, so that a summary of blocks finds a day of years.
        Index("ix_audit_entry_at", "at", postgresql_using="brin"),
        Index("ix_audit_entry_override", "id", postgresql_where=text("facts ? 'override'")),
        Index("ix_audit_entry_user_id_at", "user_id", "at", postgresql_where=text("user_id IS NOT NULL")),
        Index(
            "ix_audit_entry_impersonator_id_at",
            "impersonator_id",
            "at",
            postgresql_where=text("impersonator_id IS NOT NULL"),
        ),
    )
