"""People who can be had for an hour, and the times at which they could be if nobody had booked anything: remembered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, any_, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from bookapp.catalog.models import (
    Facilitator,
    Merchant,
    Photo,
    Room,
    Service,
    ServiceFacilitator,
    ServiceLength,
    ServiceRoom,
    Venue,
)
from bookapp.catalog.states import Amenity, ServiceKind
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.scheduling.queries.appointments import rooms_of_services
from bookapp.scheduling.queries.calendars import AROUND, UNLIMITED
from bookapp.scheduling.queries.routines import Routine, people_routines, room_routines
from bookapp.scheduling.rules import Calendar, Kind, joint_starts
from bookapp.search.queries.candidates import has_amenities, ids
from bookapp.search.queries.details import first_photo
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span

# More people than this in one city need a narrower question.
MOST = 200
ONLINE = "online"


class Who(NamedTuple):
    """A listed facilitator."""

    id: int
    resource_id: int
    slug: str
    name: str
    headline: str
    city: str
    zone: str
    years: int
    level: str
    rating_sum: int
    rating_count: int


class Offer(NamedTuple):
    """A public appointment."""

    id: int
    merchant_id: int
    slug: str
    name: str
    online: bool
    step_minutes: int
    buffer_minutes: int
    notice_minutes: int
    horizon_days: int


@dataclass(frozen=True, slots=True, eq=False)
class PlaceOfWork:
    """A room it can take place in."""

    resource_id: int
    buffer: dt.timedelta
    routine: Routine


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody, and the least expensive way to have an hour of them: `price` is that before any rule.

    `venue_id` and `venue_zone` are of the house it takes place in, None where it is online; `places` the rooms it may
    take, None where it needs none.
    """

    facilitator: Who
    service: Offer
    minutes: int
    price: Money
    portrait: str | None
    venue_id: int | None
    venue_zone: str | None
    routine: Routine
    places: tuple[PlaceOfWork, ...] | None

    @property
    def length(self) -> dt.timedelta:
        """How long it lasts."""
        return dt.timedelta(minutes=self.minutes)

    def untaken(self, day: dt.date) -> Sequence[tuple[dt.datetime, tuple[PlaceOfWork, ...] | None]]:
        """The starts on a day there, with the rooms that are open then, as if nobody had anything."""
        return _untaken(self, day)


@lru_cache(maxsize=8192)
def _untaken(person: Person, day: dt.date) -> Sequence[tuple[dt.datetime, tuple[PlaceOfWork, ...] | None]]:
    window = day_span(day, person.routine.zone)
    whole = window.padded(before=AROUND, after=AROUND)

    def starts(place: PlaceOfWork | None) -> list[dt.datetime]:
        own = _empty(person.routine, person.service.step_minutes, whole)
        return joint_starts(own, [_empty(place.routine, 1, whole)] if place else None, window, person.minutes)

    if person.places is None:
        return tuple((at, None) for at in starts(None))
    open_at = [(place, frozenset(starts(place))) for place in person.places]
    return tuple(
        (at, tuple(place for place, times in open_at if at in times))
        for at in sorted(frozenset[dt.datetime]().union(*(times for _place, times in open_at)))
    )


def _empty(routine: Routine, step_minutes: int, window: Span) -> Calendar:
    """A calendar without anything in it, looked at from long before."""
    limits = replace(UNLIMITED, step_minutes=step_minutes)
    return routine.calendar(window, taken=(), limits=limits, now=window.start, kind=Kind.PERSON)


