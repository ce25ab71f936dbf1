"""Merchants, their terms, venues and rooms."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.infra.db import created_at, db, pk, ref_id

# What admins search merchants by; "simple" knows no language, and so leaves names as they are.
_WORDS = "to_tsvector('simple'::regconfig, (((name || ' '::text) || slug) || ' '::text) || email)"
MERCHANT_WORDS: ColumnElement[Any] = literal_column(_WORDS)


class Terms(db.Model):
    """Cancellation terms. `tiers` is [{"hours": 48, "percent": 75}, ...]: up to that many hours before, that share.

    `merchant_id` is null for the platform's presets (Standard, Flexible, Strict).
    """

    __tablename__ = "terms"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id | None] = mapped_column(
        ForeignKey("merchant.id", use_alter=True, ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    tiers: Mapped[list[dict[str, Any]]]
    move_until_hours: Mapped[int] = mapped_column(server_default="24")

    __table_args__ = (UniqueConstraint("merchant_id", "name", postgresql_nulls_not_distinct=True),)


class Merchant(db.Model):
    """A business that sells here."""

    __tablename__ = "merchant"

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    tagline: Mapped[str] = mapped_column(server_default="")
    about: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str]
    zone: Mapped[str]
    email: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    terms_id: Mapped[ref_id] = mapped_column(ForeignKey("terms.id"))
    gateways: Mapped[list[str]] = mapped_column(server_default=text("'{sandbox}'"))
    # How many active bookings one customer may have in one session (product.md, "Validation").
    bookings_per_session: Mapped[int] = mapped_column(server_default="1")
    # Up to how much (minor units) of one booking its managers may give back out of goodwill; owners know no limit.
    goodwill_limit_minor: Mapped[ref_id] = mapped_column(server_default="0")
    listed: Mapped[bool] = mapped_column(server_default=text("true"))
    # Since when an admin has it closed. What is closed is not listed, and so neither found nor bookable.
    closed_at: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    terms: Mapped[Terms] = relationship(foreign_keys=[terms_id], lazy="raise_on_sql")
    photos: Mapped[list[Photo]] = relationship(
        primaryjoin="Merchant.id == foreign(Photo.merchant_id)",
        order_by="Photo.position",
        viewonly=True,
        lazy="raise_on_sql",
    )

    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("bookings_per_session > 0", name="bookings_per_session"),
        CheckConstraint("goodwill_limit_minor >= 0", name="goodwill_limit"),
        CheckConstraint("closed_at IS NULL OR NOT listed", name="closed"),
        Index("ix_merchant_words", text(_WORDS), postgresql_using="gin"),
    )


class Venue(db.Model):
    """A place. Zone and currency are its own: the merchant's unless it says otherwise."""

    __tablename__ = "venue"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    about: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str]
    postcode: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str]
    country: Mapped[str]
    zone: Mapped[str]
    currency: Mapped[str]
    email: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    capacity: Mapped[int | None]
    accessibility: Mapped[str] = mapped_column(server_default="")
    how_to_find: Mapped[str] = mapped_column(server_default="")
    listed: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_at]

    merchant: Mapped[Merchant] = relationship(lazy="raise_on_sql")
    photos: Mapped[list[Photo]] = relationship(
        primaryjoin="Venue.id == foreign(Photo.venue_id)", order_by="Photo.position", viewonly=True, lazy="raise_on_sql"
    )

    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index("ix_venue_lower_city", text("lower(city)")),
    )


class Resource(db.Model):
    """Whatever can be in only one place at a time. Rooms and people each have one."""

    __tablename__ = "resource"

    id: Mapped[pk]
    kind: Mapped[str]

    __table_args__ = (CheckConstraint("kind IN ('room', 'person')", name="kind"),)


class Room(db.Model):
    """A room that can be hired by time. Lengths are minutes, rates minor units of the venue's currency per hour."""

    __tablename__ = "room"

    id: Mapped[pk]
    resource_id: Mapped[ref_id] = mapped_column(ForeignKey("resource.id"), unique=True)
    venue_id: Mapped[ref_id] = mapped_column(ForeignKey("venue.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    tagline: Mapped[str] = mapped_column(server_default="")
    about: Mapped[str] = mapped_column(server_default="")
    type: Mapped[str]
    capacity: Mapped[int]
    rate_minor: Mapped[ref_id]
    day_rate_minor: Mapped[ref_id | None]
    amenities: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    buffer_minutes: Mapped[int] = mapped_column(server_default="0")
    min_minutes: Mapped[int] = mapped_column(server_default="60")
    max_minutes: Mapped[int] = mapped_column(server_default="600")
    step_minutes: Mapped[int] = mapped_column(server_default="30")
    notice_minutes: Mapped[int] = mapped_column(server_default="0")
    horizon_days: Mapped[int] = mapped_column(server_default="365")
    terms_id: Mapped[ref_id | None] = mapped_column(ForeignKey("terms.id"))
    # Kept by reviews.actions, so that search can sort and filter without joining every review.
    rating_sum: Mapped[int] = mapped_column(server_default="0")
    rating_count: Mapped[int] = mapped_column(server_default="0")
    listed: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_at]

    venue: Mapped[Venue] = relationship(lazy="raise_on_sql")
    terms: Mapped[Terms | None] = relationship(lazy="raise_on_sql")
    photos: Mapped[list[Photo]] = relationship(
        primaryjoin="Room.id == foreign(Photo.room_id)", order_by="Photo.position", viewonly=True, lazy="raise_on_sql"
    )

    __table_args__ = (
        CheckConstraint("type IN ('office','consultation','meeting','treatment','hall','studio')", name="type"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("rate_minor >= 0 AND day_rate_minor >= 0", name="rates"),
        CheckConstraint("step_minutes > 0 AND 0 < min_minutes AND min_minutes <= max_minutes", name="lengths"),
        CheckConstraint("buffer_minutes >= 0 AND notice_minutes >= 0 AND horizon_days > 0", name="margins"),
        Index("ix_room_amenities", "amenities", postgresql_using="gin"),
    )


class Photo(db.Model):
    """A picture of exactly one thing. `path` is below the storage root; `alt` says what is on it."""

    __tablename__ = "photo"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id | None] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"), index=True)
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"), index=True)
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"), index=True)
    facilitator_id: Mapped[ref_id | None] = mapped_column(ForeignKey("facilitator.id", ondelete="CASCADE"), index=True)
    path: Mapped[str]
    alt: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("num_nonnulls(merchant_id, venue_id, room_id, service_id, facilitator_id) = 1", name="one"),
    )
