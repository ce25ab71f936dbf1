"""Venues and rooms as those who run them see them: listed or not, and with the version an edit form carries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bookapp.catalog.models import Photo, Room, Venue
from bookapp.infra.db import db
from bookapp.infra.idempotency import fingerprint
from bookapp.values.errors import NotFound

VENUE_FACTS = (
    "name", "about", "address", "postcode", "city", "country", "zone", "email", "phone", "capacity", "accessibility",
    "how_to_find",
)  # fmt: skip
ROOM_FACTS = (
    "name", "type", "tagline", "about", "capacity", "amenities", "rate_minor", "day_rate_minor", "min_minutes",
    "max_minutes", "step_minutes", "buffer_minutes", "notice_minutes", "horizon_days", "terms_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A venue of a house with its rooms, and how many pictures each has (by room id)."""

    venue: Venue
    rooms: Sequence[Room]
    photos: dict[int, int]


def places_of_house(merchant_id: int, venue_ids: Collection[int] | None = None) -> list[Place]:
    """The venues of a merchant by name (those of `venue_ids` only, if given), each with its rooms: three queries."""
    wanted = select(Venue).where(Venue.merchant_id == merchant_id).order_by(Venue.name, Venue.id)
    if venue_ids is not None:
        wanted = wanted.where(Venue.id.in_(venue_ids))
    venues = db.session.scalars(wanted).all()
    rooms = db.session.scalars(
        select(Room).where(Room.venue_id.in_([venue.id for venue in venues])).order_by(Room.name, Room.id)
    ).all()
    pictures = select(Photo.room_id, func.count()).where(Photo.room_id.in_([room.id for room in rooms]))
    photos = {row[0]: row[1] for row in db.session.execute(pictures.group_by(Photo.room_id))}
    return [Place(venue, [room for room in rooms if room.venue_id == venue.id], photos) for venue in venues]


def venue_of_house(venue_id: int) -> Venue:
    """A venue, listed or not, with its merchant and photos. Raises NotFound."""
    venue = db.session.scalars(
        select(Venue)
        .where(Venue.id == venue_id)
        .options(joinedload(Venue.merchant), selectinload(Venue.photos))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if venue is None:
        raise NotFound
    return venue


def room_of_house(room_id: int) -> Room:
    """A room, listed or not, with venue, merchant and photos. Raises NotFound."""
    room = db.session.scalars(
        select(Room)
        .join(Room.venue)
        .where(Room.id == room_id)
        .options(contains_eager(Room.venue).joinedload(Venue.merchant), selectinload(Room.photos))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if room is None:
        raise NotFound
    return room


def version_of_venue(venue: Venue) -> str:
    """Changes with what its form says: an edit form carries the one it was made of (guarantees.md 13)."""
    return fingerprint(**{name: getattr(venue, name) for name in VENUE_FACTS})[:16]


def version_of_room(room: Room) -> str:
    """The same of a room."""
    return fingerprint(**{name: getattr(room, name) for name in ROOM_FACTS})[:16]
