"""What is on, as a timetable shows it: rows, not entities, and a constant number of queries."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, select
from sqlalchemy.orm import aliased

from bookapp.catalog.models import Facilitator, Merchant, Photo, Room, Service, Venue
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.timeslots import seats_gone
from bookapp.values.money import Money
from bookapp.values.timespan import wall

# No place's date is further from UTC's.
_FURTHEST_ZONE = dt.timedelta(hours=14)
_RETREAT = dt.timedelta(days=1)
MOST_OPTIONS = 40
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What a timetable is narrowed to: a theme, a person, a merchant (by slug), a city, online only."""

    theme: str = ""
    person: str = ""
    merchant: str = ""
    city: str = ""
    online: bool = False
    facilitator_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One session as a line of a timetable. `person`, `room`, `place` and `city` are "" where there is none."""

    id: int
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    zone: str
    state: str
    capacity: int
    # Of a timeslot whose room is taken all of them.
    seats_taken: int
    price_minor: int
    currency: str
    online: bool
    theme: str
    person: str
    room: str
    place: str
    city: str
    photo: str | None
    photo_alt: str | None
    merchant_id: int
    venue_id: int | None
    service_id: int
    level: str
    facilitator_id: int | None
    room_id: int | None
    merchant: str

    @property
    def left(self) -> int:
        """Seats one can still have."""
        return self.capacity - self.seats_taken

    @property
    def price(self) -> Money:
        """Of one seat, before any rule: what it costs today is for `booking.queries.seat_totals` to say."""
        return Money(self.price_minor, self.currency)

    @property
    def length(self) -> dt.timedelta:
        """From its start to its end."""
        return self.ends_at - self.starts_at

    @property
    def is_over_days(self) -> bool:
        """Whether it is a retreat."""
        return self.length > _RETREAT

    @property
    def day(self) -> dt.date:
        """The day it starts on, where it takes place."""
        return wall(self.starts_at, self.zone).date()


@dataclass(frozen=True, slots=True)
class DayOn:
    """How many sessions start on a day, and how many of them have seats left."""

    day: dt.date
    on: int
    free: int


@dataclass(frozen=True, slots=True)
class Options:
    """What one can narrow to, of what is still to come. People and merchants are (slug, name)."""

    themes: Sequence[str]
    people: Sequence[tuple[str, str]]
    merchants: Sequence[tuple[str, str]]
    cities: Sequence[str]


def timetable(
    choice: Choice, *, first: dt.date, now: dt.datetime, limit: int, offset: int = 0, last: dt.date | None = None
) -> Sequence[Listed]:
    """What starts after `now` on `first` or later (to `last`, included), by start; full and cancelled ones as well.

    A session belongs to the day its own place has when it starts.
    """
    query = _within(_rows(choice), first, last, now).order_by(Session.starts_at, Session.id)
    return [Listed(*row) for row in db.session.execute(query.limit(limit).offset(offset))]


def how_many(choice: Choice, *, first: dt.date, now: dt.datetime, last: dt.date | None = None) -> int:
    """How many lines `timetable` has on all pages; MOST_COUNTED for that many and more, because counting costs."""
    found = _within(_narrowed(_joined(select(Session.id)), choice), first, last, now).limit(MOST_COUNTED)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def next_retreat(choice: Choice, *, now: dt.datetime) -> Listed | None:
    """The next session over several days that has seats left."""
    query = _rows(choice).where(
        Session.starts_at > now,
        Session.ends_at - Session.starts_at > _RETREAT,
        Session.state == "scheduled",
        Session.seats_taken < Session.capacity,
    )
    row = db.session.execute(query.order_by(Session.starts_at, Session.id).limit(1)).first()
    return Listed(*row) if row else None


def sessions_of_venue(venue_id: int, *, now: dt.datetime, limit: int) -> Sequence[Listed]:
    """What is on next at a venue."""
    return _next(Session.venue_id == venue_id, now, limit)


def sessions_of_service(service_id: int, *, now: dt.datetime, limit: int, but: int | None = None) -> Sequence[Listed]:
    """The next sessions of a service (private ones too: whoever asks knows it), `but` one left out."""
    return _next(and_(Session.service_id == service_id, Session.id != (but or 0)), now, limit, private=True)


def sessions_of_person(facilitator_id: int, *, now: dt.datetime, limit: int) -> Sequence[Listed]:
    """The next sessions somebody hosts."""
    return _next(Session.facilitator_id == facilitator_id, now, limit)


def _next(which: ColumnElement[bool], now: dt.datetime, limit: int, *, private: bool = False) -> Sequence[Listed]:
    query = _rows(Choice(), private=private).where(which, Session.starts_at > now, Session.state == "scheduled")
    return [Listed(*row) for row in db.session.execute(query.order_by(Session.starts_at, Session.id).limit(limit))]


def days_on(choice: Choice, *, first: dt.date, last: dt.date, now: dt.datetime) -> dict[dt.date, DayOn]:
    """The days from `first` to `last` (both included) on which something starts after `now`."""
    day = _local_day().label("day")
    free = func.count().filter(seats_gone() < Session.capacity)
    query = _within(_narrowed(_joined(select(day, func.count(), free)), choice), first, last, now)
    rows = db.session.execute(query.where(Session.state == "scheduled").group_by(day))
    return {row.day: DayOn(*row) for row in rows}


def options(choice: Choice, *, now: dt.datetime) -> Options:
    """What the timetable can be narrowed to; people and cities are the merchant's, if one is chosen."""
    of_house = Merchant.slug == choice.merchant if choice.merchant else Merchant.listed
    public = (Service.listed, Service.private.is_(False), Merchant.listed, of_house)
    to_come = (Session.starts_at > now, Session.state == "scheduled")
    services = select(Service.id).join(Merchant).where(*public)
    served = select(Session.id).where(Session.service_id == Service.id, *to_come).exists()
    themes = select(Service.theme).join(Merchant).where(*public, Service.theme != "", served).distinct()
    hosts = select(Session.id).where(
        Session.facilitator_id == Facilitator.id, Session.service_id.in_(services), *to_come
    )
    people = select(Facilitator.slug, Facilitator.name).where(Facilitator.listed, hosts.exists())
    held = select(Session.id).where(Session.merchant_id == Merchant.id, *to_come)
    merchants = select(Merchant.slug, Merchant.name).where(Merchant.listed, held.exists())
    placed = select(Session.id).where(Session.venue_id == Venue.id, Session.service_id.in_(services), *to_come)
    cities = select(Venue.city).where(placed.exists()).distinct()
    return Options(
        themes=db.session.scalars(themes.order_by(Service.theme).limit(MOST_OPTIONS)).all(),
        people=_pairs(people.order_by(Facilitator.name).limit(MOST_OPTIONS)),
        merchants=_pairs(merchants.order_by(Merchant.name).limit(MOST_OPTIONS)),
        cities=db.session.scalars(cities.order_by(Venue.city).limit(MOST_OPTIONS)).all(),
    )


