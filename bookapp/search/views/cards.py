"""Rooms as cards: every word made beforehand, so that the template only puts them in their places.

Sentences that many cards share (terms, hours, the day) are made once for a page.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _

from bookapp.catalog.states import Amenity
from bookapp.scheduling.rules.walltimes import typed
from bookapp.search.queries import LovedRoom, RoomsFound, ShownRoom
from bookapp.search.rules.ask import Ask
from bookapp.search.rules.fit import Missing
from bookapp.search.rules.ruler import Ruler, joined, ruler, states_by_cell
from bookapp.search.views import words
from bookapp.search.views.pictures import source, stars
from bookapp.values.timespan import Span, day_span, wall
from bookapp.web import filters

FACTS = 3
_OF_THE_ROOM = (Missing.AMENITY, Missing.SEATS)


@dataclass(frozen=True, slots=True)
class Strip:
    """The day as a ruler: `words` say the same; `cells` are (state, half hours), `asked` (before, length)."""

    words: str
    cells: Sequence[tuple[str, int]]
    size: int
    asked: tuple[int, int] | None
    hours: Sequence[tuple[str, int]]


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


class _Maker:
    def __init__(self, found: RoomsFound, ask: Ask, now: dt.datetime) -> None:
        self.ask, self.now = ask, now
        self.page = secrets.token_urlsafe(6)
        self.made = 0
        self._all = (*found.shown, *found.near)
        self._said: dict[Hashable, Any] = {}
        self._amenities = words.labels(Amenity)
        self._seats, self._hour = _("up to %(seats)s"), _("%(price)s an hour")
        self._price_for = _("%(price)s for %(length)s")
        self._free, self._book, self._cleaning = _("Free %(hours)s"), _("Book %(hours)s"), _("cleaning included")

    def card(self, shown: ShownRoom) -> Card:
        """Everything a card says."""
        room, place, span = shown.room, shown.room.place, shown.span
        state, word = self._badge(shown)
        rate = self._hour % {"price": words.money(room.rate_minor, place.currency)}
        price = rate
        if span is not None:
            length = self._once(("length", span.minutes), lambda: filters.duration(span.minutes))
            price = self._price_for % {"price": words.money(shown.total.minor, place.currency), "length": length}
        notes = [self._cleaning] if room.manner.limits.buffer_minutes else []
        act = "" if span is None or shown.is_yours else self._act(shown, span)
        return Card(
            name=room.name,
            href=f"/rooms/{room.slug}{self._query(shown)}",
            photo=source(room.photo),
            alt=room.alt,
            stars=self._once(
                ("stars", room.rating_sum, room.rating_count), lambda: stars(room.rating_sum, room.rating_count)
            ),
            reviews=room.rating_count,
            facts=self._facts(shown),
            state=state,
            word=word,
            misses=[words.miss_words(miss) for miss in shown.misses if miss.kind in _OF_THE_ROOM],
            note=self._terms(shown, span) if span else "",
            price=price,
            price_note=" · ".join([*notes, rate] if span else notes),
            act=act,
            choice=self._choice(shown) if act else "",
            strip=self._strip(shown),
        )

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What many cards of a page have in common is made once."""
        if key not in self._said:
            self._said[key] = make()
        return self._said[key]

    def _hours(self, span: Span, zone: str) -> str:
        made: str = self._once(("hours", span, zone), lambda: words.hours(span, zone))
        return made

    def _time(self, shown: ShownRoom) -> dict[str, str]:
        """The choice as it stands in addresses and forms: date, from, to, people."""
        zone, people = shown.room.place.zone, {"people": str(self.ask.people)} if self.ask.people else {}
        span = shown.span
        if span is None:
            day = self.ask.day or (wall(shown.first, zone).date() if shown.first else None)
            return {**({"date": day.isoformat()} if day else {}), **people}
        return {**self._once(("span", span, zone), lambda: _typed(span, zone)), **people}

    def _query(self, shown: ShownRoom) -> str:
        own = self._time(shown)
        made: str = self._once(tuple(own.items()), lambda: f"?{urlencode(own, safe=':')}" if own else "")
        return made

    def _badge(self, shown: ShownRoom) -> tuple[str, str]:
        zone = shown.room.place.zone
        moved = next((miss for miss in shown.misses if miss.kind not in _OF_THE_ROOM), None)
        if shown.is_yours:
            return "yours", _("Held for you")
        if moved is not None:
            return "notice", words.miss_words(moved)
        if shown.span is not None:
            return "free", self._free % {"hours": self._hours(shown.span, zone)}
        if shown.first is not None:
            return "free", words.free_from(shown.first, zone, self.ask.day, self.now)
        return "booked", _("Nothing free in the next days")

    def _facts(self, shown: ShownRoom) -> str:
        room, place = shown.room, shown.room.place
        asked = [name for name in self.ask.amenities if name in room.amenities]
        having = [*asked, *(name for name in room.amenities if name not in asked)][:FACTS]
        where = place.name if self.ask.where else f"{place.name}, {place.city}"
        has = ", ".join(self._amenities[name] for name in having if name in self._amenities)
        return " · ".join(part for part in (where, self._seats % {"seats": room.capacity}, has) if part)

    def _terms(self, shown: ShownRoom, span: Span) -> str:
        zone = shown.room.place.zone
        key = ("terms", id(shown.room.tiers), span.start, zone)
        made: str = self._once(key, lambda: words.terms_words(shown.room.tiers, span.start, zone, self.now))
        return made

    def _act(self, shown: ShownRoom, span: Span) -> str:
        zone = shown.room.place.zone
        hours = self._hours(span, zone)
        if self.ask.day and wall(span.start, zone).date() != self.ask.day:
            hours = f"{filters.weekday(span.start, zone)} {hours}"
        if shown.room.capacity < self.ask.party:
            return _("Book %(hours)s for %(seats)s", hours=hours, seats=shown.room.capacity)
        return self._book % {"hours": hours}

    def _choice(self, shown: ShownRoom) -> str:
        """What the button adds to the form of the page (`common_choice`)."""
        self.made += 1
        # A room that seats fewer is taken for as many as it seats: its card says so.
        own = self._time(shown) | {"people": str(min(self.ask.party, shown.room.capacity))}
        common = common_choice(self.ask)
        differs = {name: value for name, value in own.items() if common.get(name) != value}
        return urlencode(
            {
                "room": shown.room.slug,
                **differs,
                "total": str(shown.total.minor),
                "idempotency_key": f"{self.page}-{self.made}",
            },
            safe=":",
        )

    def _strip(self, shown: ShownRoom) -> Strip:
        zone, span = shown.room.place.zone, shown.span
        day = self._day(shown)
        drawn: Ruler = self._once(("ruler", day), lambda: self._ruler(day))
        whole: Span = self._once(("day", day, zone), lambda: day_span(day, zone))
        window: Span = self._once(("window", day, zone), lambda: drawn.window(zone))
        cells = joined(states_by_cell(shown.calendar, window))
        return Strip(
            words=words.free_words(shown.calendar, whole, "" if day == self.ask.day else filters.day_long(day)),
            cells=cells,
            size=sum(n for _state, n in cells),
            asked=self._once(("asked", span, zone), lambda: drawn.asked(span, zone) if span else None),
            hours=self._once(("labels", day, zone), lambda: drawn.labels(zone)),
        )

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
