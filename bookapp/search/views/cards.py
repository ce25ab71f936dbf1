"""Rooms as cards: every word made beforehand, so that the template only puts them in their places.

Sentences that many cards share (terms, hours, the day) are made once for a page.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

from babel import Locale

from bookapp.catalog.states import Amenity
from bookapp.scheduling.rules import Calendar
from bookapp.scheduling.rules.walltimes import typed
from bookapp.search.queries import LovedRoom, RoomsFound, ShownRoom
from bookapp.search.queries.candidates import Candidate, Manner
from bookapp.search.rules.ask import Ask
from bookapp.search.rules.fit import Missing
from bookapp.search.rules.ruler import Ruler, asked_cells, joined, ruler, states_by_cell, untaken_by_cell
from bookapp.search.views import words
from bookapp.search.views.pictures import source, stars
from bookapp.values.timespan import Span, day_span, wall
from bookapp.web import filters
from bookapp.web.language import gettext as _
from bookapp.web.language import locale_here

FACTS = 3
_OF_THE_ROOM = (Missing.AMENITY, Missing.SEATS)


@dataclass(frozen=True, slots=True)
class Strip:
    """The day as a ruler: `words` say the same; `cells` are (state, half hours), `asked` (before, length)."""

    words: str
    cells: tuple[tuple[str, int], ...]
    asked: tuple[int, int] | None
    hours: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One room. `choice` is what its button `act` sends; without a time there is no button."""

    name: str
    href: str
    photo: str
    alt: str
    stars: str
    reviews: int
    facts: str
    state: str
    word: str
    misses: Sequence[str]
    note: str
    price: str
    price_note: str
    act: str
    choice: str
    strip: Strip


def cards_of(found: RoomsFound, ask: Ask, now: dt.datetime) -> tuple[list[Card], list[Card]]:
    """The cards of a page, and those that are nearly right."""
    maker = _Maker(found, ask, now)
    return [maker.card(shown) for shown in found.shown], [maker.card(shown) for shown in found.near]