def _pairs(query: Select[Any]) -> list[tuple[str, str]]:
    return [(slug, name) for slug, name in db.session.execute(query)]


def _rows(choice: Choice, *, private: bool = False) -> Select[Any]:
    return _narrowed(_all_rows(), choice, private=private)


@functools.cache
def _all_rows() -> Select[Any]:
    """Put together once: making a statement of this size costs as much as running it."""
    mine = aliased(Photo)
    first = select(mine.id).where(mine.service_id == Service.id).order_by(mine.position).limit(1).correlate(Service)
    return _joined(
        select(
            Session.id,
            Session.title,
            Session.starts_at,
            Session.ends_at,
            Session.zone,
            Session.state,
            Session.capacity,
            seats_gone(),
            Session.price_minor,
            Session.currency,
            Session.online,
            Service.theme,
            func.coalesce(Facilitator.name, ""),
            func.coalesce(Room.name, ""),
            func.coalesce(Venue.name, ""),
            func.coalesce(Venue.city, ""),
            Photo.path,
            Photo.alt,
            Session.merchant_id,
            Session.venue_id,
            Session.service_id,
            func.coalesce(Facilitator.level, ""),
            Session.facilitator_id,
            Session.room_id,
            Merchant.name,
        )
    ).outerjoin(Photo, Photo.id == first.scalar_subquery())


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Session)
        .join(Service, Service.id == Session.service_id)
        .join(Merchant, Merchant.id == Session.merchant_id)
        .outerjoin(Facilitator, Facilitator.id == Session.facilitator_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .outerjoin(Venue, Venue.id == Session.venue_id)
        .where(Service.listed, Merchant.listed, Session.state != "completed")
    )


def _narrowed(query: Select[Any], choice: Choice, *, private: bool = False) -> Select[Any]:
    wanted = {
        Service.theme: choice.theme,
        Facilitator.slug: choice.person,
        Merchant.slug: choice.merchant,
        func.lower(Venue.city): choice.city.lower(),
        Session.facilitator_id: choice.facilitator_id,
        Session.service_id: choice.service_id,
    }
    conditions = [column == value for column, value in wanted.items() if value]
    if choice.online:
        conditions.append(Session.online)
    if not private:
        conditions.append(Service.private.is_(False))
    return query.where(*conditions)


def _within(query: Select[Any], first: dt.date, last: dt.date | None, now: dt.datetime) -> Select[Any]:
    """By the places' own days; the bounds in UTC are wider and let the index do the work."""
    query = query.where(Session.starts_at > max(now, _midnight(first) - _FURTHEST_ZONE), _local_day() >= first)
    if last is not None:
        after = _midnight(last + dt.timedelta(days=1)) + _FURTHEST_ZONE
        query = query.where(Session.starts_at < after, _local_day() <= last)
    return query


def _local_day() -> Any:
    return cast(func.timezone(Session.zone, Session.starts_at), Date)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), tzinfo=dt.UTC)
