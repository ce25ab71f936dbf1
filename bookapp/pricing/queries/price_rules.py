"""Reads of price rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import or_, select

from bookapp.infra.db import db
from bookapp.pricing.models import PriceRule


def price_rules_of(merchant_id: int, *, on: dt.date) -> Sequence[PriceRule]:
    """The merchant's active rules that are valid on a day, in the order in which they apply."""
    return db.session.scalars(
        select(PriceRule)
        .where(
            PriceRule.merchant_id == merchant_id,
            PriceRule.active,
            or_(PriceRule.valid_from.is_(None), PriceRule.valid_from <= on),
            or_(PriceRule.valid_until.is_(None), PriceRule.valid_until >= on),
        )
        .order_by(PriceRule.position, PriceRule.id)
    ).all()
