"""The calendars behind one request for a room's page, each read when it is first needed and only then."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import cached_property
from typing import Any

from bookapp.catalog.models import Room
from bookapp.scheduling.queries import grid_rooms, room_calendars
from bookapp.scheduling.rules import Calendar
from bookapp.scheduling.views.asked import Asked
from bookapp.values.timespan import Span, day_span

# Where the nearest yes and the next free day are looked for.
BEFORE, AFTER = dt.timedelta(days=7), dt.timedelta(days=15)
# No week and no month ends further from the day it shows.
IN_VIEW = {"week": dt.timedelta(days=8), "month": dt.timedelta(days=32)}


class Calendars:
    """Of the room itself, and of every room of the house on the day asked for."""

    def __init__(self, room: Room, asked: Asked, *, now: dt.datetime, mine: frozenset[uuid.UUID]) -> None:
        self._room, self._asked, self._now, self._mine = room, asked, now, mine

    def on(self, asked: Asked) -> Calendars:
        """The same for what was settled on: the first free time may be on another day."""
        if asked.day == self._asked.day:
            return self
        return Calendars(self._room, asked, now=self._now, mine=self._mine)

    @property
    def own(self) -> Calendar:
        """This room's, for the day, or for the week or month that is shown."""
        return self.of_day[self._room.id] if self._asked.choice.view == "day" else self._in_view

    @cached_property
    def wide(self) -> Calendar:
        """This room's, around the day."""
        day = self._day
        return self._read([self._room], Span(day.start - BEFORE, day.end + AFTER))[self._room.id]

    @cached_property
    def rooms(self) -> list[Any]:
        """The rooms of the house as rows, the one of this page first."""
        return sorted(grid_rooms(self._room.venue_id), key=lambda row: row.id != self._room.id)

    @cached_property
    def of_day(self) -> dict[int, Calendar]:
        """Every room's by its id, for the day and the time asked for, and for no more: there may be a hundred."""
        window, span = self._day, self._asked.span
        if span:
            window = Span(min(window.start, span.start), max(window.end, span.end))
        buffer = dt.timedelta(minutes=max(row.buffer_minutes for row in self.rooms))
        return room_calendars(self.rooms, window, now=self._now, mine=self._mine, around=buffer)

    @cached_property
    def _in_view(self) -> Calendar:
        reach, day, span = IN_VIEW[self._asked.choice.view], self._day, self._asked.span
        window = Span(day.start - reach, max(day.end + reach, span.end if span else day.end))
        return self._read([self._room], window)[self._room.id]

    @property
    def _day(self) -> Span:
        return day_span(self._asked.day, self._room.venue.zone)

    def _read(self, rooms: list[Room], window: Span) -> dict[int, Calendar]:
        return room_calendars(rooms, window, now=self._now, mine=self._mine)
