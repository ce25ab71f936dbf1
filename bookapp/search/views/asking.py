"""The question as a form, and the filters beside it as chips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask_babel import ngettext

from bookapp.catalog.queries import cities
from bookapp.catalog.states import Amenity, RoomType
from bookapp.infra import clock
from bookapp.search.forms import FURTHEST, Asked
from bookapp.search.rules.address import address, pairs, what
from bookapp.search.rules.ask import Ask, ClockTrouble, Kind, Sort
from bookapp.search.views import words
from bookapp.values.money import decimals_of, round_half_up
from bookapp.web import filters
from bookapp.web.language import gettext as _

HALF_HOURS = tuple(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in range(0, 24 * 60, 30))
ENDS = (*HALF_HOURS[1:], "24:00")
WELL_RATED = Decimal("4.5")

Option = tuple[str, str]
MOST_WAYS = 8
CARRIED = ("type", "rating", "favourites", "accessible", "sort")


@dataclass(frozen=True, slots=True)
class AskForm:
    """What _ask.html draws. `typed` holds each field's text, also where it is wrong; `problems` the sentences."""

    typed: dict[str, str]
    problems: dict[str, str]
    whats: Sequence[Option]
    cities: Sequence[str]
    begins: Sequence[str]
    ends: Sequence[str]
    first_day: dt.date
    last_day: dt.date
    title: str
    summary: str
    # Filters that are links: they stay when the form is sent.
    carried: Sequence[Option]

    @property
    def said(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`; what has no field leads to the first one."""
        visible = {"what", "where", "date", "from", "to", "people"}
        return [(f"q-{name if name in visible else 'what'}", said) for name, said in self.problems.items()]


@dataclass(frozen=True, slots=True)
class Chips:
    """Filters: (words, address, is on) as links, amenities as boxes, themes and orders as links in a panel."""

    price: str
    currency: str
    currencies: Sequence[Option]
    toggles: Sequence[tuple[str, str, bool]]
    amenities: Sequence[tuple[str, str, bool]]
    themes: Sequence[tuple[str, str, bool]]
    orders: Sequence[tuple[str, str, bool]]
    order: str
    clear: str


def form_of(asked: Asked) -> AskForm:
    """The form with everything that was typed. One query, for the cities."""
    now, ask = clock.now(), asked.ask
    typed = dict(asked.typed)
    typed["what"] = what(ask)
    known = cities()
    whats = _whats()
    named = whats[typed["what"]]
    where = next((city for city in known if city.lower() == ask.where.lower()), ask.where)
    title = _("%(what)s in %(where)s", what=named, where=where) if where else named
    people = ngettext("%(num)s person", "%(num)s people", ask.people) if ask.people else ""
    short = filters.day(ask.day) if ask.day else _("Any day")
    between = f"{ask.hours.begins[:5]}–{ask.hours.ends[:5]}" if ask.hours else _("any time")
    return AskForm(
        typed=typed,
        problems=dict(asked.problems),
        whats=tuple(whats.items()),
        cities=known,
        begins=_with_own(HALF_HOURS, typed.get("from", "")),
        ends=_with_own(ENDS, typed.get("to", "")),
        first_day=(now - dt.timedelta(hours=12)).date(),
        last_day=(now + FURTHEST).date(),
        title=title,
        summary=" · ".join(part for part in (f"{short}, {between}", people) if part),
        carried=[pair for pair in pairs(ask) if pair[0] in CARRIED],
    )


def chips_of(
    asked: Asked,
    *,
    currencies: Sequence[str],
    currency: str,
    amenities: Collection[str],
    themes: Sequence[str],
    signed_in: bool,
) -> Chips:
    """The filters of a search, each with the address that puts it on or takes it away."""
    ask = replace(asked.ask, page=1)
    toggles = [_toggle(ask, name, on) for name, on in _flags(ask, signed_in)]
    toggles += [(words.labels(Amenity)[name], address(_without_amenity(ask, name)), True) for name in ask.amenities]
    if ask.rating is not None and ask.rating != WELL_RATED:
        toggles.append((_("%(stars)s and up", stars=ask.rating), address(replace(ask, rating=None)), True))
    chosen = currency or ask.currency
    orders = dict(words.labels(Sort))
    if ask.kind is Kind.SESSION:
        orders[Sort.BEST] = _("Soonest")
    return Chips(
        price=_price(ask, chosen),
        currency=chosen,
        currencies=[(one, one) for one in dict.fromkeys([*currencies, *filter(None, [chosen])])],
        toggles=toggles,
        amenities=tuple(
            (name, label, name in ask.amenities)
            for name, label in words.labels(Amenity).items()
            if name in amenities or name in ask.amenities
        ),
        themes=[
            (theme.capitalize(), address(replace(ask, type="" if theme == ask.type else theme)), theme == ask.type)
            for theme in themes
        ],
        orders=[(label, address(replace(ask, sort=Sort(name))), name == ask.sort) for name, label in orders.items()],
        order=orders[ask.sort],
        clear=address(_plain(ask)) if _plain(ask) != ask else "",
    )


def choices_of(ask: Ask, trouble: ClockTrouble) -> list[Option]:
    """For a time that comes twice: (which one, address)."""
    if ask.hours is None:
        return []
    said = (_("the first time, before the clocks go back"), _("the second time, after the clocks go back"))
    name = "begins" if trouble.field == "from" else "ends"
    return [
        (label, address(replace(ask, hours=replace(ask.hours, **{name: choice}))))
        for label, choice in zip(said, trouble.choices, strict=False)
    ]


def ways_on(ask: Ask, *, is_known: bool, names: Sequence[str]) -> list[Option]:
    """What to try when nothing was found: (words, address), the smallest change first.

    `is_known`: there is something at the asked place at all; if not, the cities (`names`) are what helps.
    """
    if ask.where and not is_known:
        return [(name, address(replace(ask, where=name, page=1))) for name in names[:MOST_WAYS]]
    ways: list[Option] = []
    if ask.hours:
        ways.append((_("Any time that day"), address(replace(ask, hours=None, page=1))))
    if ask.day:
        after = ask.day + dt.timedelta(days=1)
        hours = replace(ask.hours, day=after) if ask.hours else None
        ways.append((filters.day_long(after), address(replace(ask, day=after, hours=hours, page=1))))
    if _plain(ask) != ask:
        ways.append((_("Without filters"), address(replace(_plain(ask), page=1))))
    if ask.type:
        ways.append((_("Any kind"), address(replace(ask, type="", page=1))))
    if ask.where:
        ways.append((_("Everywhere"), address(replace(ask, where="", page=1))))
    return ways


def _whats() -> dict[str, str]:
    """What one can look for, by the name it has in addresses."""
    return {
        "room": _("Any room"),
        **words.labels(RoomType),
        "session": _("Class or retreat"),
        "person": _("An hour of a person"),
    }


def _with_own(options: tuple[str, ...], own: str) -> tuple[str, ...]:
    """A time that is not on the half hour, or not a time at all, stays what was typed."""
    return options if not own or own in options else (own, *options)


def _flags(ask: Ask, signed_in: bool) -> list[tuple[str, bool]]:
    flags = [("accessible", ask.accessible), ("rating", ask.rating == WELL_RATED)]
    return [*flags, ("favourites", ask.favourites)] if signed_in else flags


def _toggle(ask: Ask, name: str, on: bool) -> tuple[str, str, bool]:
    said = {
        "accessible": _("Step-free"),
        "rating": _("%(stars)s and up", stars=WELL_RATED),
        "favourites": _("Favourites"),
    }[name]
    changes: dict[str, Any] = {name: not on}
    if name == "rating":
        changes = {"rating": None if on else WELL_RATED}
    return said, address(replace(ask, **changes)), on


def _without_amenity(ask: Ask, name: str) -> Ask:
    return replace(ask, amenities=tuple(one for one in ask.amenities if one != name))


def _plain(ask: Ask) -> Ask:
    """The same question without its filters."""
    return replace(
        ask,
        type=ask.type if ask.kind is Kind.ROOM else "",
        amenities=(),
        min_price=None,
        max_price=None,
        currency="",
        rating=None,
        favourites=False,
        accessible=False,
    )


def _price(ask: Ask, currency: str) -> str:
    """The chip of the price: what it is narrowed to, or "" for nothing."""
    if not currency or (ask.min_price is None and ask.max_price is None):
        return ""
    low, high = (_amount(price, currency) for price in (ask.min_price, ask.max_price))
    if low and high:
        return _("%(low)s to %(high)s", low=low, high=high)
    return _("Up to %(high)s", high=high) if high else _("From %(low)s", low=low)


def _amount(price: Decimal | None, currency: str) -> str:
    if price is None:
        return ""
    return words.money(round_half_up(price.scaleb(decimals_of(currency))), currency)
