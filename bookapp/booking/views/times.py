"""The times a booking could move to: the same calendar as for booking, with the price difference on each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.models import Booking
from bookapp.booking.queries.changes import agreed_lines
from bookapp.booking.queries.differences import Differences, differences
from bookapp.booking.rules import extras_in
from bookapp.booking.states import BookingKind
from bookapp.catalog.models import Facilitator, Room
from bookapp.catalog.queries import (
    facilitator_by_slug,
    room_by_slug,
    rooms_of_venue,
    service_by_id,
    venues_of_merchant,
)
from bookapp.scheduling.queries import appointment_calendars, room_calendars, sessions_between
from bookapp.scheduling.queries.timeslots import without_room
from bookapp.scheduling.rules import starts
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, days, instant_near, wall
from bookapp.web import filters
from bookapp.web.forms import Query

_AHEAD = dt.timedelta(days=60)
_WEEK = dt.timedelta(days=7)
_FURTHEST = dt.timedelta(days=2 * 365)
# A move to a longer or a shorter time: what one may choose besides the length booked.
_STEP_MINUTES = 30
_MOST_LENGTHS = 24


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a week: `slots` as `ui.slots` takes them."""

    title: str
    long: str
    iso: str
    slots: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Other:
    """Another session of the same service."""

    when: str
    facts: str
    left: str
    difference: str
    href: str


