"""What every sheet about money has, and how days and amounts are written on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency
from flask_babel import get_locale
from flask_babel import gettext as _

from bookapp.infra.pdf import render
from bookapp.values.money import Money
from bookapp.values.timespan import wall
from bookapp.web.filters import zone_name

_TEMPLATE = "documents/paper.typ"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on a paper: what they are to it ("From"), their name, and the lines below."""

    word: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head, `left` columns of words before the figures; below them the large `sum` between its parts."""

    head: tuple[str, ...] = ()
    rows: Sequence[Sequence[str]] = ()
    title: str = ""
    left: int = 1
    parts: Sequence[tuple[str, str]] = ()
    sum: tuple[str, ...] = ()
    after: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole paper, in words."""

    heading: str
    foot: str
    parties: tuple[Party, ...]
    facts: Sequence[tuple[str, str]]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()

    def pdf(self) -> bytes:
        """The paper as an accessible PDF with numbered pages."""
        return render(_TEMPLATE, self.data())

    def data(self) -> dict[str, Any]:
        """What the template is given."""
        return asdict(self) | {"lang": locale().language, "brand": "Bookapp", "title": self.heading, "numbered": True}


def locale() -> Locale:
    """The reader's."""
    return get_locale() or Locale("en")


def money(minor: int | Money, currency: str = "") -> str:
    """€56.70"""
    amount = minor if isinstance(minor, Money) else Money(minor, currency)
    return format_currency(amount.amount, amount.currency, locale=locale())


def day(at: dt.datetime, zone: str) -> str:
    """24 November 2026, as the calendar hangs in `zone`."""
    return format_date(wall(at, zone).date(), _("d MMMM y"), locale=locale())


def month(first: dt.date) -> str:
    """November 2026"""
    return format_skeleton("yMMMM", dt.datetime.combine(first, dt.time(12)), locale=locale())


def span(starts_at: dt.datetime, ends_at: dt.datetime, zone: str) -> str:
    """24 November 2026, 14:00–16:00 (Berlin); with both days where it ends on another."""
    first, last = _clock(starts_at, zone), _clock(ends_at, zone)
    until = last if wall(starts_at, zone).date() == wall(ends_at, zone).date() else f"{day(ends_at, zone)}, {last}"
    between = "–" if until == last else " – "
    return f"{day(starts_at, zone)}, {first}{between}{until} ({zone_name(zone)})"


def party(word: str, facts: Mapping[str, Any], registration: str = "") -> Party:
    """Who `facts` {name, lines, country, contact} are, with their number at the tax office if they have one."""
    country = facts.get("country", "")
    named = (locale().territories.get(country, country), facts.get("contact", ""))
    lines = (*facts["lines"], *(line for line in named if line))
    if registration:
        lines += (_("Tax number %(number)s", number=registration),)
    return Party(word, facts["name"], lines)


def _clock(at: dt.datetime, zone: str) -> str:
    return format_time(wall(at, zone).time(), "HH:mm", locale=locale())
