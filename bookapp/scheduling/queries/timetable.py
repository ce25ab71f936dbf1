"""What is on, as a timetable shows it: rows, not entities, and a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, Select, any_, cast, func, literal, select

from bookapp.catalog.models import Room, Service
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.programme import Offered, Programme, programme
from bookapp.scheduling.queries.timeslots import seats_gone
from bookapp.values.money import Money
from bookapp.values.timespan import wall

# No place's date is further from UTC's.
_FURTHEST_ZONE = dt.timedelta(hours=14)
_RETREAT = dt.timedelta(days=1)
MOST_OPTIONS = 40
MOST_COUNTED = 10_000
_SESSION = Session.__table__.c


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
    return _listed(_within(_sessions(choice, *_COLUMNS), first, last, now), limit, offset)


def how_many(choice: Choice, *, first: dt.date, now: dt.datetime, last: dt.date | None = None) -> int:
    """How many lines `timetable` has on all pages; MOST_COUNTED for that many and more, because counting costs."""
    found = _within(_sessions(choice, _SESSION.id), first, last, now).limit(MOST_COUNTED)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def next_retreat(choice: Choice, *, now: dt.datetime) -> Listed | None:
    """The next session over several days that has seats left."""
    query = _sessions(choice, *_COLUMNS).where(
        _SESSION.starts_at > now,
        _SESSION.ends_at - _SESSION.starts_at > _RETREAT,
        _SESSION.state == "scheduled",
        _SESSION.seats_taken < _SESSION.capacity,
    )
    return next(iter(_listed(query, 1)), None)


def sessions_of_venue(venue_id: int, *, now: dt.datetime, limit: int) -> Sequence[Listed]:
    """What is on next at a venue."""
    return _next(_sessions(Choice(), *_COLUMNS).where(_SESSION.venue_id == venue_id), now, limit)


def sessions_of_service(service_id: int, *, now: dt.datetime, limit: int, but: int | None = None) -> Sequence[Listed]:
    """The next sessions of a service (private ones too: whoever asks knows it), `but` one left out."""
    query = _sessions(Choice(service_id=service_id), *_COLUMNS, private=True).where(_SESSION.id != (but or 0))
    return _next(query, now, limit)


def sessions_of_person(facilitator_id: int, *, now: dt.datetime, limit: int) -> Sequence[Listed]:
    """The next sessions somebody hosts."""
    return _next(_sessions(Choice(facilitator_id=facilitator_id), *_COLUMNS), now, limit)


def days_on(choice: Choice, *, first: dt.date, last: dt.date, now: dt.datetime) -> dict[dt.date, DayOn]:
    """The days from `first` to `last` (both included) on which something starts after `now`."""
    day = _local_day().label("day")
    with_seats = func.count().filter(seats_gone() < _SESSION.capacity)
    query = _with_rooms(_within(_sessions(choice, day, func.count(), with_seats), first, last, now))
    rows = db.session.execute(query.where(_SESSION.state == "scheduled").group_by(day))
    return {row.day: DayOn(*row) for row in rows}


def options(choice: Choice, *, now: dt.datetime) -> Options:
    """What the timetable can be narrowed to; people and cities are the merchant's, if one is chosen."""
    known = programme()
    to_come = db.session.execute(
        select(_SESSION.service_id, _SESSION.facilitator_id, _SESSION.venue_id, _SESSION.merchant_id)
        .where(_SESSION.starts_at > now, _SESSION.state == "scheduled")
        .distinct()
    ).all()
    public = set(_services(Choice(merchant=choice.merchant), private=False))
    ours = [row for row in to_come if row.service_id in public]
    # What is newer than what is known waits for the next look.
    hosts = {known.hosts[row.facilitator_id] for row in ours if row.facilitator_id in known.hosts}
    houses = {known.houses[row.merchant_id] for row in to_come if row.merchant_id in known.houses}
    return Options(
        themes=_first({known.services[row.service_id].theme for row in ours} - {""}),
        people=_first({(host.slug, host.name) for host in hosts if host.listed}, key=_name),
        merchants=_first({(house.slug, house.name) for house in houses if house.listed}, key=_name),
        cities=_first({known.places[row.venue_id].city for row in ours if row.venue_id in known.places}),
    )


def _name(pair: tuple[str, str]) -> tuple[str, str]:
    slug, name = pair
    return name.casefold(), slug


def _first(found: Collection[Any], key: Callable[[Any], Any] | None = None) -> list[Any]:
    return sorted(found, key=key)[:MOST_OPTIONS]


