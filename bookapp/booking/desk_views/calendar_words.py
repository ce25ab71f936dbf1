"""What a run of a venue's calendar says, and where it leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import ngettext

from bookapp.booking.queries.calendar import Booked, Known, Seats
from bookapp.booking.rules.lanes import Run, Sort
from bookapp.booking.states import BookingKind, BookingState
from bookapp.catalog.models import Venue
from bookapp.scheduling.rules import Calendar, typed
from bookapp.scheduling.rules.availability import next_step
from bookapp.values.timespan import Span
from bookapp.web import filters
from bookapp.web.language import gettext as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One run in words. `state` is how it looks ("" is bare paper), `ref` a booking that can be moved from here."""

    words: str = ""
    hours: str = ""
    state: str = ""
    href: str = ""
    ref: str = ""
    room: str = ""


_BARE = Entry()


def entry_of(found: Known, run: Run, venue: Venue, room: Any, day: dt.date) -> Entry:
    """A run as it is drawn; what is over and nobody's is bare."""
    match run.sort:
        case Sort.TAKEN:
            return _taken(found, run, venue.zone)
        case Sort.BUFFER:
            return Entry(_("Cleaning"), filters.hours(run.span, venue.zone), "buffer")
        case Sort.CLOSURE:
            words = _("Closed: %(why)s", why=run.words) if run.words else _("Closed")
            return Entry(words, filters.hours(run.span, venue.zone), "closed")
        case Sort.CLOSED:
            return Entry(_("Closed"), "", "closed")
        case Sort.SLOTS:
            return _slots(run, venue.zone)
        case Sort.FREE if room.listed and run.span.minutes >= room.min_minutes:
            return _free(found.calendars[room.id], run.span, room, day)
    return _BARE


def entries(found: Known, runs: Sequence[Run], room: Any) -> Iterator[Entry]:
    """What is in a room on one day, for the list: what somebody has, closures, and timeslots."""
    zone = found.calendars[room.id].zone
    for run in runs:
        if run.sort == Sort.TAKEN:
            yield _taken(found, run, zone, room.name)
        elif run.sort == Sort.SLOTS:
            yield _slots(run, zone, room.name)
        elif run.sort == Sort.CLOSURE:
            words = _("Closed: %(why)s", why=run.words) if run.words else _("Closed")
            yield Entry(words, filters.hours(run.span, zone), "closed", room=room.name)


def _taken(found: Known, run: Run, zone: str, room: str = "") -> Entry:
    hours = filters.hours(run.span, zone)
    claim = run.claim_id
    assert claim is not None
    booking = found.bookings.get(claim)
    if booking is not None:
        return _booking(found, booking, hours, room)
    session = found.sessions.get(claim)
    if session is not None:
        return Entry(_seats(session), hours, "yours", f"/desk/sessions/{session.id}/roster", room=room)
    move = found.moves.get(claim)
    if move is not None:
        words = _("Held for a move of %(name)s", name=move.name or move.ref)
        return Entry(words, hours, "notice", f"/desk/calendar/bookings/{move.ref}", room=room)
    return Entry(_("Taken"), hours, "booked", room=room)


def _booking(found: Known, booking: Booked, hours: str, room: str) -> Entry:
    href = f"/desk/calendar/bookings/{booking.ref}"
    if booking.state == BookingState.PENDING:
        until = booking.paying_until or booking.hold_expires_at
        name = booking.name or _("no name yet")
        words = _("Held until %(until)s: %(name)s", until=filters.time(until, found.zone), name=name) if until else name
        return Entry(words, hours, "notice", href, room=room)
    parts = [booking.name or booking.ref]
    if booking.kind == BookingKind.APPOINTMENT:
        parts.append(f"{booking.title}, {booking.host}")
    elif booking.people > 1:
        parts.append(str(booking.people))
    if (due := found.due.get(booking.ref)) is not None:
        parts.append(_("%(amount)s due", amount=filters.money_short(due)))
    is_over = booking.state != BookingState.CONFIRMED
    state = "yours" if booking.kind == BookingKind.APPOINTMENT else "booked"
    return Entry(" · ".join(parts), hours, state, href, "" if is_over else booking.ref, room)


def _seats(session: Seats) -> str:
    words = _("%(title)s %(taken)s/%(seats)s", title=session.title, taken=session.seats_taken, seats=session.capacity)
    return f"{words} · {session.host}" if session.host else words


def _slots(run: Run, zone: str, room: str = "") -> Entry:
    words = ngettext("%(title)s: a timeslot, nobody in it", "%(title)s: %(num)s timeslots, nobody in them",
                     len(run.sessions), title=run.words)  # fmt: skip
    return Entry(words, filters.hours(run.span, zone), "slots", f"/desk/sessions/{run.sessions[0]}/roster", room=room)


def _free(calendar: Calendar, span: Span, room: Any, day: dt.date) -> Entry:
    start = typed(min(next_step(span.start, calendar), span.end), calendar.zone).replace("+", "%2B")
    return Entry(
        hours=filters.hours(span, calendar.zone),
        href=f"/desk/calendar/new?room={room.id}&date={day.isoformat()}&from={start}",
    )
