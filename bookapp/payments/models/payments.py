"""Payments, refunds, disputes, and what providers told us."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.infra.db import created_at, db, pk, ref_id
from bookapp.values.money import Money

# The states of a payment whose money is here.
WITH_MONEY = ("succeeded", "disputed", "won")


class Payment(db.Model):
    """One attempt to collect `amount` for `reference` (a booking's ref). `key` is what the provider gets as its key.

    `purpose` says which of a booking's sums it is: "booking" (what is due at the hold), "rest" (what a deposit left
    open) or "change:<id>" (the difference of a move). `beside_id` is on the wallet's part of a mixed payment and names
    the card's part: both settle or neither.
    """

    __tablename__ = "payment"

    id: Mapped[pk]
    key: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    reference: Mapped[str] = mapped_column(index=True)
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"))
    gateway: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="booking")
    beside_id: Mapped[ref_id | None] = mapped_column(ForeignKey("payment.id"))
    # Whose wallet pays, for the gateway "wallet".
    user_id: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"))
    provider_id: Mapped[str | None]
    # What refunds go against, where that is not what was opened: Stripe's payment intent, Razorpay's payment.
    capture_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="pending")
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    payer_email: Mapped[str] = mapped_column(server_default="")
    # What really arrived, when it is not what was asked for: such a payment counts for nothing and goes back whole.
    received_minor: Mapped[ref_id | None]
    received_currency: Mapped[str | None]
    url: Mapped[str | None]
    failure: Mapped[str | None]
    closes_at: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    refunds: Mapped[list[Refund]] = relationship(order_by="Refund.id", lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("gateway", "provider_id"),
        CheckConstraint(
            "state IN ('pending', 'succeeded', 'failed', 'abandoned', 'disputed', 'won', 'lost')", name="state"
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(gateway = 'wallet') = (user_id IS NOT NULL)", name="wallet_has_owner"),
        CheckConstraint("(received_minor IS NULL) = (received_currency IS NULL)", name="received"),
        Index("ix_payment_beside_id", "beside_id", postgresql_where=text("beside_id IS NOT NULL")),
        Index("ix_payment_merchant_id_settled_at", "merchant_id", "settled_at"),
        Index("ix_payment_open", "closes_at", postgresql_where=text("state = 'pending'")),
    )

    @property
    def amount(self) -> Money:
        """What was asked for."""
        return Money(self.amount_minor, self.currency)

    @property
    def received(self) -> Money:
        """What arrived: what was asked for, unless the provider said otherwise."""
        if self.received_minor is None or self.received_currency is None:
            return self.amount
        return Money(self.received_minor, self.received_currency)

    @property
    def has_money(self) -> bool:
        """Whether the provider has the money (a disputed payment's is frozen, not gone)."""
        return self.state in WITH_MONEY

    @property
    def counts(self) -> bool:
        """Whether it pays for something: a wrong amount does not, it goes back whole."""
        return self.has_money and self.received_minor is None


class Refund(db.Model):
    """Part of a payment on its way back. `cause` makes it happen once; `key` is what the provider gets as its key.

    `destination` is "original" (where it came from) or "wallet" (at once, into the payer's wallet).
    """

    __tablename__ = "refund"

    id: Mapped[pk]
    key: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    payment_id: Mapped[ref_id] = mapped_column(ForeignKey("payment.id"))
    cause: Mapped[str]
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    destination: Mapped[str] = mapped_column(server_default="original")
    # Into whose wallet, when that is the destination.
    user_id: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(server_default="initiated")
    # Why, in the words of the person who gave it; empty when the terms did.
    reason: Mapped[str] = mapped_column(server_default="")
    provider_id: Mapped[str | None]
    failure: Mapped[str | None]
    refunded_at: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    payment: Mapped[Payment] = relationship(back_populates="refunds", lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("payment_id", "cause"),
        CheckConstraint("state IN ('initiated', 'processed', 'failed')", name="state"),
        CheckConstraint("destination IN ('original', 'wallet')", name="destination"),
        Index("ix_refund_open", "created_at", postgresql_where=text("state <> 'processed'")),
        Index("ix_refund_provider_id", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money(self.amount_minor, self.currency)


class Dispute(db.Model):
    """A payer's bank takes a payment back. While it is open the payment's refunds wait."""

    __tablename__ = "dispute"

    id: Mapped[pk]
    payment_id: Mapped[ref_id] = mapped_column(ForeignKey("payment.id"), index=True)
    provider_id: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]

    __table_args__ = (
        UniqueConstraint("payment_id", "provider_id"),
        CheckConstraint("state IN ('open', 'won', 'lost')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )


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

    __table_args__ = (
        UniqueConstraint("gateway", "event_id"),
        Index("ix_webhook_event_waiting", "id", postgresql_where=text("processed_at IS NULL")),
    )
