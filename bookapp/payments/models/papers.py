"""Invoices, credit notes and statements: what was said on paper stays as it was said."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id
from bookapp.values.money import Money


class PaperSeries(db.Model):
    """The last number a merchant's invoices or credit notes have come to; its row is locked to give the next."""

    __tablename__ = "paper_series"

    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[ref_id] = mapped_column(server_default="0")

    __table_args__ = (CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),)


class Paper(db.Model):
    """An invoice or a credit note. `facts` holds seller, buyer, lines and tax as they were; `cause` makes it once."""

    __tablename__ = "paper"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"))
    kind: Mapped[str]
    number: Mapped[ref_id]
    reference: Mapped[str] = mapped_column(index=True)
    cause: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    total_minor: Mapped[ref_id]
    facts: Mapped[dict[str, Any]]
    issued_at: Mapped[dt.datetime]

    __table_args__ = (
        UniqueConstraint("merchant_id", "kind", "number"),
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
    )

    @property
    def total(self) -> Money:
        """What it is over; of a credit note, what it takes back."""
        return Money(self.total_minor, self.currency)


class Statement(db.Model):
    """What a merchant earned and was paid in one month (UTC months of the ledger), in one currency."""

    __tablename__ = "statement"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"))
    month: Mapped[dt.date]
    currency: Mapped[str]
    opening_minor: Mapped[ref_id]
    closing_minor: Mapped[ref_id]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[created_at]
    paid_out_at: Mapped[dt.datetime | None]
    paid_out_by: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("merchant_id", "month", "currency"),
        Index("ix_statement_month", "month"),
    )

    @property
    def opening(self) -> Money:
        """What the merchant was owed when the month began."""
        return Money(self.opening_minor, self.currency)

    @property
    def closing(self) -> Money:
        """What the merchant was owed when the month ended."""
        return Money(self.closing_minor, self.currency)
