"""What only the shown rooms need: their picture and their own terms. One query for a whole page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import any_, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from bookapp.catalog.models import Photo, Room, Terms
from bookapp.infra.db import db
from bookapp.search.queries.candidates import ids


class Details(NamedTuple):
    """The first picture and the room's own cancellation terms, where it has them."""

    photo: str | None
    alt: str
    tiers: Sequence[Mapping[str, Any]] | None


def details_of(room_ids: Collection[int]) -> dict[int, Details]:
    """By room id."""
    if not room_ids:
        return {}
    photo = first_photo(Photo.room_id == Room.id)
    rows = db.session.execute(
        select(Room.id, photo.c.path, photo.c.alt, Terms.tiers)
        .outerjoin(Terms, Terms.id == Room.terms_id)
        .outerjoin(photo, true())
        .where(Room.id == any_(ids(room_ids)))
    )
    return {room_id: Details(path, alt or "", tiers) for room_id, path, alt, tiers in rows}


def first_photo(whose: Any) -> LateralFromClause:
    """The first picture of each row it is joined to (laterally)."""
    query = select(Photo.path, Photo.alt).where(whose).order_by(Photo.position, Photo.id).limit(1)
    return query.lateral("first_photo")
