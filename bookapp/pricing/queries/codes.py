"""Reads of coupons."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.pricing import models
from bookapp.pricing.rules.codes import Coupon, plain_code
from bookapp.values.money import Money


def coupon_by_code(merchant_id: int, typed: str) -> models.Coupon | None:
    """The merchant's coupon of that code, however it was typed, as the database has it now."""
    return db.session.scalar(
        select(models.Coupon)
        .where(models.Coupon.merchant_id == merchant_id, models.Coupon.code == plain_code(typed))
        .execution_options(populate_existing=True)
    )


def coupon_by_id(coupon_id: int) -> models.Coupon | None:
    """A coupon."""
    return db.session.get(models.Coupon, coupon_id)


def coupons_of(merchant_id: int) -> Sequence[models.Coupon]:
    """A merchant's coupons, those in use first, newest first."""
    return db.session.scalars(
        select(models.Coupon)
        .where(models.Coupon.merchant_id == merchant_id)
        .order_by(models.Coupon.active.desc(), models.Coupon.id.desc())
    ).all()


def coupon_terms(row: models.Coupon) -> Coupon:
    """A coupon's row as `pricing.rules.codes` takes it."""
    amount = None
    if row.amount_minor is not None and row.currency is not None:
        amount = Money(row.amount_minor, row.currency)
    return Coupon(
        code=row.code,
        percent=row.percent,
        amount=amount,
        room_id=row.room_id,
        service_id=row.service_id,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        most_uses=row.most_uses,
        uses=row.uses,
        active=row.active,
    )
