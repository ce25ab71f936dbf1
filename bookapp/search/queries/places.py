"""Where: the listed venues of a city (or of that name), with what every result says about its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select

from bookapp.catalog.models import Merchant, Terms, Venue
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered


class Place(NamedTuple):
    """A listed venue. `tiers` are its merchant's cancellation terms."""

    id: int
    slug: str
    name: str
    city: str
    zone: str
    currency: str
    merchant: str
    tiers: Sequence[Mapping[str, Any]]
    merchant_id: int


_VENUE, _MERCHANT, _TERMS = Venue.__table__.c, Merchant.__table__.c, Terms.__table__.c
_COLUMNS = (*(_VENUE[name] for name in Place._fields[:6]), _MERCHANT.name, _TERMS.tiers, _MERCHANT.id)


@remembered(most=128)
def places(where: str) -> Mapping[int, Place]:
    """Venues by id: all of them, or those whose city, name or merchant is `where`, whatever the case."""
    query = (
        select(*_COLUMNS)
        .join(Merchant.__table__, _MERCHANT.id == _VENUE.merchant_id)
        .join(Terms.__table__, _TERMS.id == _MERCHANT.terms_id)
        .where(_VENUE.listed, _MERCHANT.listed)
    )
    if where:
        said = func.lower(where)
        query = query.where(
            or_(func.lower(_VENUE.city) == said, func.lower(_VENUE.name) == said, func.lower(_MERCHANT.name) == said)
        )
    return {row.id: Place(*row) for row in db.session.execute(query)}


def usual_currency(found: Mapping[int, Place]) -> str:
    """The currency most of these venues sell in; "" when there are none."""
    currencies = sorted(place.currency for place in found.values())
    return max(currencies, key=currencies.count, default="")
