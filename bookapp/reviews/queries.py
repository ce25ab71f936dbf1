"""Reads of published reviews, the newest first. Averages come from the sums kept beside rooms and services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true, union_all

from bookapp.booking.models import Booking
from bookapp.catalog.models import Room, Service, Venue
from bookapp.catalog.rules import average
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.reviews.models import Review

FEW = 6


@dataclass(frozen=True, slots=True)
class PublicReview:
    """What everybody may read of a review; `about` is the name of the room or service."""

    id: int
    author: str
    stars: int
    words: str
    at: dt.datetime
    about: str


@dataclass(frozen=True, slots=True)
class Rating:
    """The average to one decimal (None without reviews) and how many there are."""

    average: Decimal | None
    count: int


def review_by_id(review_id: int) -> Review:
    """A review, hidden ones too."""
    return db.session.get_one(Review, review_id)


@remembered(most=1024)
def reviews_of_room(room_id: int, *, limit: int = FEW) -> Sequence[PublicReview]:
    """The latest about a room."""
    return _read(_latest_of_rooms(Room.id == room_id, limit), limit)


@remembered(most=1024)
def reviews_of_venue(venue_id: int, *, limit: int = FEW) -> Sequence[PublicReview]:
    """The latest about the rooms of a venue."""
    return _read(_latest_of_rooms(Room.venue_id == venue_id, limit), limit)


@remembered(most=1024)
def reviews_of_service(service_id: int, *, limit: int = FEW) -> Sequence[PublicReview]:
    """The latest about a service, whoever gave it."""
    return _read(_latest_of_services(Service.id == service_id, limit), limit)


@remembered(most=1024)
def reviews_of_merchant(merchant_id: int, *, limit: int = FEW) -> Sequence[PublicReview]:
    """The latest about the rooms and services of a merchant."""
    rooms = _latest_of_rooms(Venue.merchant_id == merchant_id, limit)
    services = _latest_of_services(Service.merchant_id == merchant_id, limit)
    return _read(union_all(rooms, services).subquery().select(), limit)


@remembered(most=1024)
def reviews_of_facilitator(facilitator_id: int, *, limit: int = FEW) -> Sequence[PublicReview]:
    """The latest about what this person gave."""
    return _read(
        select(*_COLUMNS, Service.name.label("about"))
        .join(Service, Service.id == Review.service_id)
        .where(Review.facilitator_id == facilitator_id, Review.state == "published"),
        limit,
    )


@remembered(most=1024)
def rating_of_venue(venue_id: int) -> Rating:
    """Over the rooms of a venue."""
    return _rating(select(Room.rating_sum, Room.rating_count).where(Room.venue_id == venue_id))


@remembered(most=1024)
def rating_of_merchant(merchant_id: int) -> Rating:
    """Over the rooms and services of a merchant."""
    rooms = select(Room.rating_sum, Room.rating_count).join(Venue).where(Venue.merchant_id == merchant_id)
    services = select(Service.rating_sum, Service.rating_count).where(Service.merchant_id == merchant_id)
    return _rating(union_all(rooms, services))


def may_still_review(user_id: int, booking: Booking) -> bool:
    """Whether this customer has not written about the room or service of `booking` yet."""
    about = Review.room_id == booking.room_id if booking.service_id is None else Review.service_id == booking.service_id
    return not db.session.scalar(select(select(Review.id).where(Review.customer_id == user_id, about).exists()))


_COLUMNS = (Review.id, Review.author, Review.stars, Review.words, Review.created_at.label("at"))


def _latest_of_rooms(condition: ColumnElement[bool], limit: int) -> Select[Any]:
    things = select(Room.id, Room.name).join(Venue).where(condition, Room.listed).subquery()
    return _latest(things, Review.room_id == things.c.id, limit)


def _latest_of_services(condition: ColumnElement[bool], limit: int) -> Select[Any]:
    things = select(Service.id, Service.name).where(condition, Service.listed).subquery()
    return _latest(things, Review.service_id == things.c.id, limit)


def _latest(things: Any, same: ColumnElement[bool], limit: int) -> Select[Any]:
    """The latest of each thing, by its index: a house with many thousands of reviews costs no more than a small one."""
    each = (
        select(*_COLUMNS)
        .where(same, Review.state == "published")
        .order_by(Review.created_at.desc())
        .limit(limit)
        .lateral()
    )
    return select(*each.c, things.c.name.label("about")).select_from(things).join(each, true())


def _read(query: Any, limit: int) -> Sequence[PublicReview]:
    found = query.subquery()
    rows = db.session.execute(select(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit))
    return tuple(PublicReview(*row) for row in rows)


def _rating(sums: Any) -> Rating:
    each = sums.subquery()
    stars, count = db.session.execute(
        select(func.coalesce(func.sum(each.c.rating_sum), 0), func.coalesce(func.sum(each.c.rating_count), 0))
    ).one()
    return Rating(average(int(stars), int(count)), int(count))
