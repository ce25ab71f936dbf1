"""The books of the sandbox provider: what it was asked to collect and to send back. No real money is behind it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, ref_id


class SandboxCharge(db.Model):
    """The sandbox provider's own books: what it was asked to collect. No real money is behind it."""

    __tablename__ = "sandbox_charge"

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default="open")
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    description: Mapped[str]
    return_url: Mapped[str]
    cancel_url: Mapped[str]
    expires_at: Mapped[dt.datetime]
    created_at: Mapped[created_at]

    __table_args__ = (CheckConstraint("state IN ('open', 'paid', 'failed', 'expired')", name="state"),)


class SandboxRefund(db.Model):
    """The sandbox provider's refunds: one per key, never more in sum than the charge."""

    __tablename__ = "sandbox_refund"

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(unique=True)
    charge_id: Mapped[str] = mapped_column(ForeignKey("sandbox_charge.id"), index=True)
    amount_minor: Mapped[ref_id]
    created_at: Mapped[created_at]

    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)
