"""From the text of a query string to an `Ask`: every bad value gets a sentence at its field, the rest still counts."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, TypeVar

from flask_babel import gettext as _

from bookapp.catalog.states import Amenity, RoomType
from bookapp.scheduling.rules.walltimes import WallTime
from bookapp.search.rules.ask import Ask, Hours, Kind, Sort

LONGEST_TEXT = 80
# What is put back into a field when it was too long to be used.
LONGEST_KEPT = 200
MOST_PEOPLE = 10_000
MOST_PAGES = 1_000
FURTHEST = dt.timedelta(days=730)
# The last place on Earth where a day is still that day.
LAST_CLOCK = dt.timedelta(hours=12)
_AMOUNT = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,3})?")
_RATING = re.compile(r"[1-5](?:\.[0-9]{1,2})?")
_THEME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_YES, _NO = {"1", "on", "true", "yes"}, {"", "0", "off", "false", "no"}

Value = TypeVar("Value")


class Arguments(Protocol):
    """What of werkzeug's MultiDict is used."""

    def getlist(self, key: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What was understood, what was wrong (field -> sentence), and everything as it was typed."""

    ask: Ask
    problems: Mapping[str, str]
    typed: Mapping[str, str] = field(default_factory=dict)

    def shown(self, name: str) -> str:
        """What stands in the field called `name`: the person's own text, also when it was wrong."""
        return self.typed.get(name, "")


def read(arguments: Arguments, now: dt.datetime) -> Asked:
    """Understand a query string. Never raises; what is not said or not understood does not narrow anything."""
    return _Reader(arguments, now).read()


class _Reader:
    def __init__(self, arguments: Arguments, now: dt.datetime) -> None:
        self._arguments, self._now = arguments, now
        self._problems: dict[str, str] = {}
        self._typed: dict[str, str] = {}

    def read(self) -> Asked:
        kind, type_ = self._what()
        day = self._one("date", self._day, None)
        low = self._one("min_price", _amount, None)
        high = self._one("max_price", _amount, None)
        if low is not None and high is not None and high < low:
            self._problems["max_price"] = _("This is less than the lowest price you asked for.")
            high = None
        currency = self._one("currency", _currency, "")
        ask = Ask(
            kind=kind,
            type=type_,
            where=self._one("where", str, ""),
            day=day,
            hours=self._hours(day),
            people=self._one("people", _people, None),
            amenities=self._amenities(),
            min_price=low,
            max_price=high,
            # A form with an empty price sends a currency as well; alone it narrows nothing.
            currency=currency if low is not None or high is not None else "",
            rating=self._one("rating", _rating, None),
            favourites=self._one("favourites", _flag, False),
            accessible=self._one("accessible", _flag, False),
            sort=self._one("sort", _sort, Sort.BEST),
            page=self._one("page", _page, 1),
        )
        return Asked(ask, self._problems, self._typed)

    def _one(self, name: str, parse: Callable[[str], Value], nothing: Value) -> Value:
        """The value called `name`; `parse` raises ValueError with the sentence for the person."""
        # Asked as a list: werkzeug raises, and catches, an error for each name that is not there.
        given = self._arguments.getlist(name)
        text = _tidy(given[0]) if given else ""
        if not text:
            self._typed[name] = ""
            return nothing
        self._typed[name] = "".join(filter(str.isprintable, text))[:LONGEST_KEPT]
        try:
            _check(text)
            return parse(text)
        except ValueError as error:
            self._problems[name] = str(error)
            return nothing

    def _what(self) -> tuple[Kind, str]:
        what = self._one("what", _what, (Kind.ROOM, ""))
        kind, room_type = what
        type_ = self._one("type", _room_type if kind is Kind.ROOM else _theme, "")
        return kind, room_type or type_

    def _day(self, text: str) -> dt.date:
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise ValueError(_("Please write the day as year-month-day, such as 2027-03-24.")) from None
        if day < (self._now - LAST_CLOCK).date():
            raise ValueError(_("This day is over. Please choose another one."))
        if day > (self._now + FURTHEST).date():
            raise ValueError(_("Please choose a day within the next two years."))
        return day

    def _hours(self, day: dt.date | None) -> Hours | None:
        begins = self._one("from", _begin, "")
        ends = self._one("to", _end, "")
        wrong = any(name in self._problems for name in ("from", "to", "date"))
        if wrong or not (begins or ends):
            return None
        if not begins:
            self._problems["from"] = _("From when? Or choose any time.")
        elif not ends:
            self._problems["to"] = _("Until when? Or choose any time.")
        elif day is None:
            self._problems["date"] = _("On which day?")
        else:
            return Hours(day, begins, ends)
        return None

    def _amenities(self) -> tuple[str, ...]:
        asked = dict.fromkeys(text for text in map(_tidy, self._arguments.getlist("amenity")) if text)
        known = tuple(amenity for amenity in asked if amenity in set(Amenity))
        if len(known) < len(asked):
            self._problems["amenity"] = _("We do not know one of these amenities.")
        return known


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _check(text: str) -> None:
    if not text.isprintable():
        raise ValueError(_("Please use letters and figures only."))
    if len(text) > LONGEST_TEXT:
        raise ValueError(_("Please use at most %(most)s characters.", most=LONGEST_TEXT))


def _what(text: str) -> tuple[Kind, str]:
    if text in set(Kind):
        return Kind(text), ""
    if text in set(RoomType):
        return Kind.ROOM, text
    raise ValueError(_("Please choose a kind of room, a session or a person."))


def _room_type(text: str) -> str:
    if text in set(RoomType):
        return text
    raise ValueError(_("We do not know this kind of room."))


def _theme(text: str) -> str:
    if _THEME.fullmatch(text):
        return text
    raise ValueError(_("We do not know this kind."))


def _begin(text: str) -> str:
    time = _clock(text)
    if time.hour == 24:
        raise ValueError(_("A day begins at 00:00."))
    return time.clock + time.offset


def _end(text: str) -> str:
    time = _clock(text)
    return "24:00" if time.is_midnight else time.clock + time.offset


def _clock(text: str) -> WallTime:
    time = WallTime.parse(text)
    if time is None:
        raise ValueError(_("Please write a time such as 14:30."))
    return time


def _people(text: str) -> int:
    return _whole(text, MOST_PEOPLE, _("Please write how many people come, from 1 to 10,000."))


def _page(text: str) -> int:
    return _whole(text, MOST_PAGES, _("There is no such page."))


def _whole(text: str, most: int, sentence: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise ValueError(sentence)


def _amount(text: str) -> Decimal:
    if _AMOUNT.fullmatch(text):
        return Decimal(text.replace(",", "."))
    raise ValueError(_("Please write an amount such as 60 or 37.50."))


def _currency(text: str) -> str:
    if re.fullmatch(r"[A-Za-z]{3}", text):
        return text.upper()
    raise ValueError(_("Please choose a currency, such as EUR."))


def _rating(text: str) -> Decimal:
    if _RATING.fullmatch(text) and 1 <= Decimal(text) <= 5:
        return Decimal(text)
    raise ValueError(_("Please choose from 1 to 5 stars."))


def _flag(text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise ValueError(_("Please say yes or no."))


def _sort(text: str) -> Sort:
    if text in set(Sort):
        return Sort(text)
    raise ValueError(_("Please choose one of the orders."))