@dataclass(frozen=True, slots=True)
class Times:
    """What the page shows: a week of days, or other sessions; `beside` are other rooms or people as chips."""

    zone: str
    days: list[Day] = field(default_factory=list)
    sessions: list[Other] = field(default_factory=list)
    beside: list[tuple[str, str, bool]] = field(default_factory=list)
    lengths: list[tuple[str, str]] = field(default_factory=list)
    minutes: int = 0
    title: str = ""
    earlier: tuple[str, str] = ("", "")
    later: tuple[str, str] = ("", "")
    hidden: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing to choose from."""
        return not self.sessions and not any(day.slots for day in self.days)


def times_for(booking: Booking, query: Query, *, now: dt.datetime, by_merchant: bool = False) -> Times:
    """Read the address (`week`, `room`, `person`, `minutes`) and look up what is free."""
    match BookingKind(booking.kind):
        case BookingKind.ROOM:
            return _of_room(booking, query, now, by_merchant)
        case BookingKind.SESSION:
            return _of_session(booking, now, by_merchant)
        case BookingKind.APPOINTMENT:
            return _of_person(booking, query, now, by_merchant)


def difference_words(difference: Money) -> str:
    """What is to be added or taken off: "+€6.75", "−€4", "same price"."""
    if not difference:
        return _("same price")
    if difference.minor > 0:
        return f"+{filters.money_short(difference)}"
    return f"−{filters.money_short(-difference)}"


def _of_room(booking: Booking, query: Query, now: dt.datetime, by_merchant: bool) -> Times:
    rooms = _rooms(booking)
    asked = query.text("room")
    room = room_by_slug(asked) if asked else next((one for one in rooms if one.id == booking.room_id), None)
    if room is None or room.venue.merchant_id != booking.merchant_id:
        raise NotFound
    minutes = _minutes(room, query.integer("minutes", low=1, high=14 * 24 * 60) or booking.span.minutes)
    week = _Week(booking, query, room.venue.zone, now, {"room": room.slug, "minutes": minutes})
    calendar = room_calendars([room], week.window, now=now)[room.id].without({booking.claim_id})
    length, prices = dt.timedelta(minutes=minutes), differences(booking, now=now, by_merchant=by_merchant)
    found = [
        at
        for at in starts(calendar, week.window, minutes)
        if (room.id, at, at + length) != (booking.room_id, booking.starts_at, booking.ends_at)
    ]

    def slot(at: dt.datetime) -> tuple[Money, dict[str, Any]]:
        span = Span(at, at + length)
        return prices.of_room(room, room.venue, span), {"room": room.slug, "start": _iso(at), "end": _iso(span.end)}

    return week.times(
        found,
        slot,
        beside=[(one.name, week.href(room=one.slug), one.id == room.id) for one in rooms],
        lengths=[(str(each), filters.duration(each)) for each in _lengths(room, minutes)],
        minutes=minutes,
        hidden={"room": room.slug, "week": week.monday.isoformat()},
    )


def _of_person(booking: Booking, query: Query, now: dt.datetime, by_merchant: bool) -> Times:
    assert booking.service_id is not None
    service, minutes = service_by_id(booking.service_id), booking.span.minutes
    asked = query.text("person")
    hosts: Sequence[Facilitator] = sorted(service.hosts, key=lambda one: one.name)
    wanted = facilitator_by_slug(asked).id if asked else booking.facilitator_id
    person = next((one for one in hosts if one.id == wanted), None)
    if person is None or not any(each.minutes == minutes for each in service.lengths):
        raise NotFound
    week = _Week(booking, query, booking.zone, now, {"person": person.slug})
    both = appointment_calendars([(service, person)], week.window, now=now)[service.id, person.id]
    prices = differences(booking, now=now, by_merchant=by_merchant)
    found = [
        at
        for at in both.without({booking.claim_id}).starts(week.window, minutes)
        if (person.id, at) != (booking.facilitator_id, booking.starts_at)
    ]

    def slot(at: dt.datetime) -> tuple[Money, dict[str, Any]]:
        return prices.of_appointment(service, person, minutes, at), {"person": person.slug, "start": _iso(at)}

    return week.times(
        found, slot, beside=[(one.name, week.href(person=one.slug), one.id == person.id) for one in hosts]
    )


def _of_session(booking: Booking, now: dt.datetime, by_merchant: bool) -> Times:
    prices = differences(booking, now=now, by_merchant=by_merchant)
    found = sessions_between(Span(now, max(now, booking.starts_at) + _AHEAD), service_id=booking.service_id)
    gone = without_room(found) | {booking.session_id}
    others = [
        session
        for session in found
        if session.id not in gone and session.capacity - session.seats_taken >= booking.people
    ]
    return Times(booking.zone, sessions=[_other(booking, session, prices) for session in others])


def _other(booking: Booking, session: Any, prices: Differences) -> Other:
    left = session.capacity - session.seats_taken
    host = session.facilitator.name if session.facilitator else ""
    place = session.room.name if session.room else ""
    return Other(
        when=filters.span(Span(session.starts_at, session.ends_at), session.zone),
        facts=" · ".join(part for part in (host, place) if part),
        left=ngettext("%(num)s seat left", "%(num)s seats left", left),
        difference=difference_words(prices.of_session(session)),
        href=f"/bookings/{booking.ref}/move/to?session={session.id}",
    )


class _Week:
    """Seven days from a Monday: in the address or around the booking, never wholly in the past."""

    def __init__(self, booking: Booking, query: Query, zone: str, now: dt.datetime, chosen: dict[str, Any]) -> None:
        self._booking, self._zone, self._chosen = booking, zone, chosen
        self._today = wall(now, zone).date()
        asked = query.day("week")
        if asked is None or abs(asked - self._today) > _FURTHEST:
            asked = wall(booking.starts_at, zone).date()
        day = max(asked, self._today)
        self.monday = day - dt.timedelta(days=day.weekday())
        self.window = Span(
            instant_near(self.monday, dt.time(0), zone), instant_near(self.monday + _WEEK, dt.time(0), zone)
        )

    def href(self, **changes: Any) -> str:
        """This page with other choices."""
        chosen = self._chosen | {"week": self.monday.isoformat()} | changes
        return f"/bookings/{self._booking.ref}/move?{urlencode(chosen)}"

    def times(
        self,
        found: Sequence[dt.datetime],
        slot: Callable[[dt.datetime], tuple[Money, dict[str, Any]]],
        beside: list[tuple[str, str, bool]],
        **more: Any,
    ) -> Times:
        """The week with what was found in it."""
        before, after = self.monday - _WEEK, self.monday + _WEEK
        is_first = self.window.start <= day_span(self._today, self._zone).start
        # The chosen one first: on a phone the others may be out of sight.
        beside.sort(key=lambda choice: not choice[2])
        return Times(
            self._zone,
            beside=beside,
            days=[self._day(day, found, slot) for day in days(max(self.monday, self._today), after - _DAY)],
            title=_("Week of %(day)s", day=filters.day(self.monday)),
            earlier=("" if is_first else self.href(week=before.isoformat()), _("The week before")),
            later=(self.href(week=after.isoformat()), _("The week after")),
            **more,
        )

    def _day(
        self,
        day: dt.date,
        found: Sequence[dt.datetime],
        slot: Callable[[dt.datetime], tuple[Money, dict[str, Any]]],
    ) -> Day:
        within = day_span(day, self._zone)
        slots = []
        for at in found:
            if within.start <= at < within.end:
                difference, address = slot(at)
                slots.append(
                    {
                        "words": filters.time(at, self._zone),
                        "href": f"/bookings/{self._booking.ref}/move/to?{urlencode(address)}",
                        "value": None,
                        "state": "free",
                        "note": difference_words(difference),
                        "hidden": "",
                    }
                )
        return Day(f"{filters.weekday(day)} {day.day}", filters.day_long(day), day.isoformat(), slots)


_DAY = dt.timedelta(days=1)


def _rooms(booking: Booking) -> list[Room]:
    """Rooms of the house that seat as many: with add-ons only where these are offered."""
    here = [booking.venue_id] if booking.venue_id else []
    elsewhere = (
        []
        if extras_in(agreed_lines(booking))
        else [
            venue.id
            for venue in venues_of_merchant(booking.merchant_id)
            if venue.id != booking.venue_id and venue.currency == booking.currency
        ]
    )
    return [
        room
        for venue_id in (*here, *elsewhere)
        for room in rooms_of_venue(venue_id)
        if room.capacity >= booking.people or room.id == booking.room_id
    ]


def _minutes(room: Room, minutes: int) -> int:
    return min(max(minutes, room.min_minutes), room.max_minutes)


def _lengths(room: Room, minutes: int) -> list[int]:
    step = max(room.step_minutes, _STEP_MINUTES)
    offered = range(room.min_minutes, room.max_minutes + 1, step)
    return sorted({*list(offered)[:_MOST_LENGTHS], minutes})


def _iso(at: dt.datetime) -> str:
    """ "2026-11-23T11:00Z": short, and without the plus that addresses turn into a space."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
