"""Runs of a calendar as the cells of a board, with their words and links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import replace
from typing import Any, NamedTuple

from flask import get_template_attribute
from markupsafe import Markup

from bookapp.infra.remembering import state
from bookapp.scheduling.messages import Words
from bookapp.scheduling.rules import Calendar, State, typed
from bookapp.scheduling.rules.grid import Piece, Ruler, first_in, hours_of, pieces
from bookapp.scheduling.views.asked import Asked, usual_minutes
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall
from bookapp.web import filters
from bookapp.web.language import gettext as _
from bookapp.web.language import locale_here

# Too narrow for a sentence: the state's own word has to do.
FEW_CELLS = 2
# Rows of day grids: forty days of a house with a hundred rooms, at half a kilobyte each.
MOST_KEPT = 4096
# (cells, state, words, address or "")
Drawn = tuple[int, str, str, str]

_kept: dict[Hashable, Markup] = {}


class Row(NamedTuple):
    """One room of the day grid; `cells` are its runs, as HTML."""

    name: str
    href: str
    facts: str
    is_own: bool
    cells: Markup


class Draw:
    """Runs as cells with words and links. Everything that is the same for all of them is made once."""

    def __init__(self, asked: Asked, zone: str, currency: str) -> None:
        self._zone, self._currency, self._words = zone, currency, Words()
        self._free, self._too_short = _("Free"), _("Too short a gap")
        self._facts, self._rates = _("%(seats)s people · %(rate)s/h"), dict[int, str]()
        self._asked_minutes = asked.span.minutes if asked.span else 0
        self._all = asked.choice.query
        rest = replace(asked.choice, day=None, start="", end="").query
        self._rest = f"&{rest}" if rest else ""
        self._version, self._language = state(), str(locale_here())
        self._write = get_template_attribute("scheduling/rooms/_cells.html", "cells")
        # A hundred rooms are free at the same few times.
        self._times: dict[dt.datetime, dict[dt.datetime, str]] = {}

    def row(self, room: Any, calendar: Calendar, over: Ruler, *, is_own: bool) -> Row:
        """One room of the day grid."""
        facts = self._facts % {"seats": room.capacity, "rate": self._rate(room.rate_minor)}
        return Row(room.name, f"/rooms/{room.slug}?{self._all}", facts, is_own, self._cells(room, calendar, over))

    def _cells(self, room: Any, calendar: Calendar, over: Ruler) -> Markup:
        """As HTML, which is kept: among a hundred rooms few have changed since somebody looked at the same day.

        What it depends on is in its key: the room and its hours (the version), the day, what was asked for, what is
        taken. While notice, horizon or the present fall on the day, or something is the visitor's own, it is made anew.
        """
        day = over.span
        if calendar.notice_until > day.start or calendar.horizon_end < day.end or calendar.mine:
            return self._made(room, calendar, over)
        taken = tuple((one.span.start, one.used_until, one.span.end) for one in calendar.taken)
        key = (self._version, room.id, day.start, over.cells, self._asked_minutes, self._rest, self._language, taken)
        if key not in _kept:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[key] = self._made(room, calendar, over)
        return _kept[key]

    def _made(self, room: Any, calendar: Calendar, over: Ruler) -> Markup:
        """Words are a whole sentence where there is room for one."""
        drawn: list[Drawn] = []
        for piece in pieces(calendar, over):
            state, words, href = self._told(calendar, piece, room.slug, hours=True)
            drawn.append((piece.cells, state, words, href))
        written: Markup = self._write(drawn)
        return written

    def runs(self, calendar: Calendar, over: Ruler, slug: str) -> list[tuple[str, int, str, str, str]]:
        """For `ui.week_grid`: (state, cells, words, hours, address). The hours stand beside, so the words are short."""
        drawn = []
        for piece in pieces(calendar, over):
            state, words, href = self._told(calendar, piece, slug, hours=False)
            drawn.append((state, piece.cells, words, hours_of(piece.run.start, piece.run.end, self._zone), href))
        return drawn

    def _told(self, calendar: Calendar, piece: Piece, slug: str, *, hours: bool) -> tuple[str, str, str]:
        """(state, words, address); the address of a free run leads to its first start."""
        run, state = piece.run, piece.run.state
        if state is State.FREE:
            first = first_in(calendar, run.span, *self._lengths(calendar))
            if first is None:
                return State.CLOSED.value, self._too_short, ""
            words = f"{self._free} {hours_of(run.start, run.end, self._zone)}" if hours else self._free
            return state.value, words, self._href(first, slug)
        if state is State.YOURS and hours:
            return state.value, f"{self._words.why(run.reason)} {hours_of(run.start, run.end, self._zone)}", ""
        if piece.cells <= FEW_CELLS or (not hours and state in (State.BOOKED, State.BUFFER)):
            return state.value, self._words.of(state.label), ""
        return state.value, self._words.why(run.reason), ""

    def _rate(self, minor: int) -> str:
        if minor not in self._rates:
            self._rates[minor] = filters.money_short(Money(minor, self._currency))
        return self._rates[minor]

    def _lengths(self, calendar: Calendar) -> tuple[int, ...]:
        shortest = calendar.limits.min_minutes
        return (self._asked_minutes, shortest) if self._asked_minutes >= shortest else usual_minutes(calendar)

    def _href(self, span: Span, slug: str) -> str:
        time = self._times.get(span.start, {}).get(span.end)
        if time is None:
            day = wall(span.start, self._zone).date()
            start, end = (typed(at, self._zone).replace("+", "%2B") for at in (span.start, span.end))
            time = f"?date={day}&from={start}&to={end}{self._rest}"
            self._times.setdefault(span.start, {})[span.end] = time
        return f"/rooms/{slug}{time}"
