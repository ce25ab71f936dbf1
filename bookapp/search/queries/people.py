"""People: who can be had for an hour, and their next three free times."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from bookapp.favourites.queries import Kept
from bookapp.pricing.queries import tariffs_of
from bookapp.pricing.rules import Facts, Subject
from bookapp.scheduling.queries.calendars import taken_by_resource
from bookapp.scheduling.rules import Taken
from bookapp.scheduling.rules.calendar import end_of_day
from bookapp.search.queries.hosts import Person, people_for
from bookapp.search.queries.times import Times, times
from bookapp.search.rules.ask import Ask, ClockTrouble, Sort
from bookapp.search.rules.fit import weighted_rating
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall

NOTHING = Kept()
PER_PAGE = 15
NEXT = 3
AHEAD_DAYS = 7
# What begins late on a day, with its buffer, ends on the one after it.
DAY = dt.timedelta(days=1)
_LIKELY = 3 * NEXT


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


def find_people(ask: Ask, *, now: dt.datetime, kept: Kept = NOTHING) -> PeopleFound:
    """The people for `ask`, free ones at the asked time first: one query, and one for the days after it."""
    favourites = (kept.rooms, kept.venues) if ask.favourites else None
    people: Sequence[Person] = people_for(ask.where, ask.type, ask.rating, ask.accessible, ask.amenities, favourites)
    currencies = [person.price.currency for person in people]
    currency = ask.currency or max(sorted(currencies), key=currencies.count, default="")
    if _has_range(ask):
        people = [one for one in people if one.price.currency == currency]
    people = sorted(people, key=_order(ask.sort))
    there = times(ask, {one.facilitator.zone for one in people}, now)
    people = [one for one in people if one.facilitator.zone in there.days]
    free, busy = _split(people, ask, there, now)
    by_price = _has_range(ask) or ask.sort is Sort.PRICE
    if by_price:
        free, busy = _priced(free, ask, now), _priced(_later(busy, ask, there, now), ask, now)
    pages = max(1, -(-len(free) // PER_PAGE))
    page = min(ask.page, pages)
    shown, near = free[(page - 1) * PER_PAGE : page * PER_PAGE], busy if pages == 1 else []
    if not by_price:
        # Of the many only those who are shown are looked at more closely: of the busy ones the first who have time.
        shown = _with_totals(shown, now)
        near = _with_totals(_first_with_time(near, ask, there, now), now)
    return PeopleFound(
        shown=shown,
        near=[one for one in near if one.starts][:NEXT],
        busy=len(busy),
        total=len(free),
        page=page,
        pages=pages,
        currency=currency,
        currencies=sorted(set(currencies)),
        troubles=there.troubles,
    )


def people_soon(now: dt.datetime, limit: int) -> list[ShownPerson]:
    """The best rated people who have a free time within AHEAD_DAYS, each with the next NEXT of them."""
    people = sorted(people_for("", "", None, False, (), None), key=_order(Sort.BEST))[: 2 * limit]
    diary = Diary(people, Span(now, now + dt.timedelta(days=AHEAD_DAYS)), now)
    shown = [ShownPerson(one, diary.next(one, now)) for one in people]
    return _with_totals([one for one in shown if one.starts][:limit], now)


class Diary:
    """When people and the rooms they need are free within a window, by what is taken of them: one query."""

    def __init__(self, people: Sequence[Person], window: Span, now: dt.datetime) -> None:
        self._now = now
        resources = {one.facilitator.resource_id for one in people}
        resources |= {place.resource_id for one in people for place in one.places or ()}
        self._taken: defaultdict[int, list[Taken]] = taken_by_resource(resources, window.padded(after=DAY), now=now)

    def starts(self, person: Person, window: Span) -> Iterator[dt.datetime]:
        """The instants in `window` at which `person` can be had, in order: see `rules.joint_starts`."""
        zone, service, length = person.facilitator.zone, person.service, person.length
        earliest = max(window.start, self._now + dt.timedelta(minutes=service.notice_minutes))
        latest = end_of_day(wall(self._now, zone).date() + dt.timedelta(days=service.horizon_days), zone) - length
        buffer = dt.timedelta(minutes=service.buffer_minutes)
        own = self._taken.get(person.facilitator.resource_id, ())
        day, last = wall(window.start, zone).date(), wall(window.end, zone).date()
        while day <= last:
            for at, places in person.untaken(day):
                if at < earliest:
                    continue
                if at >= window.end or at > latest:
                    return
                end = at + length
                if _is_free(own, at, end + buffer) and (
                    places is None
                    or any(_is_free(self._taken.get(one.resource_id, ()), at, end + one.buffer) for one in places)
                ):
                    yield at
            day += DAY

    def next(self, person: Person, after: dt.datetime) -> list[dt.datetime]:
        """The next NEXT starts from `after` on, within AHEAD_DAYS."""
        zone, since = person.facilitator.zone, max(after, self._now)
        last = wall(since, zone).date() + dt.timedelta(days=AHEAD_DAYS - 1)
        return list(islice(self.starts(person, Span(since, day_span(last, zone).end)), NEXT))


def _is_free(taken: Sequence[Taken], start: dt.datetime, end: dt.datetime) -> bool:
    return not any(one.span.start < end and start < one.span.end for one in taken)


def _split(
    people: Sequence[Person], ask: Ask, there: Times, now: dt.datetime
) -> tuple[list[ShownPerson], list[ShownPerson]]:
    """Those with a time when it was asked, and the others, whose times after it nobody has looked for yet."""
    if not people:
        return [], []
    # Who names no day is shown what comes next; of an asked day only that day is read for everybody.
    diary = Diary(people, there.whole if ask.day else _ahead(there), now)
    free: list[ShownPerson] = []
    busy: list[ShownPerson] = []
    for person in people:
        asked = _asked_span(person, ask, there)
        if asked is None:
            found = diary.next(person, now)
        else:
            fitting = (at for at in diary.starts(person, asked) if at + person.length <= asked.end)
            found = list(islice(fitting, NEXT))
        (free if found else busy).append(ShownPerson(person, found))
    return free, busy


def _asked_span(person: Person, ask: Ask, there: Times) -> Span | None:
    zone = person.facilitator.zone
    return there.spans.get(zone) or (there.days[zone] if ask.day else None)


def _ahead(there: Times) -> Span:
    return there.whole.padded(after=dt.timedelta(days=AHEAD_DAYS))


def _later(busy: Sequence[ShownPerson], ask: Ask, there: Times, now: dt.datetime) -> list[ShownPerson]:
    """The same with their next times after what was asked."""
    diary = Diary([one.person for one in busy], _ahead(there), now) if busy and ask.day else None
    if diary is None:
        return list(busy)
    found = []
    for one in busy:
        asked = _asked_span(one.person, ask, there)
        found.append(one._replace(starts=diary.next(one.person, asked.start if asked else now)))
    return found


def _first_with_time(busy: list[ShownPerson], ask: Ask, there: Times, now: dt.datetime) -> list[ShownPerson]:
    """The first NEXT who have a time after what was asked: few have none in a week."""
    found = [one for one in _later(busy[:_LIKELY], ask, there, now) if one.starts]
    if len(found) < NEXT:
        found += [one for one in _later(busy[_LIKELY:], ask, there, now) if one.starts]
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
