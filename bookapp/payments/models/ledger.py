"""The ledger: double entry, append only. Money moves between accounts; it is never made or lost.

Signs: what we owe is positive (a customer's wallet, a merchant's receivable), what others hold for us is negative
(a gateway's clearing account), so that all entries sum to zero. Only `payments.actions.ledger` writes here.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.infra.db import created_at, db, pk, ref_id
from bookapp.values.money import Money


class Account(db.Model):
    """Where money can stand. `owner_id` is a user (wallet, reserved) or a merchant (receivable).

    "reserved" is wallet money that an open payment has taken aside; "clearing" is what `gateway` holds for us;
    "platform" is the house's own.
    """

    __tablename__ = "ledger_account"

    id: Mapped[pk]
    kind: Mapped[str]
    owner_id: Mapped[ref_id | None]
    gateway: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str]
    balance_minor: Mapped[ref_id] = mapped_column(server_default="0")
    created_at: Mapped[created_at]

    __table_args__ = (
        UniqueConstraint("kind", "owner_id", "gateway", "currency", postgresql_nulls_not_distinct=True),
        CheckConstraint("kind IN ('wallet', 'reserved', 'receivable', 'clearing', 'platform')", name="kind"),
        CheckConstraint("(kind IN ('wallet', 'reserved', 'receivable')) = (owner_id IS NOT NULL)", name="owner"),
        CheckConstraint("(kind = 'clearing') = (gateway <> '')", name="gateway"),
        CheckConstraint("kind NOT IN ('wallet', 'reserved') OR balance_minor >= 0", name="never_below_zero"),
    )

    @property
    def balance(self) -> Money:
        """The sum of its entries."""
        return Money(self.balance_minor, self.currency)


class Transfer(db.Model):
    """One reason for money to move, once per (kind, cause). Its entries are grouped into legs, each summing to zero."""

    __tablename__ = "transfer"

    id: Mapped[pk]
    kind: Mapped[str]
    cause: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="completed")
    amount_minor: Mapped[ref_id]
    currency: Mapped[str]
    # Whose wallet it shows in, and the booking it is about.
    user_id: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"))
    merchant_id: Mapped[ref_id | None] = mapped_column(ForeignKey("merchant.id"))
    reference: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[created_at]
    finished_at: Mapped[dt.datetime | None]

    entries: Mapped[list[LedgerEntry]] = relationship(order_by="LedgerEntry.id", lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("kind", "cause"),
        CheckConstraint("kind IN ('payment', 'refund', 'credit', 'debit', 'adjustment', 'payout')", name="kind"),
        CheckConstraint("state IN ('pending', 'completed', 'failed')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_transfer_user_id_created_at", "user_id", "created_at"),
        Index("ix_transfer_merchant_id_created_at", "merchant_id", "created_at"),
        Index("ix_transfer_reference", "reference", postgresql_where=text("reference <> ''")),
    )

    @property
    def amount(self) -> Money:
        """How much moves."""
        return Money(self.amount_minor, self.currency)


class LedgerEntry(db.Model):
    """One line of one account. `leg` is "post"; what is first reserved has "reserve", then "capture" or "release"."""

    __tablename__ = "ledger_entry"

    id: Mapped[pk]
    transfer_id: Mapped[ref_id] = mapped_column(ForeignKey("transfer.id"))
    leg: Mapped[str] = mapped_column(server_default="post")
    account_id: Mapped[ref_id] = mapped_column(ForeignKey("ledger_account.id"))
    amount_minor: Mapped[ref_id]
    created_at: Mapped[created_at]

    __table_args__ = (
        UniqueConstraint("transfer_id", "leg", "account_id"),
        CheckConstraint("amount_minor <> 0", name="amount"),
        CheckConstraint("leg IN ('post', 'reserve', 'capture', 'release')", name="leg"),
        Index("ix_ledger_entry_account_id_id", "account_id", "id"),
    )
