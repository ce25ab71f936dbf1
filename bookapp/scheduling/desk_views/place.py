"""The venue or room a page of the desk is about."""

from __future__ import annotations

from dataclasses import dataclass

from bookapp.catalog.models import Room, Venue
from bookapp.catalog.queries.houses import room_of_house, venue_of_house
from bookapp.scheduling.policy import may_set_hours_of_venue
from bookapp.values.errors import NotFound
from bookapp.web.security import current_actor


@dataclass(frozen=True, slots=True)
class Place:
    """A venue, or one room of it."""

    venue: Venue
    room: Room | None = None

    @property
    def base(self) -> str:
        """Where its pages at the desk begin."""
        return f"/desk/rooms/{self.room.id}" if self.room else f"/desk/venues/{self.venue.id}"

    @property
    def key(self) -> dict[str, int]:
        """How hours and closures name it."""
        return {"room_id": self.room.id} if self.room else {"venue_id": self.venue.id}


def place_of(venue_id: int | None, room_id: int | None) -> Place:
    """The place of an address; NotFound for whoever does not run it."""
    room = room_of_house(room_id) if room_id is not None else None
    venue = room.venue if room else venue_of_house(venue_id or 0)
    if not may_set_hours_of_venue(current_actor(), venue.merchant_id, venue.id):
        raise NotFound
    return Place(venue, room)
