"""Calendar feeds: a secret address that a calendar program reads again and again."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class CalendarFeed(db.Model):
    """One address of `user_id`: their "hosting" (a facilitator's day) or their own "bookings". Its token is not kept.

    It is void once the user's version is another one: a new password, or "sign out everywhere".
    """

    __tablename__ = "calendar_feed"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_version: Mapped[int]
    created_at: Mapped[created_at]

    __table_args__ = (
        UniqueConstraint("user_id", "kind"),
        CheckConstraint("kind IN ('hosting', 'bookings')", name="kind"),
    )