@dataclass(frozen=True, slots=True)
class _Face:
    """What the card of a room says whatever was asked for it."""

    href: str
    stars: str
    facts: str
    rate: str


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time at a place, in words; in addresses (`query`); and in forms, as far as the common fields differ."""

    hours: str
    length: str
    query: str
    choice: str
    free: str
    act: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """A day at a place, as all its rulers are drawn: `day` all of it, `window` what is drawn."""

    ruler: Ruler
    day: Span
    window: Span
    said: str
    labels: tuple[tuple[str, int], ...]


@lru_cache(maxsize=8192)
def _face(room: Candidate, asked: tuple[str, ...], is_somewhere: bool, _locale: Locale) -> _Face:
    place, names = room.place, words.labels(Amenity)
    first = [name for name in asked if name in room.amenities]
    having = [*first, *(name for name in room.amenities if name not in first)][:FACTS]
    where = place.name if is_somewhere else f"{place.name}, {place.city}"
    has = ", ".join(names[name] for name in having if name in names)
    seats = _("up to %(seats)s", seats=room.capacity)
    return _Face(
        href=f"/rooms/{room.slug}",
        stars=stars(room.rating_sum, room.rating_count),
        facts=" · ".join(part for part in (where, seats, has) if part),
        rate=_("%(price)s an hour", price=words.money(room.rate_minor, place.currency)),
    )


class _Maker:
    """Makes once for a page what its cards have in common: most of them are about the same hours of the same day."""

    def __init__(self, found: RoomsFound, ask: Ask, now: dt.datetime) -> None:
        self.ask, self.now = ask, now
        self.page, self.locale = secrets.token_urlsafe(6), locale_here()
        self.made = 0
        self._all = (*found.shown, *found.near)
        self._common = common_choice(ask)
        self._moments: dict[tuple[Span, str], _Moment] = {}
        self._scales: dict[tuple[dt.date, str], _Scale] = {}
        self._untaken: dict[tuple[Manner, dt.date], tuple[list[str], str]] = {}
        self._notes: dict[tuple[int, Span], str] = {}
        self._price_for, self._cleaning = _("%(price)s for %(length)s"), _("cleaning included")

    def card(self, shown: ShownRoom) -> Card:
        """Everything a card says."""
        room, place, span = shown.room, shown.room.place, shown.span
        face = _face(room, self.ask.amenities, bool(self.ask.where), self.locale)
        moment = self._moment(span, place.zone) if span else None
        state, word = self._badge(shown, moment)
        price, notes = face.rate, [self._cleaning] if room.manner.limits.buffer_minutes else []
        if moment is not None:
            price = self._price_for % {"price": words.money(shown.total.minor, place.currency), "length": moment.length}
            notes.append(face.rate)
        act = "" if moment is None or shown.is_yours else self._act(shown, moment)
        return Card(
            name=room.name,
            href=face.href + (moment.query if moment else self._query_of_the_day(shown)),
            photo=source(room.photo),
            alt=room.alt,
            stars=face.stars,
            reviews=room.rating_count,
            facts=face.facts,
            state=state,
            word=word,
            misses=[words.miss_words(miss) for miss in shown.misses if miss.kind in _OF_THE_ROOM],
            note=self._terms(shown, span) if span else "",
            price=price,
            price_note=" · ".join(notes),
            act=act,
            choice=self._choice(shown, moment) if act and moment else "",
            strip=self._strip(shown),
        )

    def _moment(self, span: Span, zone: str) -> _Moment:
        key = span, zone
        if key not in self._moments:
            own, hours = _typed(span, zone), words.hours(span, zone)
            differs = {name: value for name, value in own.items() if self._common.get(name) != value}
            named = hours
            if self.ask.day and wall(span.start, zone).date() != self.ask.day:
                named = f"{filters.weekday(span.start, zone)} {hours}"
            self._moments[key] = _Moment(
                hours=named,
                length=filters.duration(span.minutes),
                query=self._query(own),
                choice=f"{urlencode(differs, safe=':')}&" if differs else "",
                free=_("Free %(hours)s", hours=hours),
                act=_("Book %(hours)s", hours=named),
            )
        return self._moments[key]

    def _query(self, time: dict[str, str]) -> str:
        people = {"people": str(self.ask.people)} if self.ask.people else {}
        query = urlencode(time | people, safe=":")
        return f"?{query}" if query else ""

    def _query_of_the_day(self, shown: ShownRoom) -> str:
        day = self.ask.day or (wall(shown.first, shown.room.place.zone).date() if shown.first else None)
        return self._query({"date": day.isoformat()} if day else {})

    def _badge(self, shown: ShownRoom, moment: _Moment | None) -> tuple[str, str]:
        moved = next((miss for miss in shown.misses if miss.kind not in _OF_THE_ROOM), None)
        if shown.is_yours:
            return "yours", _("Held for you")
        if moved is not None:
            return "notice", words.miss_words(moved)
        if moment is not None:
            return "free", moment.free
        if shown.first is not None:
            return "free", words.free_from(shown.first, shown.room.place.zone, self.ask.day, self.now)
        return "booked", _("Nothing free in the next days")

    def _terms(self, shown: ShownRoom, span: Span) -> str:
        # Rooms of a house share its terms.
        tiers, zone = shown.room.tiers, shown.room.place.zone
        key = id(tiers), span
        if key not in self._notes:
            self._notes[key] = words.terms_words(tiers, span.start, zone, self.now)
        return self._notes[key]

    def _act(self, shown: ShownRoom, moment: _Moment) -> str:
        if shown.room.capacity < self.ask.party:
            return _("Book %(hours)s for %(seats)s", hours=moment.hours, seats=shown.room.capacity)
        return moment.act

    def _choice(self, shown: ShownRoom, moment: _Moment) -> str:
        """What the button adds to the form of the page (`common_choice`)."""
        self.made += 1
        # A room that seats fewer is taken for as many as it seats: its card says so.
        room = shown.room
        people = f"people={room.capacity}&" if room.capacity < self.ask.party else ""
        return (
            f"room={room.slug}&{moment.choice}{people}total={shown.total.minor}&idempotency_key={self.page}-{self.made}"
        )

    def _strip(self, shown: ShownRoom) -> Strip:
        zone, span, day = shown.room.place.zone, shown.span, self._day(shown)
        scale, calendar = self._scale(day, zone), shown.calendar
        cells, said = self._untaken_day(shown.room.manner, calendar, scale)
        if calendar.taken:
            cells = states_by_cell(calendar, scale.window, cells)
            said = words.free_words(calendar, scale.day, scale.said)
        return Strip(
            words=said,
            cells=tuple(joined(cells)),
            asked=asked_cells(span, scale.window) if span else None,
            hours=scale.labels,
        )

    def _untaken_day(self, manner: Manner, calendar: Calendar, scale: _Scale) -> tuple[list[str], str]:
        key = manner, scale.ruler.day
        if key not in self._untaken:
            untaken = replace(calendar, taken=())
            said = words.free_words(untaken, scale.day, scale.said)
            self._untaken[key] = untaken_by_cell(untaken, scale.window), said
        return self._untaken[key]

    def _scale(self, day: dt.date, zone: str) -> _Scale:
        key = day, zone
        if key not in self._scales:
            drawn = self._ruler(day)
            self._scales[key] = _Scale(
                ruler=drawn,
                day=day_span(day, zone),
                window=drawn.window(zone),
                said="" if day == self.ask.day else filters.day_long(day),
                labels=tuple(drawn.labels(zone)),
            )
        return self._scales[key]

    def _day(self, shown: ShownRoom) -> dt.date:
        zone = shown.room.place.zone
        if shown.span is not None:
            return wall(shown.span.start, zone).date()
        return self.ask.day or wall(shown.first or self.now, zone).date()

    def _ruler(self, day: dt.date) -> Ruler:
        """One scale for all cards of a day, wide enough for what is open and for what is asked."""
        spans: set[tuple[Span, str]] = set()
        hours = {(shown.calendar.open, shown.room.place.zone) for shown in self._all}
        for opened, zone in hours:
            whole = day_span(day, zone)
            spans.update((part, zone) for one in opened if (part := one.within(whole)))
        spans.update((shown.span, shown.room.place.zone) for shown in self._all if shown.span)
        return ruler(day, spans)


def common_choice(ask: Ask) -> dict[str, str]:
    """The hidden fields of the one form that all cards of a page share; each button adds what is its own."""
    fields = {"kind": "room", "people": str(ask.party)}
    if ask.hours is None:
        return fields
    return fields | {"date": ask.hours.day.isoformat(), "from": ask.hours.begins, "to": ask.hours.ends}


def _typed(span: Span, zone: str) -> dict[str, str]:
    return {
        "date": wall(span.start, zone).date().isoformat(),
        "from": typed(span.start, zone),
        "to": "24:00" if not any(wall(span.end, zone).timetuple()[3:5]) else typed(span.end, zone),
    }


@dataclass(frozen=True, slots=True)
class LovedCard:
    """A room without a time."""

    name: str
    href: str
    photo: str
    alt: str
    stars: str
    reviews: int
    facts: str
    price: str


def loved_cards(rooms: Sequence[LovedRoom]) -> list[LovedCard]:
    """The rooms of the home page."""
    return [
        LovedCard(
            name=room.name,
            href=f"/rooms/{room.slug}",
            photo=source(room.photo),
            alt=room.alt or "",
            stars=stars(room.rating_sum, room.rating_count),
            reviews=room.rating_count,
            facts=" · ".join(
                part
                for part in (
                    f"{room.venue}, {room.city}",
                    _("up to %(seats)s", seats=room.capacity),
                    ", ".join(words.labels(Amenity)[name] for name in room.amenities[:2]),
                )
                if part
            ),
            price=_("%(price)s an hour", price=words.money(room.rate_minor, room.currency)),
        )
        for room in rooms
    ]
