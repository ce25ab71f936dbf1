"""Who comes, in words: a roster of people with what is known of them and what they still owe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.models import Booking, Participant
from bookapp.booking.queries.resting import rests_of
from bookapp.booking.rules.attendance import Attendance, can_mark
from bookapp.crm.queries.day import visits_before
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from bookapp.web import filters

_CAME = (Attendance.ARRIVED, Attendance.LATE)


@dataclass(frozen=True, slots=True)
class Guest:
    """A person on the roster. `mark` is their attendance; `rest` what their booking still owes, "" for nothing;
    `client_id` the account of who booked, if there is one; `answers` what they said to what the service asks."""

    id: int
    ref: str
    name: str
    note: str
    mark: str
    rest: str
    client_id: int | None
    answers: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who comes to one thing. `can_mark` while attendance can be noted; `absent` once it has begun."""

    key: str
    guests: Sequence[Guest]
    seats: int
    came: int
    nameless: int
    can_mark: bool
    absent: bool
    rule: str

    @property
    def arrived(self) -> str:
        """ "5 of 8 arrived"."""
        return _("%(came)s of %(seats)s arrived", came=self.came, seats=self.seats)


def roster(key: str, bookings: Sequence[Booking], span: Span, *, person_id: int | None, now: dt.datetime) -> Roster:
    """The roster of `bookings`, which are for one thing during `span` and have their participants loaded."""
    rests = rests_of(bookings)
    visits = visits_before(person_id, bookings, span.start) if person_id is not None else {}
    guests = [
        _guest(booking, who, visits, rests)
        for booking in bookings
        for who in sorted(booking.participants, key=lambda one: (one.role != "organiser", one.id))
    ]
    seats = sum(booking.people for booking in bookings)
    open_now = any(
        can_mark(state=one.state, starts_at=one.starts_at, ends_at=one.ends_at, zone=one.zone, now=now)
        for one in bookings
    )
    return Roster(
        key=key,
        guests=guests,
        seats=seats,
        came=sum(guest.mark in _CAME for guest in guests),
        nameless=max(0, seats - len(guests)),
        can_mark=open_now,
        absent=now >= span.start,
        rule=_rule(bookings, open_now=open_now),
    )


def visit_words(number: int) -> str:
    """ "first visit", "2nd visit"."""
    if number == 1:
        return _("first visit")
    if number % 100 not in (11, 12, 13):
        match number % 10:
            case 1:
                return _("%(number)sst visit", number=number)
            case 2:
                return _("%(number)snd visit", number=number)
            case 3:
                return _("%(number)srd visit", number=number)
    return _("%(number)sth visit", number=number)


def _guest(
    booking: Booking, who: Participant, visits: Mapping[tuple[int | None, str], int], rests: Mapping[str, Money]
) -> Guest:
    if who.role == "organiser":
        key = (booking.customer_id, "" if booking.customer_id is not None else booking.email)
        known = booking.customer_id is not None or bool(booking.email)
        note = visit_words(visits.get(key, 0) + 1) if known else _("no address")
        if booking.people > 1:
            note += " · " + ngettext("%(num)s seat", "%(num)s seats", booking.people)
        if booking.notes:
            note += f" · {booking.notes}"
    else:
        note = _("with %(name)s", name=booking.name)
    rest = rests.get(booking.ref) if who.role == "organiser" else None
    return Guest(
        id=who.id,
        ref=booking.ref,
        name=who.name,
        note=note,
        mark=who.attendance,
        rest=filters.money_short(rest) if rest else "",
        client_id=booking.customer_id if who.role == "organiser" else None,
        answers=booking.answers if who.role == "organiser" else (),
    )


def _rule(bookings: Sequence[Booking], *, open_now: bool) -> str:
    """What a mark costs, and how long it can be changed."""
    prices = {Money(one.total_minor // one.people, one.currency) for one in bookings if one.total_minor}
    if len(prices) == 1:
        kept = _("No-show: the price is kept (%(price)s). Late: no charge.", price=filters.money_short(prices.pop()))
    elif prices:
        kept = _("No-show: the price is kept. Late: no charge.")
    else:
        kept = _("It is free of charge: neither a no-show nor being late costs anything.")
    until = _("You can change it until midnight.") if open_now else _("Attendance can be noted on the day itself.")
    return f"{kept} {until}"