@remembered(most=128)
def people_for(
    where: str,
    theme: str,
    rating: Decimal | None,
    accessible: bool,
    amenities: tuple[str, ...],
    favourites: tuple[frozenset[int], frozenset[int]] | None,
) -> tuple[Person, ...]:
    """Each listed person once, with the least expensive length of their public appointments.

    `favourites` are the rooms and venues one of which it must be in.
    """
    query = _people()
    if where.lower() == ONLINE:
        query = query.where(Service.online)
    elif where:
        said = func.lower(where)
        query = query.where(
            or_(
                func.lower(Facilitator.city) == said,
                func.lower(Merchant.name) == said,
                _in_a_room(func.lower(Venue.city) == said),
            )
        )
    if theme:
        query = query.where(Service.theme == theme)
    if rating is not None:
        query = query.where(Facilitator.rating_count > 0, Facilitator.rating_sum >= rating * Facilitator.rating_count)
    if accessible:
        query = query.where(or_(Service.online, _in_a_room(has_amenities([Amenity.STEP_FREE.value]))))
    if amenities:
        query = query.where(_in_a_room(has_amenities(amenities)))
    if favourites is not None:
        rooms, venues = favourites
        query = query.where(_in_a_room(or_(Room.id == any_(ids(rooms)), Room.venue_id == any_(ids(venues)))))
    rows = db.session.execute(query).all()
    return _with_routines(rows) if rows else ()


def _with_routines(rows: Sequence[Any]) -> tuple[Person, ...]:
    whos = [Who(*row[: len(Who._fields)]) for row in rows]
    offers = [Offer(*row[len(Who._fields) : len(Who._fields) + len(Offer._fields)]) for row in rows]
    routines = people_routines(tuple(sorted(who.id for who in whos)))
    places = _places({offer.id for offer in offers if not offer.online})
    return tuple(
        Person(
            facilitator=who,
            service=offer,
            minutes=row.minutes,
            price=Money(row.price_minor, row.currency),
            portrait=row.portrait,
            venue_id=row.place_id,
            venue_zone=row.place_zone,
            routine=routines[who.id],
            places=None if offer.online else places[offer.id],
        )
        for who, offer, row in zip(whos, offers, rows, strict=True)
    )


def _places(service_ids: Collection[int]) -> dict[int, tuple[PlaceOfWork, ...]]:
    if not service_ids:
        return {}
    of_service = rooms_of_services(tuple(sorted(service_ids)))
    every = {room.id: room for rooms in of_service.values() for room in rooms}
    routines = room_routines(tuple(sorted(every))) if every else {}
    made = {
        room.id: PlaceOfWork(room.resource_id, dt.timedelta(minutes=room.buffer_minutes), routines[room.id])
        for room in every.values()
    }
    return {service_id: tuple(made[room.id] for room in rooms) for service_id, rooms in of_service.items()}


def _in_a_room(condition: Any) -> Any:
    """The service can take place in a room for which this holds."""
    return exists(
        select(ServiceRoom.room_id)
        .join(Room, Room.id == ServiceRoom.room_id)
        .join(Venue, Venue.id == Room.venue_id)
        .where(ServiceRoom.service_id == Service.id, Room.listed, condition)
    )


def _people() -> Select[Any]:
    photo = first_photo(Photo.facilitator_id == Facilitator.id)
    place = (
        select(Venue.id, Venue.zone)
        .join(Room, Room.venue_id == Venue.id)
        .join(ServiceRoom, ServiceRoom.room_id == Room.id)
        .where(ServiceRoom.service_id == Service.id, Room.listed)
        .order_by(ServiceRoom.position)
        .limit(1)
        .lateral("place")
    )
    return (
        select(
            *(getattr(Facilitator, name) for name in Who._fields),
            *(getattr(Service, name) for name in Offer._fields),
            ServiceLength.minutes,
            ServiceLength.price_minor,
            Merchant.currency,
            photo.c.path.label("portrait"),
            place.c.id.label("place_id"),
            place.c.zone.label("place_zone"),
        )
        .join(ServiceFacilitator, ServiceFacilitator.facilitator_id == Facilitator.id)
        .join(
            Service,
            and_(Service.id == ServiceFacilitator.service_id, Service.kind == ServiceKind.APPOINTMENT.value),
        )
        .join(ServiceLength, ServiceLength.service_id == Service.id)
        .join(Merchant, Merchant.id == Service.merchant_id)
        .outerjoin(photo, true())
        .outerjoin(place, true())
        .where(Facilitator.listed, Service.listed, Service.private.is_(False), Merchant.listed)
        .ext(distinct_on(Facilitator.id))
        .order_by(Facilitator.id, ServiceLength.price_minor, ServiceLength.minutes, Service.id)
        .limit(MOST)
    )
