"""Payments, refunds, what providers told us, and the books of the sandbox provider."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.infra.db import created_at, db, pk, ref_id
from bookapp.values.money import Money


class Payment(db.Model):
    """One attempt to collect `amount` for `reference` (a booking's ref). `key` is what the provider gets as its key."""

    __tablename__ = "payment"

    id: Mapped[pk]
    key: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    reference: Mapped[str] = mapped_column(index=True)
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"))
    gateway: Mapped[str]
    provider_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="pending")
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    payer_email: Mapped[str] = mapped_column(server_default="")
    url: Mapped[str | None]
    closes_at: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    refunds: Mapped[list[Refund]] = relationship(order_by="Refund.id", lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("gateway", "provider_id"),
        CheckConstraint("state IN ('pending', 'succeeded', 'failed', 'abandoned')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_payment_open", "closes_at", postgresql_where=text("state = 'pending'")),
    )

    @property
    def amount(self) -> Money:
        """What was asked for."""
        return Money(self.amount_minor, self.currency)


class Refund(db.Model):
    """Part of a payment on its way back. `cause` makes it happen once; `key` is what the provider gets as its key."""

    __tablename__ = "refund"

    id: Mapped[pk]
    key: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    payment_id: Mapped[ref_id] = mapped_column(ForeignKey("payment.id"))
    cause: Mapped[str]
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="initiated")
    provider_id: Mapped[str | None]
    failure: Mapped[str | None]
    refunded_at: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    payment: Mapped[Payment] = relationship(back_populates="refunds", lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("payment_id", "cause"),
        CheckConstraint("state IN ('initiated', 'processed', 'failed')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money(self.amount_minor, self.currency)


class WebhookEvent(db.Model):
    """What a provider told us, stored once by its own event id."""

    __tablename__ = "webhook_event"

    id: Mapped[pk]
    gateway: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[created_at]
    processed_at: Mapped[dt.datetime | None]

    __table_args__ = (UniqueConstraint("gateway", "event_id"),)


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
