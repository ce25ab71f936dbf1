"""One day of one room, read once: what was made for it, what can be hired, and for how much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from bookapp.api.schemas.search import slot
from bookapp.booking.queries import mine_by_claims, seat_totals
from bookapp.booking.queries.prices import room_facts
from bookapp.catalog.models import Room
from bookapp.identity.actor import Actor
from bookapp.pricing.queries import tariffs_of
from bookapp.scheduling.messages import why
from bookapp.scheduling.queries import room_calendars
from bookapp.scheduling.queries.timeslots import timeslots_of_room
from bookapp.scheduling.rules import Calendar, refusal
from bookapp.scheduling.rules.grid import choices_of_start
from bookapp.scheduling.rules.reasons import PAST
from bookapp.values.timespan import Span, day_span, wall


class Day:
    """A day of `room`, for bookings as long as was asked."""

    def __init__(self, room: Room, asked: dict[str, Any], *, now: dt.datetime, actor: Actor) -> None:
        self.room, self.zone, self._now, self._actor = room, room.venue.zone, now, actor
        self.date: dt.date = asked["date"] or wall(now, self.zone).date()
        self.minutes: int = asked["duration"] or room.min_minutes
        self._is_own_length = asked["duration"] is not None

    @property
    def span(self) -> Span:
        """The whole of it."""
        return day_span(self.date, self.zone)

    @property
    def is_a_length(self) -> bool:
        """Whether the room can be hired for so long at all."""
        return self.room.min_minutes <= self.minutes <= self.room.max_minutes

    @cached_property
    def calendar(self) -> Calendar:
        """What decides, for every booking that starts on this day."""
        span = self.span
        window = Span(span.start, span.end + dt.timedelta(minutes=self.minutes))
        mine = mine_by_claims(self._actor, self._now)
        return room_calendars([self.room], window, now=self._now, mine=mine)[self.room.id]

    @property
    def head(self) -> dict[str, Any]:
        """What every answer about a day begins with."""
        return {"room_id": self.room.id, "date": self.date, "zone": self.zone, "duration_minutes": self.minutes}

    def hires(self) -> Iterator[dict[str, Any]]:
        """Every start within the room's hours, with why it cannot be had."""
        length, tariff = dt.timedelta(minutes=self.minutes), tariffs_of({self.room.venue.merchant_id})
        for at in choices_of_start(self.calendar, self.span):
            span = Span(at, at + length)
            if not any(each.contains(span) for each in self.calendar.open):
                continue
            reason = refusal(self.calendar, span)
            facts = room_facts(self.room, self.room.venue, span, self._now)
            yield slot(span, self.zone) | {
                "available": reason is None,
                "reason": why(reason) if reason else "",
                "price": tariff[self.room.venue.merchant_id].total(facts),
                "session_id": None,
                "seats_left": None,
            }

    def made(self) -> Iterator[dict[str, Any]]:
        """The timeslots that were made for the room; one nobody has a seat in yet needs its room free."""
        found = timeslots_of_room(self.room.id, self.span)
        totals = seat_totals(found, now=self._now) if found else {}
        for one in found:
            if self._is_own_length and one.span.minutes != self.minutes:
                continue
            left = one.capacity - one.seats_taken
            reason = refusal(self.calendar, one.span, staff=True) if not one.seats_taken else None
            if one.starts_at <= self._now:
                reason = PAST
            problem = why(reason) if reason else "" if left else _("Fully booked")
            yield slot(one.span, self.zone) | {
                "available": not problem,
                "reason": problem,
                "price": totals[one.id],
                "session_id": one.id,
                "seats_left": left,
            }
