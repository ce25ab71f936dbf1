"""People: who can be had for an hour, and their next three free times."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from bookapp.favourites.queries import Kept
from bookapp.infra.db import db
from bookapp.pricing.queries import tariffs_of
from bookapp.pricing.rules import Facts, Subject
from bookapp.scheduling.queries import Appointments, appointment_calendars
from bookapp.search.queries.candidates import has_amenities, ids
from bookapp.search.queries.details import first_photo
from bookapp.search.queries.times import Times, times
from bookapp.search.rules.ask import Ask, ClockTrouble, Sort
from bookapp.search.rules.fit import weighted_rating
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall

NOTHING = Kept()
PER_PAGE = 15
# More people than this in one city need a narrower question.
MOST = 200
NEXT = 3
AHEAD_DAYS = 7
ONLINE = "online"


class Person(NamedTuple):
    """Somebody, and the least expensive way to have an hour of them: `price` is that before any rule.

    `venue_id` and `venue_zone` are of the house it takes place in, None where it is online.
    """

    facilitator: Facilitator
    service: Service
    minutes: int
    price: Money
    portrait: str | None
    venue_id: int | None
    venue_zone: str | None


class ShownPerson(NamedTuple):
    """One card, with up to NEXT free times and what each of them costs by today's rules, tax included."""

    person: Person
    starts: list[dt.datetime]
    totals: Sequence[Money] = ()


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """One page of people. `near` have no time when asked, but soon after; `busy` is how many those are in all."""

    shown: Sequence[ShownPerson]
    near: Sequence[ShownPerson]
    busy: int
    total: int
    page: int
    pages: int
    currency: str
    currencies: Sequence[str]
    troubles: Sequence[ClockTrouble]