_COLUMNS = (
    *(
        _SESSION[name]
        for name in (
            "id", "title", "starts_at", "ends_at", "zone", "state", "capacity", "price_minor", "currency", "online",
            "merchant_id", "venue_id", "service_id", "facilitator_id", "room_id",
        )
    ),
    seats_gone().label("gone"),
)  # fmt: skip


def _next(query: Select[Any], now: dt.datetime, limit: int) -> Sequence[Listed]:
    return _listed(query.where(_SESSION.starts_at > now, _SESSION.state == "scheduled"), limit)


def _listed(query: Select[Any], limit: int, offset: int = 0) -> list[Listed]:
    """The first of them by start, with what is known of each: the rest the database need not look up."""
    ordered = _with_rooms(query).order_by(_SESSION.starts_at, _SESSION.id).limit(limit).offset(offset)
    known = programme()
    return [_line(row, known) for row in db.session.execute(ordered)]


def _line(row: Any, known: Programme) -> Listed:
    service, host = known.services[row.service_id], known.hosts.get(row.facilitator_id)
    place = known.places.get(row.venue_id)
    return Listed(
        id=row.id,
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        state=row.state,
        capacity=row.capacity,
        seats_taken=row.gone,
        price_minor=row.price_minor,
        currency=row.currency,
        online=row.online,
        theme=service.theme,
        person=host.name if host else "",
        room=known.rooms.get(row.room_id, ""),
        place=place.name if place else "",
        city=place.city if place else "",
        photo=service.photo,
        photo_alt=service.photo_alt,
        merchant_id=row.merchant_id,
        venue_id=row.venue_id,
        service_id=row.service_id,
        level=host.level if host else "",
        facilitator_id=row.facilitator_id,
        room_id=row.room_id,
        merchant=known.houses[service.merchant_id].name,
    )


def _sessions(choice: Choice, *columns: Any, private: bool = False) -> Select[Any]:
    """The sessions of what was chosen: services, people and places are looked up, and asked for by their ids."""
    known = programme()
    conditions = [_SESSION.state != "completed", _among(_SESSION.service_id, _services(choice, private=private))]
    if choice.person:
        conditions.append(
            _among(_SESSION.facilitator_id, [key for key, host in known.hosts.items() if host.slug == choice.person])
        )
    if choice.facilitator_id:
        conditions.append(_SESSION.facilitator_id == choice.facilitator_id)
    if choice.city:
        city = choice.city.lower()
        conditions.append(
            _among(_SESSION.venue_id, [key for key, place in known.places.items() if place.city.lower() == city])
        )
    if choice.online:
        conditions.append(_SESSION.online)
    return select(*columns).select_from(Session.__table__).where(*conditions)


def _with_rooms(query: Select[Any]) -> Select[Any]:
    """With what `seats_gone` needs."""
    return query.join(Service, Service.id == _SESSION.service_id).outerjoin(Room, Room.id == _SESSION.room_id)


def _services(choice: Choice, *, private: bool) -> tuple[int, ...]:
    return _services_among(choice.theme, choice.merchant, choice.service_id, private)


@remembered(most=1024)
def _services_among(theme: str, merchant: str, service_id: int | None, private: bool) -> tuple[int, ...]:
    known = programme()

    def fits(key: int, service: Offered) -> bool:
        return (
            (private or not service.private)
            and theme in ("", service.theme)
            and merchant in ("", known.houses[service.merchant_id].slug)
            and service_id in (None, key)
        )

    return tuple(key for key, service in known.services.items() if fits(key, service))


def _among(column: ColumnElement[Any], ids: Sequence[int]) -> ColumnElement[bool]:
    """One array instead of a list of parameters: the same statement for one and for a thousand."""
    return column == any_(literal(ids, ARRAY(BigInteger)))


def _within(query: Select[Any], first: dt.date, last: dt.date | None, now: dt.datetime) -> Select[Any]:
    """By the places' own days; the bounds in UTC are wider and let the index do the work."""
    query = query.where(_SESSION.starts_at > max(now, _midnight(first) - _FURTHEST_ZONE), _local_day() >= first)
    if last is not None:
        after = _midnight(last + dt.timedelta(days=1)) + _FURTHEST_ZONE
        query = query.where(_SESSION.starts_at < after, _local_day() <= last)
    return query


def _local_day() -> Any:
    return cast(func.timezone(_SESSION.zone, _SESSION.starts_at), Date)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), tzinfo=dt.UTC)
