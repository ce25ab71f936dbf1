"""What other programs told facilitators, and the tokens by which they may."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class NotifyToken(db.Model):
    """Who holds it may write into the inboxes of one merchant's facilitators; without a merchant, into everybody's."""

    __tablename__ = "notify_token"

    id: Mapped[pk]
    name: Mapped[str]
    merchant_id: Mapped[ref_id | None] = mapped_column(ForeignKey("merchant.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[created_at]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class Notification(db.Model):
    """One line in a facilitator's inbox, as it came in; `booking_id` is the sender's own number.

    Without a token it is the word of this application itself (or of its other half, in a process of its own).
    """

    __tablename__ = "notification"

    id: Mapped[pk]
    token_id: Mapped[ref_id | None] = mapped_column(ForeignKey("notify_token.id"))
    key: Mapped[str | None]
    facilitator_id: Mapped[ref_id] = mapped_column(ForeignKey("facilitator.id"))
    booking_id: Mapped[ref_id]
    kind: Mapped[str]
    user_name: Mapped[str]
    event: Mapped[str]
    created_at: Mapped[created_at]
    read_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('confirmed', 'moved', 'cancelled')", name="kind"),
        # The same one again (product.md "Doors"): by its key; without a key by what it is about.
        Index(
            "uq_notification_key", "token_id", "key", unique=True, postgresql_nulls_not_distinct=True,
            postgresql_where=text("key IS NOT NULL"),
        ),
        Index(
            "uq_notification_about", "token_id", "booking_id", "facilitator_id", "kind", unique=True,
            postgresql_nulls_not_distinct=True, postgresql_where=text("key IS NULL"),
        ),
        Index("ix_notification_booking_id", "booking_id"),
        Index("ix_notification_unread", "facilitator_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notification_read", "facilitator_id", "id", postgresql_where=text("read_at IS NOT NULL")),
    )  # fmt: skip
