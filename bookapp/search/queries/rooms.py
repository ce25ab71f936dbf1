"""Rooms: what is free at the asked time, what nearly is, and everything a card shows of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bookapp.favourites.queries import Kept
from bookapp.pricing.queries import tariffs_of
from bookapp.pricing.rules import Facts, Subject
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.scheduling.queries import room_calendars
from bookapp.scheduling.queries.calendars import taken_by_resource
from bookapp.scheduling.rules import Calendar, Code, nearest, refusal
from bookapp.search.queries.candidates import Candidate, candidates
from bookapp.search.queries.details import Details, details_of
from bookapp.search.queries.places import places, usual_currency
from bookapp.search.queries.times import Times, times
from bookapp.search.rules.ask import Ask, ClockTrouble, Sort
from bookapp.search.rules.fit import Fit, Miss, choose, misses, nearly, ranked
from bookapp.search.rules.near import closeness, nearest_yes
from bookapp.search.rules.standing import Counts, Standing, counted, day_standing, first_start, standing
from bookapp.values.money import Money
from bookapp.values.timespan import Span

NOTHING = Kept()
# A page of more weighs over 40 KB.
PER_PAGE = 15
# With more results than this nobody needs a nearest yes. How many rooms are looked at for one, and how many shown.
NEAR_UP_TO = 10
NEAR_LOOKED_AT, NEAR_SHOWN = 6, 4
DAY = dt.timedelta(days=1)
HOUR = Decimal(60)


@dataclass(frozen=True, slots=True)
class ShownRoom:
    """One card. `span` is what its button takes; None where any time will do: then `first` is the first free start.

    `total` is the price of `span`, or of the shortest booking.
    """

    room: Candidate
    misses: tuple[Miss, ...]
    calendar: Calendar
    span: Span | None
    first: dt.datetime | None
    total: Money
    photo: str | None
    alt: str
    tiers: Sequence[Mapping[str, Any]]
    is_yours: bool = False


@dataclass(frozen=True, slots=True)
class RoomsFound:
    """One page of results, what is nearly right, and the counts of all pages. `amenities`: what any room there has."""

    shown: Sequence[ShownRoom]
    near: Sequence[ShownRoom]
    counts: Counts
    total: int
    page: int
    pages: int
    currency: str
    currencies: Sequence[str]
    amenities: frozenset[str]
    times: Times

    @property
    def troubles(self) -> Sequence[ClockTrouble]:
        """The zones whose clocks cannot say the asked hours."""
        return self.times.troubles


def find_rooms(
    ask: Ask,
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID] = frozenset(),
    kept: Kept = NOTHING,
    per_page: int = PER_PAGE,
) -> RoomsFound:
    """The rooms for `ask`, best first. `mine` are the claims of the person asking: their own hold is not in the way."""
    return _RoomSearch(ask, now, mine, per_page).find(kept)


class _RoomSearch:
    def __init__(self, ask: Ask, now: dt.datetime, mine: frozenset[uuid.UUID], per_page: int) -> None:
        self.ask, self.now, self.mine, self.per_page = ask, now, mine, per_page
        self.times = Times({}, {})
        self.calendars: dict[int, Calendar] = {}
        self.tariffs: dict[int, Tariff] = {}
        self._totals: dict[tuple[int, Span | None], Money] = {}

    def find(self, kept: Kept) -> RoomsFound:
        there = places(self.ask.where)
        self.times = times(self.ask, {place.zone for place in there.values()}, self.now)
        usable = {place.id: place for place in there.values() if place.zone in self.times.days}
        found = candidates(self.ask, usable, self.times.spans, now=self.now, mine=self.mine, kept=kept)
        self.tariffs = tariffs_of({room.place.merchant_id for room in found})
        currency = self.ask.currency or usual_currency(there)
        rooms = [room for room in found if self._is_affordable(room, currency)]
        standings = self._standings(rooms)
        free = [room for room in rooms if standings[room.id] is Standing.FREE]
        fits = self._ranked(choose(free, self.ask.amenities, self.ask.party))
        pages = max(1, -(-len(fits) // self.per_page))
        page = min(self.ask.page, pages)
        fits_shown = fits[(page - 1) * self.per_page : page * self.per_page]
        near = self._pool(rooms, standings, fits) if len(fits) <= NEAR_UP_TO else []
        shown, nearby = self._cards(fits_shown, near)
        exact = [standings[room.id] for room in rooms if not misses(room, self.ask.amenities, self.ask.party)]
        return RoomsFound(
            shown=shown,
            near=nearby,
            counts=counted(exact, partly=sum(not fit.is_exact for fit in fits)),
            total=len(fits),
            page=page,
            pages=pages,
            currency=currency,
            currencies=sorted({place.currency for place in there.values()}),
            amenities=frozenset(name for room in found for name in room.amenities),
            times=self.times,
        )

    def _standings(self, rooms: list[Candidate]) -> dict[int, Standing]:
        """Free or why not, of each; nobody who names no day is told that a room is not free."""
        if self.ask.day is None or not rooms:
            return dict.fromkeys((room.id for room in rooms), Standing.FREE)
        if not self.times.spans:
            self.calendars = room_calendars(rooms, self.times.whole, now=self.now, mine=self.mine)
            return {
                room.id: day_standing(self.calendars[room.id], self.times.days[room.place.zone], room.min_minutes)
                for room in rooms
            }
        # What is taken was answered with the rooms; it is read for the shown ones only, to draw their day.
        window = self._window_with_next_day()
        self.calendars = room_calendars(rooms, window, now=self.now, mine=self.mine, occupied=False)
        refused: dict[Any, Any] = {}
        standings: dict[int, Standing] = {}
        for room in rooms:
            calendar = self.calendars[room.id]
            # Rooms of a house that open and close together are refused for the same reason: decided once.
            alike = (room.venue_id, id(calendar.open), calendar.closures, calendar.limits)
            if alike not in refused:
                refused[alike] = refusal(calendar, self.times.spans[room.place.zone])
            standings[room.id] = standing(refused[alike], taken=room.taken)
        return standings

    def _cards(self, fits: list[Fit[Candidate]], pool: list[Fit[Candidate]]) -> tuple[list[ShownRoom], list[ShownRoom]]:
        rooms = [fit.thing for fit in (*fits, *pool)]
        if not rooms:
            return [], []
        self._complete(rooms)
        options = [(option, fit) for fit in pool if (option := self._option(fit)) is not None]
        options.sort(key=lambda pair: closeness(pair[0][1]))
        near = options[:NEAR_SHOWN]
        details = details_of([fit.thing.id for fit in (*fits, *(fit for _, fit in near))])
        cards = [self._card(fit.thing, fit.misses, self._span(fit.thing), details) for fit in fits]
        return cards, [self._card(fit.thing, (miss,), span, details) for (span, miss), fit in near]

    def _complete(self, rooms: list[Candidate]) -> None:
        """Calendars with everything in them, for the rooms that are shown."""
        if self.ask.day is None:
            self.calendars = room_calendars(rooms, self.times.whole, now=self.now, mine=self.mine)
        elif self.times.spans:
            taken = taken_by_resource([room.resource_id for room in rooms], self._window_with_next_day(), now=self.now)
            for room in rooms:
                self.calendars[room.id] = replace(self.calendars[room.id], taken=tuple(taken[room.resource_id]))

    def _card(
        self, room: Candidate, lacking: tuple[Miss, ...], span: Span | None, details: Mapping[int, Details]
    ) -> ShownRoom:
        calendar = self.calendars[room.id]
        detail = details[room.id]
        first = None
        if span is None:
            first = first_start(calendar, self.times.days[room.place.zone], room.min_minutes)
        why = refusal(calendar, span) if span and self.mine else None
        return ShownRoom(
            room=room,
            misses=lacking,
            calendar=calendar,
            span=span,
            first=first,
            total=self._total(room, span),
            photo=detail.photo,
            alt=detail.alt,
            tiers=detail.tiers or room.place.tiers,
            is_yours=why is not None and why.code is Code.YOURS,
        )

    def _pool(
        self, rooms: list[Candidate], standings: Mapping[int, Standing], fits: Sequence[Fit[Candidate]]
    ) -> list[Fit[Candidate]]:
        """Rooms that miss one thing: the time, or an amenity."""
        if not self.times.spans:
            return []
        ask, shown = self.ask, {fit.thing.id for fit in fits}
        unfree = [
            Fit(room)
            for room in rooms
            if standings[room.id] is not Standing.FREE and not misses(room, ask.amenities, ask.party)
        ]
        free = [room for room in rooms if standings[room.id] is Standing.FREE]
        lacking = nearly(free, ask.amenities, ask.party, shown)
        return self._ranked(unfree)[:NEAR_LOOKED_AT] + self._ranked(lacking)[:NEAR_SHOWN]

    def _option(self, fit: Fit[Candidate]) -> tuple[Span, Miss] | None:
        room = fit.thing
        wanted = self.times.spans[room.place.zone]
        if fit.misses:
            return wanted, fit.misses[0]
        return nearest_yes(wanted, nearest(self.calendars[room.id], wanted), room.place.zone)

    def _ranked(self, fits: list[Fit[Candidate]]) -> list[Fit[Candidate]]:
        def price(room: Candidate) -> int:
            if self.ask.sort is Sort.PRICE:
                return self._total(room, self._span(room)).minor
            return room.rate_minor

        return ranked(fits, self.ask.sort, self.ask.people, price)

    def _is_affordable(self, room: Candidate, currency: str) -> bool:
        low, high = self.ask.min_price, self.ask.max_price
        if low is None and high is None:
            return True
        if room.place.currency != currency:
            return False
        total = self._total(room, self._span(room)).amount
        return (low is None or low <= total) and (high is None or total <= high)

    def _span(self, room: Candidate) -> Span | None:
        return self.times.spans.get(room.place.zone)

    def _total(self, room: Candidate, span: Span | None) -> Money:
        """What is paid for `span`; without one, the shortest booking at the plain rate."""
        known = self._totals.get((room.id, span))
        if known is None:
            known = self._totals[room.id, span] = self._priced(room, span)
        return known

    def _priced(self, room: Candidate, span: Span | None) -> Money:
        place = room.place
        rate = Money(room.rate_minor, place.currency)
        if span is None:
            return rate.times(room.min_minutes / HOUR)
        return self.tariffs[place.merchant_id].total(
            Facts(
                Subject.ROOM,
                room.name,
                span,
                place.zone,
                rate,
                self.now,
                day_rate=None if room.day_rate_minor is None else Money(room.day_rate_minor, place.currency),
                venue_id=room.venue_id,
                room_id=room.id,
            )
        )

    def _window_with_next_day(self) -> Span:
        """The asked days and the one after: a nearest yes may be tomorrow."""
        return self.times.whole.padded(after=DAY)
