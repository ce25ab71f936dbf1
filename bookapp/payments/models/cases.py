"""What a person has to look at: the queue of money matters at the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class MoneyCase(db.Model):
    """One matter, open until a person closes it or it resolves itself. `subject` is like "refund:17"."""

    __tablename__ = "money_case"

    id: Mapped[pk]
    kind: Mapped[str]
    subject: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="")
    merchant_id: Mapped[ref_id | None] = mapped_column(ForeignKey("merchant.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    opened_at: Mapped[created_at]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        CheckConstraint(
            "kind IN ('refund_failed', 'refund_unclear', 'payment_unclear', 'wrong_amount', 'dispute', 'difference',"
            " 'rest_unpaid', 'payment_bounced')",
            name="kind",
        ),
        Index(
            "uq_money_case_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_money_case_reference", "reference", postgresql_where=text("reference <> ''")),
        Index("ix_money_case_merchant_id_opened_at", "merchant_id", "opened_at"),
    )
