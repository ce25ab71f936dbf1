"""Rooms people come back to, for the home page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Numeric, cast, func, select, true

from bookapp.catalog.models import Merchant, Photo, Room, Venue
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.search.queries.details import first_photo
from bookapp.search.rules.fit import PRIOR, PRIOR_COUNT


class LovedRoom(NamedTuple):
    """A card without a time: what it is, where, and its rate."""

    slug: str
    name: str
    capacity: int
    amenities: list[str]
    rate_minor: int
    rating_sum: int
    rating_count: int
    currency: str
    venue: str
    city: str
    photo: str | None
    alt: str | None


@remembered()
def loved_rooms(limit: int) -> Sequence[LovedRoom]:
    """The best rated listed rooms; few stars are drawn towards the middle (`rules.fit`), those without come last."""
    stars = cast(Room.rating_sum + PRIOR * PRIOR_COUNT, Numeric) / (Room.rating_count + PRIOR_COUNT)
    ranked = ((Room.rating_count > 0).desc(), stars.desc(), Room.name, Room.id)
    best = (
        select(
            Room.id,
            Room.slug,
            Room.name,
            Room.capacity,
            Room.amenities,
            Room.rate_minor,
            Room.rating_sum,
            Room.rating_count,
            Venue.currency,
            Venue.name.label("venue"),
            Venue.city,
            func.row_number().over(order_by=ranked).label("place"),
        )
        .join(Venue, Venue.id == Room.venue_id)
        .join(Merchant, Merchant.id == Venue.merchant_id)
        .where(Room.listed, Venue.listed, Merchant.listed)
        .order_by("place")
        .limit(limit)
        .subquery()
    )
    # Joined to the few, not to every room there is.
    photo = first_photo(Photo.room_id == best.c.id)
    shown = [column for column in best.c if column.name not in ("id", "place")]
    rows = db.session.execute(select(*shown, photo.c.path, photo.c.alt).outerjoin(photo, true()).order_by(best.c.place))
    return tuple(LovedRoom(*row) for row in rows)
