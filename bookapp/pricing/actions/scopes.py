"""What a coupon or a deposit is for: everything of a merchant, one of its rooms, or one of its services."""

from __future__ import annotations

from sqlalchemy import select

from bookapp.catalog.models import Room, Service, Venue
from bookapp.infra.db import db
from bookapp.values.words import N_


def scope_problem(merchant_id: int, room_id: int | None, service_id: int | None) -> str:
    """A sentence when the room or service is not the merchant's, or both are given; "" when it fits."""
    if room_id is not None and service_id is not None:
        return N_("Choose a room or a service, not both.")
    if room_id is not None:
        owner = db.session.scalar(
            select(Venue.merchant_id).join(Room, Room.venue_id == Venue.id).where(Room.id == room_id)
        )
    elif service_id is not None:
        owner = db.session.scalar(select(Service.merchant_id).where(Service.id == service_id))
    else:
        return ""
    return "" if owner == merchant_id else N_("This is not one of your rooms or services.")
