"""What a merchant decides about prices: rules, tax, coupons, deposits; data that `pricing.rules` evaluates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk, ref_id


class PriceRule(db.Model):
    """One rule of a merchant, narrowed to a venue, a room or a service if it says so. `parameters` depend on `kind`."""

    __tablename__ = "price_rule"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"), index=True)
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"))
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[str]
    name: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(server_default="0")
    valid_from: Mapped[dt.date | None]
    valid_until: Mapped[dt.date | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('peak', 'weekend', 'level', 'early_bird', 'last_minute', 'duration', 'demand', 'floor', 'cap')",
            name="kind",
        ),
        CheckConstraint("num_nonnulls(venue_id, room_id, service_id) <= 1", name="scope"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
    )


class Tax(db.Model):
    """A merchant's tax on what it sells. Inclusive: the prices hold it already; else it is added as a line."""

    __tablename__ = "tax"

    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str]
    percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    inclusive: Mapped[bool] = mapped_column(server_default=text("true"))
    # The merchant's number at its tax office, printed on invoices.
    registration: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (CheckConstraint("percent > 0 AND percent < 100", name="percent"),)


class Coupon(db.Model):
    """A code that makes a merchant's bookings cheaper: `percent` of the running amount, or `amount_minor` of it."""

    __tablename__ = "coupon"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"))
    # Compared in upper case without spaces.
    code: Mapped[str]
    percent: Mapped[int | None]
    amount_minor: Mapped[ref_id | None]
    currency: Mapped[str | None]
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    valid_from: Mapped[dt.date | None]
    valid_until: Mapped[dt.date | None]
    most_uses: Mapped[int | None]
    most_per_customer: Mapped[int | None]
    # Kept by the one conditional UPDATE that takes a use (never by counting).
    uses: Mapped[int] = mapped_column(server_default="0")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[created_at]

    __table_args__ = (
        UniqueConstraint("merchant_id", "code"),
        CheckConstraint("num_nonnulls(percent, amount_minor) = 1", name="one_value"),
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="currency"),
        CheckConstraint("percent BETWEEN 1 AND 100 AND amount_minor > 0", name="value"),
        CheckConstraint("num_nonnulls(room_id, service_id) <= 1", name="scope"),
        CheckConstraint("valid_from <= valid_until", name="validity"),
        CheckConstraint("uses >= 0 AND uses <= coalesce(most_uses, uses)", name="uses"),
    )


class CouponUse(db.Model):
    """One use of a coupon by one booking. `customer` is "user:<id>" or the normalised email; given back, it is gone."""

    __tablename__ = "coupon_use"

    coupon_id: Mapped[ref_id] = mapped_column(ForeignKey("coupon.id", ondelete="CASCADE"), primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str]
    created_at: Mapped[created_at]

    __table_args__ = (
        Index("ix_coupon_use_coupon_id_customer", "coupon_id", "customer"),
        Index("ix_coupon_use_reference", "reference"),
    )


class DepositRule(db.Model):
    """Part of the price now, the rest `rest_days_before` the start. Of several the narrowest scope counts."""

    __tablename__ = "deposit_rule"

    id: Mapped[pk]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id", ondelete="CASCADE"))
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    percent: Mapped[int | None]
    amount_minor: Mapped[ref_id | None]
    rest_days_before: Mapped[int] = mapped_column(server_default="7")

    __table_args__ = (
        UniqueConstraint("merchant_id", "room_id", "service_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("num_nonnulls(percent, amount_minor) = 1", name="one_value"),
        CheckConstraint("percent BETWEEN 1 AND 99 AND amount_minor > 0", name="value"),
        CheckConstraint("num_nonnulls(room_id, service_id) <= 1", name="scope"),
        CheckConstraint("rest_days_before BETWEEN 0 AND 365", name="rest"),
    )
