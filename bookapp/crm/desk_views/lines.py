"""A person's day in words: each row of its line, and what stands over it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from bookapp.booking.models import Booking
from bookapp.booking.states import BookingState
from bookapp.crm.desk_views.whose import address
from bookapp.crm.policy import may_see_all_of
from bookapp.crm.queries.day import Known
from bookapp.crm.rules.day import EVENING, Row, Sort
from bookapp.scheduling.models import Session
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall
from bookapp.web import filters
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

# What came in so lately is worth a look.
NEW = dt.timedelta(hours=24)
_LONG = dt.timedelta(minutes=60)
_STATES = {
    Sort.SESSION: "yours",
    Sort.APPOINTMENT: "yours",
    Sort.HELD: "notice",
    Sort.BUSY: "booked",
    Sort.BLOCKED: "booked",
    Sort.BUFFER: "buffer",
    Sort.GAP: "free",
    Sort.CLOSED: "closed",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the day. `state` is that of a run ("" for a gap that is over); `href` "" where nothing can be done."""

    sort: str
    state: str
    clock: str
    at: str
    words: str
    href: str = ""
    is_long: bool = False
    closure_id: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over a day: how many things, how many bookings are new, what they come to in each currency."""

    things: str
    new: str
    money: str


def lines(known: Known, rows: Sequence[Row], day: dt.date, now: dt.datetime) -> list[Line]:
    """Every row in words."""
    return [_line(known, row, day, now) for row in rows]


def head(known: Known, rows: Sequence[Row], now: dt.datetime, *, is_today: bool) -> Head:
    """The sum of a day: "5 today", "2 new", "£310"."""
    keys = {row.key for row in rows if row.sort.is_hosting}
    begun = [
        one
        for one in known.bookings.values()
        if one.state != "pending" and one.starts_at >= known.window.start and sees(known, one)
    ]
    new = [one for one in begun if one.confirmed_at is not None and now - one.confirmed_at < NEW]
    sums: dict[str, Money] = {}
    for one in begun:
        sums[one.currency] = sums.get(one.currency, Money.zero(one.currency)) + one.total
    planned = _("%(num)s today", num=len(keys)) if is_today else _("%(num)s planned", num=len(keys))
    return Head(
        things=planned if keys else _("nothing planned"),
        new=_("%(num)s new", num=len(new)) if new else "",
        money=" + ".join(filters.money_short(amount) for amount in sums.values() if amount),
    )


def sees(known: Known, thing: Session | Booking) -> bool:
    """Whether the actor sees a session or booking in full; to others the person is busy."""
    return may_see_all_of(current_actor(), known.person, thing.merchant_id, thing.venue_id)


def session_words(session: Session) -> str:
    """What it is and how full: "Breath and stillness, 8 of 12"."""
    return _(
        "%(title)s, %(taken)s of %(seats)s", title=session.title, taken=session.seats_taken, seats=session.capacity
    )


def booking_words(booking: Booking, now: dt.datetime) -> str:
    """What and with whom: "First conversation, Tom Alder · new"."""
    words = _("%(what)s, %(who)s", what=booking.title, who=booking.name or _("no name yet"))
    if booking.state in (BookingState.COMPLETED, BookingState.NO_SHOW):
        return f"{words} · {_(BookingState(booking.state).label).lower()}"
    if booking.confirmed_at is not None and now - booking.confirmed_at < NEW:
        return _("%(words)s · new", words=words)
    return words


def _line(known: Known, row: Row, day: dt.date, now: dt.datetime) -> Line:
    zone = known.person.zone
    what, href, closure_id = _what(known, row, day, now)
    over = row.sort is Sort.GAP and not row.can_act
    return Line(
        sort=row.sort,
        state="" if over else _STATES[row.sort],
        clock=filters.time(row.span.start, zone),
        at=filters.iso(row.span.start),
        words=what,
        href=href,
        is_long=row.sort.is_hosting and row.span.length >= _LONG,
        closure_id=closure_id,
    )


def _what(known: Known, row: Row, day: dt.date, now: dt.datetime) -> tuple[str, str, int | None]:
    """The words of a row, where it leads, and the closure it is, if it is one."""
    zone = known.person.zone
    hours = filters.hours(row.span, zone)
    length = filters.duration(row.span.minutes)
    kind, _colon, name = row.key.partition(":")
    match row.sort:
        case Sort.SESSION:
            session = known.sessions[int(name)]
            if not sees(known, session):
                return _("%(hours)s · Busy", hours=hours), "", None
            href = url_for("crm.show_roster", session_id=session.id)
            return f"{hours} · {_part(session, row.span)}", href, None
        case Sort.APPOINTMENT | Sort.HELD if kind == "booking":
            booking = known.bookings[name]
            if not sees(known, booking):
                return _("%(hours)s · Busy", hours=hours), "", None
            if row.sort is Sort.HELD:
                return _held(booking, row.span, zone, now), "", None
            href = url_for("booking_desk.show_booking", ref=booking.ref)
            return f"{hours} · {booking_words(booking, now)}", href, None
        case Sort.HELD:
            return _("%(hours)s · Held for somebody who moves", hours=hours), "", None
        case Sort.BUSY:
            return _("%(hours)s · Busy", hours=hours), "", None
        case Sort.BLOCKED:
            closure = known.closures[int(name)]
            reason = closure.reason
            words = (
                _("%(hours)s · Blocked: %(why)s", hours=hours, why=reason)
                if reason
                else _("%(hours)s · Blocked", hours=hours)
            )
            return words, "", closure.id if closure.ends_at > now else None
        case Sort.BUFFER:
            return _("%(length)s between", length=length), "", None
        case Sort.GAP if row.can_act:
            at = wall(row.span.start, zone).strftime("%H:%M"), wall(row.span.end, zone).strftime("%H:%M")
            href = address("crm.show_gap", known.person, day, **{"from": at[0], "to": at[1]})
            return _("Free %(hours)s", hours=hours), href, None
        case Sort.GAP:
            return _("Gap, %(length)s", length=length), "", None
        case _:
            return _closed(known.window, row, zone), "", None


def _part(session: Session, span: Span) -> str:
    """A session, or the part of a retreat that is on then."""
    words = session_words(session)
    part = next((one for one in session.parts if one.starts_at <= span.start < one.ends_at), None)
    return f"{words} · {part.title}" if part else words


def _held(booking: Booking, span: Span, zone: str, now: dt.datetime) -> str:
    until = booking.paying_until or booking.hold_expires_at or now
    minutes = max(1, -(-int((until - now).total_seconds()) // 60))
    at = filters.time(span.start, zone)
    return _("%(at)s · %(what)s, held %(minutes)s min more", at=at, what=booking.title, minutes=minutes)


def _closed(window: Span, row: Row, zone: str) -> str:
    if row.span == window:
        return _("Not a working day")
    if row.key == EVENING:
        return _("Closed from %(at)s", at=filters.time(row.span.start, zone))
    return _("Closed until %(at)s", at=filters.time(row.span.end, zone))
