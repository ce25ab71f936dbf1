"""Invitations to work for a merchant, and applications to become one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class Invitation(db.Model):
    """Whoever opens the mailed link as `email` gets `role`. Only the hash of the link's token is kept.

    Renewing replaces the token; `sent_count` says how many letters went. `facilitator_id` is the person of the
    catalogue whose account this becomes.
    """

    __tablename__ = "invitation"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"))
    email: Mapped[str]
    role: Mapped[str]
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"), index=True)
    facilitator_id: Mapped[ref_id | None] = mapped_column(ForeignKey("facilitator.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    sent_at: Mapped[dt.datetime]
    sent_count: Mapped[int] = mapped_column(server_default="1")
    expires_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    accepted_by: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    withdrawn_at: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("role IN ('owner', 'manager', 'facilitator')", name="role"),
        CheckConstraint("venue_id IS NULL OR role = 'manager'", name="venue_of_manager"),
        CheckConstraint("facilitator_id IS NULL OR role = 'facilitator'", name="person_of_facilitator"),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        Index("ix_invitation_merchant_id_sent_at", "merchant_id", "sent_at"),
        # One letter under way for one role: asking again renews it.
        Index(
            "uq_invitation_open",
            "merchant_id",
            "email",
            "role",
            "venue_id",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )


class MerchantApplication(db.Model):
    """Somebody would like to sell here: what, where, and in which money and time. One open one per person."""

    __tablename__ = "merchant_application"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    about: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    currency: Mapped[str]
    zone: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="open")
    # What the applicant was told, when it was refused.
    reason: Mapped[str] = mapped_column(server_default="")
    merchant_id: Mapped[ref_id | None] = mapped_column(ForeignKey("merchant.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[created_at]
    decided_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('open', 'approved', 'refused')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index("uq_merchant_application_open", "user_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_merchant_application_open", "created_at", postgresql_where=text("state = 'open'")),
    )
