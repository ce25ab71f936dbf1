"""Reads of taxes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.pricing.models import Tax
from bookapp.pricing.rules.lines import TaxRate


def tax_of(merchant_id: int) -> TaxRate | None:
    """What a merchant adds to its prices, or says they hold; None when it is not taxed."""
    return taxes_of([merchant_id]).get(merchant_id)


def taxes_of(merchant_ids: Collection[int]) -> dict[int, TaxRate]:
    """The taxes of those merchants that have one, in one query."""
    return {
        row.merchant_id: TaxRate(row.name, row.percent, row.inclusive, row.registration)
        for row in db.session.execute(
            select(Tax.merchant_id, Tax.name, Tax.percent, Tax.inclusive, Tax.registration).where(
                Tax.merchant_id.in_(merchant_ids)
            )
        )
    }
