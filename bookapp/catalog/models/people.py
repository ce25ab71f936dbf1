"""Facilitators, and who works for which merchant."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.catalog.models.places import Merchant, Photo
from bookapp.infra.db import created_at, db, pk, ref_id


class Facilitator(db.Model):
    """A person who hosts. The resource is the person, across merchants; `merchant_id` is the house they belong to."""

    __tablename__ = "facilitator"

    id: Mapped[pk]
    resource_id: Mapped[ref_id] = mapped_column(ForeignKey("resource.id"), unique=True)
    user_id: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    headline: Mapped[str] = mapped_column(server_default="")
    about: Mapped[str] = mapped_column(server_default="")
    level: Mapped[str] = mapped_column(server_default="junior")
    years: Mapped[int] = mapped_column(server_default="0")
    zone: Mapped[str]
    city: Mapped[str] = mapped_column(server_default="")
    rating_sum: Mapped[int] = mapped_column(server_default="0")
    rating_count: Mapped[int] = mapped_column(server_default="0")
    listed: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_at]

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    photos: Mapped[list[Photo]] = relationship(
        primaryjoin="Facilitator.id == foreign(Photo.facilitator_id)",
        order_by="Photo.position",
        viewonly=True,
        lazy="raise_on_sql",
    )

    __table_args__ = (CheckConstraint("level IN ('junior', 'senior', 'expert')", name="level"),)


class Membership(db.Model):
    """A user's role at a merchant. It lives here, not with identity, because foreign keys point down."""

    __tablename__ = "membership"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"), index=True)
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"))
    role: Mapped[str]
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("role IN ('owner', 'manager', 'facilitator')", name="role"),
        CheckConstraint("venue_id IS NULL OR role = 'manager'", name="venue_of_manager"),
        UniqueConstraint("user_id", "merchant_id", "venue_id", "role", postgresql_nulls_not_distinct=True),
        Index("ix_membership_user_id", "user_id"),
    )
