"""One booking in words, for mails, calendars and documents: what, when, where, for how much, and until when it can go.

Times are wall times of the booking's own zone, with the zone named; everything is formatted here, once, so that a mail
and its PDF never disagree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_datetime, get_timezone_location
from babel.numbers import format_currency, format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from bookapp.booking.models import Booking
from bookapp.booking.queries import manage_url
from bookapp.booking.queries.bookings import booking_steps
from bookapp.booking.queries.changes import agreed_lines
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import GIVEN, KEPT, WAIVED, AgreedLine
from bookapp.booking.states import BookingKind, BookingState
from bookapp.catalog.models import Room, Venue
from bookapp.catalog.queries import merchant_by_id, venue_by_id
from bookapp.infra.db import db
from bookapp.infra.settings import current_settings, public_url
from bookapp.pricing.rules import LineKind, Unit
from bookapp.scheduling.models import SessionPart
from bookapp.values.money import Money
from bookapp.values.timespan import wall

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class When:
    """`weekday` "Tuesday", `date` "24 Nov 2026", `hours` "14:00–16:00", `zone` "Berlin time"; `line` says all of it.

    What ends on another day names it: `hours` "22:00 – Sat 02:00", and over several days `date` "4 – 6 Dec 2026".
    """

    weekday: str
    date: str
    hours: str
    zone: str
    line: str
    short: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A booking as it is told. Pairs are (label, amount) or (share, until when)."""

    ref: str
    state: BookingState
    title: str
    people: str
    host: str
    when: When
    agenda: tuple[tuple[str, str], ...]
    where: tuple[str, ...]
    how_to_find: str
    online: bool
    lines: tuple[tuple[str, str], ...]
    total: str
    tax: str
    due_now: str
    rest: str
    rest_until: str
    rest_url: str
    terms: tuple[tuple[str, str], ...]
    merchant: str
    merchant_email: str
    contact: str
    name: str
    page_url: str
    door_url: str
    manage_url: str


def summary_of(booking: Booking) -> Summary:
    """Put `booking` into words. Reads what it needs in a few small queries and changes nothing."""
    merchant = merchant_by_id(booking.merchant_id)
    venue = venue_by_id(booking.venue_id) if booking.venue_id else None
    room = db.session.get(Room, booking.room_id) if booking.room_id and booking.kind != BookingKind.ROOM else None
    email = (venue and venue.email) or merchant.email
    phone = (venue and venue.phone) or merchant.phone
    rest = _rest(booking)
    steps = booking_steps(booking, booking.confirmed_at or booking.created_at)
    return Summary(
        ref=booking.ref,
        state=BookingState(booking.state),
        title=booking.title,
        people=_people(booking),
        host=booking.host,
        when=when_words(booking.starts_at, booking.ends_at, booking.zone),
        agenda=_agenda(booking),
        where=_where(booking, venue, room),
        how_to_find=venue.how_to_find if venue else "",
        online=venue is None and not booking.place,
        lines=tuple(
            (_label(line, booking.currency), _amount(line, booking.currency)) for line in agreed_lines(booking)
        ),
        total=money(booking.total),
        tax=tax_words(booking.tax, booking.currency),
        due_now=money(booking.due_now),
        rest=money(rest) if rest else "",
        rest_until=_until(booking) if rest else "",
        rest_url=f"{manage_url(booking)}/rest",
        terms=tuple(_step(step.percent, step.until, booking.zone, is_only=len(steps) == 1) for step in steps),
        merchant=merchant.name,
        merchant_email=email,
        contact=", ".join(each for each in (merchant.name, email, phone) if each),
        name=booking.name,
        page_url=public_url(f"/bookings/{booking.ref}"),
        # What its code says: staff check in there, everybody else is led to the booking's own page.
        door_url=public_url(f"/check-in/{booking.ref}"),
        manage_url=manage_url(booking),
    )


def policy_words(booking: Booking) -> str:
    """The terms as they were agreed, in one line: "Standard: 75 % back if you cancel until …; …"."""
    steps = booking_steps(booking, booking.confirmed_at or booking.created_at)
    told = [" ".join(_step(step.percent, step.until, booking.zone, is_only=len(steps) == 1)) for step in steps]
    return f"{booking.terms['name']}: {'; '.join(told)}"


def tax_words(tax: Mapping[str, Any] | None, currency: str) -> str:
    """What of a total is tax, for where no line says so: "of which VAT 19 %: €8.62"; "" otherwise."""
    if not tax or not tax["inclusive"]:
        return ""
    return _(
        "of which %(name)s %(percent)s %%: %(amount)s",
        name=tax["name"],
        percent=format_decimal(Decimal(tax["percent"]), locale=_locale()),
        amount=money(Money(tax["minor"], currency)),
    )


def money(amount: Money) -> str:
    """An amount as people write it: "€56.70"."""
    return format_currency(amount.amount, amount.currency, locale=_locale())


def public_host() -> str:
    """The host of PUBLIC_BASE_URL, which makes our ids the world's: "bookapp.example"."""
    return urlsplit(current_settings().public_base_url).hostname or "localhost"


def moment(at: dt.datetime, zone: str) -> str:
    """An instant on the wall of `zone`: "Sun 22 Nov, 14:00"."""
    day = _format(wall(at, zone), _("EEE d MMM"))
    return f"{day}, {_clock(at, zone)}"


