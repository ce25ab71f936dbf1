"""What sessions are of, who hosts them and where: remembered, so that the sessions themselves are all that is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from bookapp.catalog.models import Merchant, Room, Service, Venue
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.scheduling.queries.programme import Host, Place, programme
from bookapp.search.queries.candidates import has_amenities


class ServiceFacts(NamedTuple):
    """A listed service that anybody may book."""

    id: int
    theme: str
    rating_sum: int
    rating_count: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What narrows sessions: the services, `there` the venues and `theirs` the merchants of what was said for where,
    `rooms` those with the asked amenities. The services also as the literal of an array."""

    services: Mapping[int, ServiceFacts]
    services_array: str
    there: tuple[int, ...]
    theirs: tuple[int, ...]
    rooms: tuple[int, ...]
    hosts: Mapping[int, Host]
    venues: Mapping[int, Place]


_SERVICE, _MERCHANT = Service.__table__.c, Merchant.__table__.c
_VENUE, _ROOM = Venue.__table__.c, Room.__table__.c


@remembered()
def stage(where: str, theme: str, rating: Decimal | None, amenities: frozenset[str]) -> Stage:
    """For a city, venue or merchant ("" for everywhere, and then without any of them), and what was asked besides."""
    query = (
        select(*(_SERVICE[name] for name in ServiceFacts._fields))
        .join(Merchant.__table__, _MERCHANT.id == _SERVICE.merchant_id)
        .where(_SERVICE.listed, _SERVICE.private.is_(False), _MERCHANT.listed)
    )
    if theme:
        query = query.where(_SERVICE.theme == theme)
    if rating is not None:
        query = query.where(_SERVICE.rating_count > 0, _SERVICE.rating_sum >= rating * _SERVICE.rating_count)
    services = {row.id: ServiceFacts(*row) for row in db.session.execute(query)}
    said = func.lower(where)
    known = programme()
    return Stage(
        services=services,
        services_array="{" + ",".join(map(str, services)) + "}",
        there=_ids(_VENUE.id, or_(func.lower(_VENUE.city) == said, func.lower(_VENUE.name) == said)) if where else (),
        theirs=_ids(_MERCHANT.id, func.lower(_MERCHANT.name) == said) if where else (),
        rooms=_ids(_ROOM.id, has_amenities(sorted(amenities))) if amenities else (),
        hosts=known.hosts,
        venues=known.places,
    )


def _ids(column: ColumnElement[int], condition: ColumnElement[bool]) -> tuple[int, ...]:
    return tuple(db.session.execute(select(column).where(condition)).scalars())
