"""Merchants, venues and rooms, with what a page about them needs: a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.infra.stills import all_stills, one_still
from bookapp.values.errors import NotFound


@remembered(most=1024)
def merchant_by_slug(slug: str) -> Merchant:
    """A listed merchant with terms and photos. Raises NotFound."""
    return one_still(
        select(Merchant)
        .where(Merchant.slug == slug, Merchant.listed)
        .options(joinedload(Merchant.terms), selectinload(Merchant.photos))
    )


@remembered(most=1024)
def merchant_by_id(merchant_id: int) -> Merchant:
    """A merchant, listed or not: what is booked with them already goes on. Raises NotFound."""
    return one_still(select(Merchant).where(Merchant.id == merchant_id))


@remembered(most=1024)
def venue_by_id(venue_id: int) -> Venue:
    """A venue, listed or not, as `merchant_by_id`."""
    return one_still(select(Venue).where(Venue.id == venue_id))


def is_listed(merchant_id: int) -> bool:
    """Whether this house takes bookings at all."""
    return db.session.scalar(select(Merchant.listed).where(Merchant.id == merchant_id)) or False


@remembered(most=1024)
def venue_by_slug(slug: str) -> Venue:
    """A listed venue with its merchant (and terms) and photos. Raises NotFound."""
    return one_still(
        select(Venue)
        .join(Venue.merchant)
        .where(Venue.slug == slug, Venue.listed, Merchant.listed)
        .options(contains_eager(Venue.merchant).joinedload(Merchant.terms), selectinload(Venue.photos))
    )


@remembered()
def venues_of_merchant(merchant_id: int) -> Sequence[Venue]:
    """The listed venues of a merchant by name, with photos."""
    return all_stills(
        select(Venue)
        .where(Venue.merchant_id == merchant_id, Venue.listed)
        .order_by(Venue.name, Venue.id)
        .options(selectinload(Venue.photos))
    )


def venues_by_id(ids: Collection[int]) -> dict[int, Venue]:
    """Listed venues by id; one that is not listed is left out."""
    if not ids:
        return {}
    return {venue.id: venue for venue in db.session.scalars(select(Venue).where(Venue.id.in_(ids), Venue.listed))}


def room_by_slug(slug: str) -> Room:
    """A listed room with venue, merchant, terms and photos. Raises NotFound."""
    return room_by_id(_id_of_room(slug))


@remembered(most=4096)
def _id_of_room(slug: str) -> int:
    """Raises NotFound. Beside the room itself, which is remembered once, however it was asked for."""
    found = db.session.scalar(select(Room.id).where(Room.slug == slug))
    if found is None:
        raise NotFound
    return found


@remembered(most=1024)
def room_by_id(room_id: int) -> Room:
    """Like `room_by_slug`."""
    return one_still(all_rooms().where(Room.id == room_id))


def rooms_by_id(ids: Collection[int]) -> dict[int, Room]:
    """Listed rooms by id, each with what `room_by_slug` loads; one that is not listed is left out."""
    return {room.id: room for room in db.session.scalars(all_rooms().where(Room.id.in_(ids)))} if ids else {}


@remembered()
def rooms_of_venue(venue_id: int) -> Sequence[Room]:
    """The listed rooms of a venue, the largest first, each with what `room_by_slug` loads."""
    return all_stills(all_rooms().where(Room.venue_id == venue_id).order_by(Room.capacity.desc(), Room.name, Room.id))


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """The listed rooms of a venue in three figures: how many, the least rate (minor units an hour), the most people."""

    rooms: int
    least_rate_minor: int
    most_people: int


def facts_of_venues(ids: Collection[int]) -> dict[int, VenueFacts]:
    """By venue; one without rooms is left out."""
    if not ids:
        return {}
    rows = db.session.execute(
        select(Room.venue_id, func.count(), func.min(Room.rate_minor), func.max(Room.capacity))
        .where(Room.venue_id.in_(ids), Room.listed)
        .group_by(Room.venue_id)
    )
    return {venue_id: VenueFacts(*facts) for venue_id, *facts in rows}


@remembered()
def cities() -> Sequence[str]:
    """The cities in which a room or a session can be found, in alphabetical order."""
    found = select(Venue.city).join(Venue.merchant).where(Venue.listed, Merchant.listed)
    return tuple(db.session.scalars(found.distinct().order_by(Venue.city)))


def all_rooms() -> Select[Any]:
    """Listed rooms with venue, merchant, terms and photos, for whoever narrows and orders them."""
    return (
        select(Room)
        .join(Room.venue)
        .join(Venue.merchant)
        .where(Room.listed, Venue.listed, Merchant.listed)
        .options(
            contains_eager(Room.venue).contains_eager(Venue.merchant).joinedload(Merchant.terms),
            joinedload(Room.terms),
            selectinload(Room.photos),
        )
    )
