"""What a house has of what it takes to sell: asked of what there is, kept nowhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.sql.elements import ColumnElement

from bookapp.catalog.models import Merchant, Room, Service, Venue
from bookapp.infra.db import db
from bookapp.members.rules import Progress
from bookapp.payments.gateways import offered
from bookapp.scheduling.models import OpeningHours


def progress_of(merchant_ids: Collection[int]) -> dict[int, Progress]:
    """How far each of these houses is, by id. One query, answered by indexes on what belongs to a merchant."""
    rows = db.session.execute(
        select(Merchant.id, Merchant.listed, Merchant.gateways, *_FLAGS).where(Merchant.id.in_(merchant_ids))
    )
    return {row.id: _progress(row) for row in rows}


def not_selling_yet(merchant_ids: Collection[int]) -> str:
    """The slug of the first of these houses that is open and lacks something, "" where each can sell."""
    lacking = [merchant_id for merchant_id, progress in progress_of(merchant_ids).items() if not progress.can_sell]
    found = db.session.scalar(
        select(Merchant.slug)
        .where(Merchant.id.in_(lacking), Merchant.closed_at.is_(None))
        .order_by(Merchant.id)
        .limit(1)
    )
    return found or ""


@dataclass(frozen=True, slots=True)
class FirstPlaces:
    """The venue and the room a house began with, None where there is none yet."""

    venue: Venue | None
    room: Room | None


def first_places(merchant_id: int) -> FirstPlaces:
    """Two queries."""
    venue = db.session.scalars(
        select(Venue).where(Venue.merchant_id == merchant_id, Venue.listed).order_by(Venue.id).limit(1)
    ).one_or_none()
    room = db.session.scalars(
        select(Room)
        .join(Venue)
        .where(Venue.merchant_id == merchant_id, Venue.listed, Room.listed)
        .order_by(Room.id)
        .limit(1)
    ).one_or_none()
    return FirstPlaces(venue, room)


def _progress(row: Row[Any]) -> Progress:
    return Progress(
        has_venue=row.has_venue,
        has_room=row.has_room,
        has_hours=row.has_hours,
        has_price=row.has_price,
        has_service=row.has_service,
        has_payment=bool(offered(row.gateways)),
        is_listed=row.listed,
    )


def _flag(query: Any, name: str) -> ColumnElement[bool]:
    labelled: ColumnElement[bool] = query.exists().label(name)
    return labelled


_VENUES = select(Venue.id).where(Venue.merchant_id == Merchant.id, Venue.listed).correlate(Merchant)
_ROOMS = (
    select(Room.id)
    .join(Venue, Venue.id == Room.venue_id)
    .where(Venue.merchant_id == Merchant.id, Venue.listed, Room.listed)
    .correlate(Merchant)
)
_HOURS = (
    select(OpeningHours.id)
    .outerjoin(Room, Room.id == OpeningHours.room_id)
    .join(Venue, or_(Venue.id == OpeningHours.venue_id, Venue.id == Room.venue_id))
    .where(Venue.merchant_id == Merchant.id, Venue.listed)
    .correlate(Merchant)
)
_SERVICES = select(Service.id).where(Service.merchant_id == Merchant.id, Service.listed).correlate(Merchant)
_FLAGS = (
    _flag(_VENUES, "has_venue"),
    _flag(_ROOMS, "has_room"),
    _flag(_HOURS, "has_hours"),
    _flag(_ROOMS.where(Room.rate_minor > 0), "has_price"),
    _flag(_SERVICES, "has_service"),
)
