"""Reviews. The sums on rooms, services and people are kept by `reviews.actions`."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class Review(db.Model):
    """1 to 5 stars and a text, about a room or a service (and the person who gave it)."""

    __tablename__ = "review"

    id: Mapped[pk]
    booking_id: Mapped[ref_id] = mapped_column(ForeignKey("booking.id"), unique=True)
    customer_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id"))
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id"))
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id"))
    facilitator_id: Mapped[ref_id | None] = mapped_column(ForeignKey("facilitator.id"))
    author: Mapped[str]
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="published")
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint("state IN ('published', 'hidden')", name="state"),
        CheckConstraint("num_nonnulls(room_id, service_id) = 1", name="one_thing"),
        Index(
            "uq_review_customer_room",
            "customer_id",
            "room_id",
            unique=True,
            postgresql_where=text("room_id IS NOT NULL"),
        ),
        Index(
            "uq_review_customer_service",
            "customer_id",
            "service_id",
            unique=True,
            postgresql_where=text("service_id IS NOT NULL"),
        ),
        Index("ix_review_room_id_created_at", "room_id", "created_at"),
        Index("ix_review_service_id_created_at", "service_id", "created_at"),
        Index("ix_review_facilitator_id_created_at", "facilitator_id", "created_at"),
    )