def find_people(
    ask: Ask, *, now: dt.datetime, mine: frozenset[uuid.UUID] = frozenset(), kept: Kept = NOTHING
) -> PeopleFound:
    """The people for `ask`, free ones at the asked time first. Nine queries, however many people."""
    people = _read(_asked(ask, kept))
    currencies = [person.price.currency for person in people]
    currency = ask.currency or max(sorted(currencies), key=currencies.count, default="")
    if _has_range(ask):
        people = [one for one in people if one.price.currency == currency]
    people = sorted(people, key=_order(ask.sort))
    there = times(ask, {one.facilitator.zone for one in people}, now)
    people = [one for one in people if one.facilitator.zone in there.days]
    free, busy = (_priced(some, ask, now) for some in _split(people, ask, there, now, mine))
    pages = max(1, -(-len(free) // PER_PAGE))
    page = min(ask.page, pages)
    return PeopleFound(
        shown=free[(page - 1) * PER_PAGE : page * PER_PAGE],
        near=[one for one in busy if one.starts][:NEXT] if pages == 1 else [],
        busy=len(busy),
        total=len(free),
        page=page,
        pages=pages,
        currency=currency,
        currencies=sorted(set(currencies)),
        troubles=there.troubles,
    )


def people_soon(now: dt.datetime, limit: int, mine: frozenset[uuid.UUID] = frozenset()) -> list[ShownPerson]:
    """The best rated people who have a free time within AHEAD_DAYS, each with the next NEXT of them."""
    people = sorted(_read(_people()), key=_order(Sort.BEST))[: 2 * limit]
    calendars = _calendars(people, Span(now, now + dt.timedelta(days=AHEAD_DAYS)), now, mine)
    shown = [ShownPerson(one, _next(one, calendars[one], now, now)) for one in people]
    return _with_totals([one for one in shown if one.starts][:limit], now)


def _split(
    people: list[Person], ask: Ask, there: Times, now: dt.datetime, mine: frozenset[uuid.UUID]
) -> tuple[list[ShownPerson], list[ShownPerson]]:
    """Those with a time when it was asked, and the others with their times after it."""
    if not people:
        return [], []
    window = there.whole.padded(after=dt.timedelta(days=AHEAD_DAYS))
    calendars = _calendars(people, window, now, mine)
    free: list[ShownPerson] = []
    busy: list[ShownPerson] = []
    for person in people:
        zone = person.facilitator.zone
        asked = there.spans.get(zone) or (there.days[zone] if ask.day else None)
        if asked is None:
            found = _next(person, calendars[person], now, now)
            (free if found else busy).append(ShownPerson(person, found))
            continue
        length = dt.timedelta(minutes=person.minutes)
        found = [at for at in calendars[person].starts(asked, person.minutes) if at + length <= asked.end]
        if found:
            free.append(ShownPerson(person, found[:NEXT]))
        else:
            busy.append(ShownPerson(person, _next(person, calendars[person], asked.start, now)))
    return free, busy


def _calendars(
    people: list[Person], window: Span, now: dt.datetime, mine: frozenset[uuid.UUID]
) -> dict[Person, Appointments]:
    found = appointment_calendars(
        [(person.service, person.facilitator) for person in people], window, now=now, mine=mine
    )
    return {person: found[person.service.id, person.facilitator.id] for person in people}


def _next(person: Person, calendars: Appointments, after: dt.datetime, now: dt.datetime) -> list[dt.datetime]:
    """The next NEXT starts from `after` on, looked for day by day: most people have some soon."""
    zone = person.facilitator.zone
    first = wall(max(after, now), zone).date()
    found: list[dt.datetime] = []
    for offset in range(AHEAD_DAYS):
        day = day_span(first + dt.timedelta(days=offset), zone)
        window = day.within(Span(max(after, now), day.end)) if day.end > max(after, now) else None
        found += calendars.starts(window, person.minutes) if window else []
        if len(found) >= NEXT:
            break
    return found[:NEXT]


def _has_range(ask: Ask) -> bool:
    return ask.min_price is not None or ask.max_price is not None


def _priced(some: list[ShownPerson], ask: Ask, now: dt.datetime) -> list[ShownPerson]:
    """With totals; those within the range of prices, by the price of their first time where that decides."""
    shown = _with_totals(some, now)
    if _has_range(ask):
        shown = [one for one in shown if _is_affordable(_first(one), ask)]
    if ask.sort is Sort.PRICE:
        shown.sort(key=lambda one: _first(one).minor)
    return shown


def _first(shown: ShownPerson) -> Money:
    return shown.totals[0] if shown.totals else shown.person.price


def _is_affordable(price: Money, ask: Ask) -> bool:
    return (ask.min_price is None or ask.min_price <= price.amount) and (
        ask.max_price is None or price.amount <= ask.max_price
    )


def _with_totals(some: list[ShownPerson], now: dt.datetime) -> list[ShownPerson]:
    """What each of the shown times costs, by the same rules as a hold: one query."""
    tariffs = tariffs_of({one.person.service.merchant_id for one in some})
    return [
        one._replace(
            totals=[tariffs[one.person.service.merchant_id].total(_facts(one.person, at, now)) for at in one.starts]
        )
        for one in some
    ]


def _facts(person: Person, at: dt.datetime, now: dt.datetime) -> Facts:
    service, online = person.service, person.service.online
    return Facts(
        Subject.APPOINTMENT,
        service.name,
        Span(at, at + dt.timedelta(minutes=person.minutes)),
        (None if online else person.venue_zone) or person.facilitator.zone,
        person.price,
        now,
        level=person.facilitator.level,
        venue_id=None if online else person.venue_id,
        service_id=service.id,
    )


def _order(sort: Sort) -> Callable[[Person], tuple[Any, ...]]:
    def key(person: Person) -> tuple[Any, ...]:
        who = person.facilitator
        stars = -weighted_rating(who.rating_sum, who.rating_count)
        price = person.price.minor
        return (*((price, stars) if sort is Sort.PRICE else (stars, price)), who.name, who.id)

    return key


def _read(query: Select[Any]) -> list[Person]:
    return [
        Person(who, service, minutes, Money(price_minor, currency), portrait, venue_id, venue_zone)
        for who, service, minutes, price_minor, currency, portrait, venue_id, venue_zone in db.session.execute(query)
    ]


def _asked(ask: Ask, kept: Kept) -> Select[Any]:
    query = _people()
    if ask.where.lower() == ONLINE:
        query = query.where(Service.online)
    elif ask.where:
        said = func.lower(ask.where)
        query = query.where(
            or_(
                func.lower(Facilitator.city) == said,
                func.lower(Merchant.name) == said,
                _in_a_room(func.lower(Venue.city) == said),
            )
        )
    if ask.type:
        query = query.where(Service.theme == ask.type)
    if ask.rating is not None:
        query = query.where(
            Facilitator.rating_count > 0, Facilitator.rating_sum >= ask.rating * Facilitator.rating_count
        )
    if ask.accessible:
        query = query.where(or_(Service.online, _in_a_room(has_amenities([Amenity.STEP_FREE.value]))))
    if ask.amenities:
        query = query.where(_in_a_room(has_amenities(ask.amenities)))
    if ask.favourites:
        query = query.where(_in_a_room(or_(Room.id == any_(ids(kept.rooms)), Room.venue_id == any_(ids(kept.venues)))))
    return query


def _in_a_room(condition: Any) -> Any:
    """The service can take place in a room for which this holds."""
    return exists(
        select(ServiceRoom.room_id)
        .join(Room, Room.id == ServiceRoom.room_id)
        .join(Venue, Venue.id == Room.venue_id)
        .where(ServiceRoom.service_id == Service.id, Room.listed, condition)
    )


def _people() -> Select[Any]:
    """Each listed person once, with the least expensive length of their public appointments."""
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
            Facilitator,
            Service,
            ServiceLength.minutes,
            ServiceLength.price_minor,
            Merchant.currency,
            photo.c.path,
            place.c.id,
            place.c.zone,
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
