"""Rooms: what is free at the asked time, what nearly is, and everything a card shows of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bookapp.favourites.queries import Kept
from bookapp.pricing.queries import tariffs_of
from bookapp.pricing.rules import Facts, Subject
from bookapp.scheduling.queries.calendars import taken_by_resource
from bookapp.scheduling.rules import Calendar, Code, Taken, nearest, refusal
from bookapp.search.queries.candidates import Candidate, Manner, field, ground
from bookapp.search.queries.taken import taken_resources
from bookapp.search.queries.times import Times, times
from bookapp.search.rules.ask import Ask, ClockTrouble, Sort
from bookapp.search.rules.fit import Fit, Miss, choose, nearly, ranked
from bookapp.search.rules.near import closeness, nearest_yes
from bookapp.search.rules.standing import Counts, Standing, counted, day_standing, first_start, standing_of
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
        self.there, self.field = ground(ask.where), field(ask)
        self.times = times(ask, self.there.zones, now)
        self.tariffs = tariffs_of(self.there.merchant_ids)
        self.currency = ask.currency or self.there.currency
        self.taken: Mapping[int, Sequence[Taken]] = {}
        self._totals: dict[tuple[int, Span | None], Money] = {}

    def find(self, kept: Kept) -> RoomsFound:
        found = self._found(kept)
        rooms = [fit for fit in found if self._is_affordable(fit.thing)] if self._has_range() else found
        standings = self._standings([fit.thing for fit in rooms])
        free = [fit for fit in rooms if standings[fit.thing.id] is Standing.FREE]
        fits = self._ranked(choose(free, self.ask.amenities, self.ask.party))
        pages = max(1, -(-len(fits) // self.per_page))
        page = min(self.ask.page, pages)
        fits_shown = fits[(page - 1) * self.per_page : page * self.per_page]
        near = self._pool(rooms, free, standings, fits) if len(fits) <= NEAR_UP_TO else []
        shown, nearby = self._cards(fits_shown, near)
        return RoomsFound(
            shown=shown,
            near=nearby,
            counts=counted(
                (standings[fit.thing.id] for fit in rooms if not fit.misses),
                partly=sum(not fit.is_exact for fit in fits),
            ),
            total=len(fits),
            page=page,
            pages=pages,
            currency=self.currency,
            currencies=self.there.currencies,
            amenities=(
                self.field.amenities
                if found is self.field.fits
                else frozenset(name for fit in found for name in fit.thing.amenities)
            ),
            times=self.times,
        )

    def _found(self, kept: Kept) -> Sequence[Fit[Candidate]]:
        """What passes the hard filters where the clocks can say the asked time, best first."""
        fits: Sequence[Fit[Candidate]] = self.field.fits
        if self.times.troubles:
            fits = [fit for fit in fits if fit.thing.place.zone in self.times.days]
        if self.ask.favourites:
            fits = [fit for fit in fits if fit.thing.id in kept.rooms or fit.thing.place.id in kept.venues]
        return fits

    def _standings(self, rooms: list[Candidate]) -> Mapping[int, Standing]:
        """Free or why not, of each; nobody who names no day is told that a room is not free."""
        if self.ask.day is None or not rooms:
            return dict.fromkeys((room.id for room in rooms), Standing.FREE)
        if not self.times.spans:
            return self._standings_of_the_day(rooms)
        taken = taken_resources(self.field, self.there.zones, self.times.spans, now=self.now, mine=self.mine)
        window = self._window()
        # Rooms that open, close and are booked alike are refused for the same reason.
        refused: dict[Manner, Standing | None] = {}
        standings: dict[int, Standing] = {}
        for room in rooms:
            manner = room.manner
            if manner not in refused:
                reason = refusal(manner.calendar(window, self.now), self.times.spans[room.place.zone])
                refused[manner] = reason and standing_of(reason)
            standings[room.id] = refused[manner] or (Standing.TAKEN if room.resource_id in taken else Standing.FREE)
        return standings

    def _standings_of_the_day(self, rooms: list[Candidate]) -> Mapping[int, Standing]:
        self.taken = taken_by_resource([room.resource_id for room in rooms], self._window(), now=self.now)
        untaken: dict[Manner, Standing] = {}
        standings: dict[int, Standing] = {}
        for room in rooms:
            day, minutes = self.times.days[room.place.zone], room.manner.limits.min_minutes
            if room.resource_id in self.taken:
                standings[room.id] = day_standing(self._calendar(room), day, minutes)
                continue
            if room.manner not in untaken:
                untaken[room.manner] = day_standing(self._calendar(room), day, minutes)
            standings[room.id] = untaken[room.manner]
        return standings

    def _cards(self, fits: list[Fit[Candidate]], pool: list[Fit[Candidate]]) -> tuple[list[ShownRoom], list[ShownRoom]]:
        rooms = [fit.thing for fit in (*fits, *pool)]
        if not rooms:
            return [], []
        if self.ask.day is None or self.times.spans:
            # Of all the others only whether they are taken is known: the day of these is drawn.
            self.taken = taken_by_resource([room.resource_id for room in rooms], self._window(), now=self.now)
        options = [(option, fit) for fit in pool if (option := self._option(fit)) is not None]
        options.sort(key=lambda pair: closeness(pair[0][1]))
        cards = [self._card(fit.thing, fit.misses, self._span(fit.thing)) for fit in fits]
        return cards, [self._card(fit.thing, (miss,), span) for (span, miss), fit in options[:NEAR_SHOWN]]

    def _card(self, room: Candidate, lacking: tuple[Miss, ...], span: Span | None) -> ShownRoom:
        calendar = self._calendar(room)
        first = None
        if span is None:
            first = first_start(calendar, self.times.days[room.place.zone], room.manner.limits.min_minutes)
        why = refusal(calendar, span) if span and self.mine else None
        return ShownRoom(
            room=room,
            misses=lacking,
            calendar=calendar,
            span=span,
            first=first,
            total=self._total(room, span),
            is_yours=why is not None and why.code is Code.YOURS,
        )

    def _calendar(self, room: Candidate) -> Calendar:
        return room.manner.calendar(self._window(), self.now, self.mine, self.taken.get(room.resource_id, ()))

    def _pool(
        self,
        rooms: Sequence[Fit[Candidate]],
        free: Sequence[Fit[Candidate]],
        standings: Mapping[int, Standing],
        fits: Sequence[Fit[Candidate]],
    ) -> list[Fit[Candidate]]:
        """Rooms that miss one thing: the time, or an amenity."""
        if not self.times.spans:
            return []
        unfree = [fit for fit in rooms if not fit.misses and standings[fit.thing.id] is not Standing.FREE]
        lacking = nearly(free, {fit.thing.id for fit in fits})
        return self._ranked(unfree)[:NEAR_LOOKED_AT] + self._ranked(lacking)[:NEAR_SHOWN]

    def _option(self, fit: Fit[Candidate]) -> tuple[Span, Miss] | None:
        room = fit.thing
        wanted = self.times.spans[room.place.zone]
        if fit.misses:
            return wanted, fit.misses[0]
        return nearest_yes(wanted, nearest(self._calendar(room), wanted), room.place.zone)

    def _ranked(self, fits: list[Fit[Candidate]]) -> list[Fit[Candidate]]:
        """In order they are already, unless the price of the asked time decides."""
        if self.ask.sort is not Sort.PRICE:
            return fits
        return ranked(fits, Sort.PRICE, self.ask.people, lambda room: self._total(room, self._span(room)).minor)

    def _has_range(self) -> bool:
        return self.ask.min_price is not None or self.ask.max_price is not None

    def _is_affordable(self, room: Candidate) -> bool:
        low, high = self.ask.min_price, self.ask.max_price
        if room.place.currency != self.currency:
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
            return rate.times(room.manner.limits.min_minutes / HOUR)
        return self.tariffs[place.merchant_id].total(
            Facts(
                Subject.ROOM,
                room.name,
                span,
                place.zone,
                rate,
                self.now,
                day_rate=None if room.day_rate_minor is None else Money(room.day_rate_minor, place.currency),
                venue_id=place.id,
                room_id=room.id,
            )
        )

    def _window(self) -> Span:
        """The asked day or days, and the day after: what begins late reaches into it, a nearest yes may be there."""
        return self.times.whole.padded(after=DAY)
