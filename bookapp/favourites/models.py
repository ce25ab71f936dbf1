"""What a customer keeps."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class Favourite(db.Model):
    """One room or one venue, kept by one user."""

    __tablename__ = "favourite"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"))
    created_at: Mapped[created_at]

    __table_args__ = (
        UniqueConstraint("user_id", "room_id", "venue_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("num_nonnulls(room_id, venue_id) = 1", name="one_thing"),
    )
