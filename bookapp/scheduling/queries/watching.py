"""Which places the rooms of a venue are, for pages that watch all of them."""

from __future__ import annotations

from sqlalchemy import select

from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered


@remembered(most=1024)
def places_of_venue(venue_id: int) -> tuple[int, ...]:
    """The resources that are the listed rooms of this venue; none for one that does not exist."""
    room = Room.__table__.c
    return tuple(db.session.scalars(select(room.resource_id).where(room.venue_id == venue_id, room.listed)))