def when_words(starts_at: dt.datetime, ends_at: dt.datetime, zone: str) -> When:
    """Put a span into words of the wall clock in `zone`."""
    first, last = wall(starts_at, zone), wall(ends_at, zone)
    begins, ends, place = _clock(starts_at, zone), _clock(ends_at, zone), zone_words(zone)
    short, weekday, day = _format(first, _("EEE d MMM")), _format(first, "EEEE"), _format(first, _("d MMM y"))
    same_day = last.date() == first.date() or (last.time() == dt.time(0) and ends_at - starts_at <= _DAY)
    hours = f"{begins}–{ends}" if same_day else f"{begins} – {_format(last, 'EEE')} {ends}"
    # Patterns stand outside of f-strings: inside of them they are not found for translators.
    long, full = _("d MMMM y"), _("EEE d MMM y")
    line = f"{weekday} {_format(first, long)}, {hours} ({place})"
    if ends_at - starts_at > _DAY:
        weekday = f"{weekday} – {_format(last, 'EEEE')}"
        is_one_month = (first.year, first.month) == (last.year, last.month)
        began, ended = "d" if is_one_month else _("d MMM"), _("d MMM y")
        day = f"{_format(first, began)} – {_format(last, ended)}"
        hours = f"{_format(first, 'EEE')} {hours}"
        line = f"{_format(first, full)}, {begins} – {_format(last, full)}, {ends} ({place})"
    return When(weekday, day, hours, place, line, short)


def zone_words(zone: str) -> str:
    """A zone as it is printed beside a time: "Berlin time"."""
    if zone in ("UTC", "Etc/UTC"):
        return "UTC"
    return _("%(city)s time", city=get_timezone_location(zone, locale=_locale(), return_city=True))


def _clock(at: dt.datetime, zone: str) -> str:
    """A wall time; one that clocks show twice that night says which of the two it is ("02:30 CET")."""
    shown = wall(at, zone)
    words = _format(shown, "HH:mm")
    twin = shown.replace(fold=1 - shown.fold)
    return words if twin.utcoffset() == shown.utcoffset() else f"{words} {shown.tzname()}"


def _rest(booking: Booking) -> Money:
    """What is due later, while it is held; what is still open, once it stands."""
    return booking.total - booking.due_now if booking.state == BookingState.PENDING else rest_of(booking)


def _until(booking: Booking) -> str:
    assert booking.rest_due_at is not None, "a rest has a date"
    at, zone = booking.rest_due_at, booking.zone
    return _("%(moment)s (%(zone)s)", moment=moment(at, zone), zone=zone_words(zone))


def _agenda(booking: Booking) -> tuple[tuple[str, str], ...]:
    """The parts of a retreat: ("Fri 4 Dec, 16:00–18:00", "Arrival and first practice")."""
    if booking.session_id is None:
        return ()
    parts = db.session.scalars(
        select(SessionPart).where(SessionPart.session_id == booking.session_id).order_by(SessionPart.starts_at)
    )
    return tuple(
        (f"{moment(part.starts_at, booking.zone)}–{_clock(part.ends_at, booking.zone)}", part.title) for part in parts
    )


def _where(booking: Booking, venue: Venue | None, room: Room | None) -> tuple[str, ...]:
    if venue is None:
        return (booking.place or _("Online"),)
    town = " ".join(part for part in (venue.postcode, venue.city) if part)
    return tuple(part for part in (room.name if room else "", venue.name, venue.address, town) if part)


def _people(booking: Booking) -> str:
    if booking.kind == BookingKind.SESSION:
        return ngettext("%(num)s seat", "%(num)s seats", booking.people)
    if booking.kind == BookingKind.APPOINTMENT:
        return ""
    return ngettext("%(num)s person", "%(num)s people", booking.people)


def _label(line: AgreedLine, currency: str) -> str:
    """What a line is for, and how much of it: "Linden, 2 h at €27.00", "Lunch × 2"."""
    if line.unit == KEPT:
        return _("Kept by the terms when it changed")
    if line.unit == GIVEN:
        return _("Not charged: changed by the house")
    if line.unit == WAIVED:
        return _("Too little to charge")
    if line.kind == LineKind.DISCOUNT:
        return _("Coupon %(code)s", code=line.label)
    how_many = Decimal(line.quantity)
    number = format_decimal(how_many, locale=_locale())
    match line.unit:
        case Unit.HOUR:
            times = _("%(number)s h", number=number)
        case Unit.DAY:
            times = ngettext("%(num)s day", "%(num)s days", int(how_many))
        case Unit.SEAT if how_many > 1:
            times = ngettext("%(num)s seat", "%(num)s seats", int(how_many))
        case Unit.PIECE if how_many > 1:
            return f"{line.label} × {number}"
        case _:
            return line.label
    price = money(Money(line.unit_price_minor, currency))
    return _("%(what)s, %(times)s at %(price)s", what=line.label, times=times, price=price)


def _amount(line: AgreedLine, currency: str) -> str:
    return money(Money(line.subtotal_minor, currency))


def _step(percent: int, until: dt.datetime | None, zone: str, *, is_only: bool) -> tuple[str, str]:
    share = f"{percent} %"
    if until is not None:
        return share, _(
            "back if you cancel until %(moment)s (%(zone)s)", moment=moment(until, zone), zone=zone_words(zone)
        )
    if is_only:
        return share, _("back if you cancel before it begins")
    return share, _("back after that, until it begins")


def _format(at: dt.datetime, pattern: str) -> str:
    # The wall time is formatted as it is: Babel would read a naive one as UTC and an aware one in its own zone.
    return format_datetime(at.replace(tzinfo=None), pattern, locale=_locale())


def _locale() -> Locale:
    return get_locale() or Locale("en")
