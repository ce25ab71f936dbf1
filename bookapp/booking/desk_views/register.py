"""/desk/bookings: every booking one may serve, found by ref, name, email or phone, on the page and for spreadsheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response, request, url_for

from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.queries import register as registers
from bookapp.booking.queries.bulk import MOST_AT_ONCE
from bookapp.booking.queries.register import Entry, RegisterFilter
from bookapp.booking.rules.bulk import Act
from bookapp.booking.states import BookingKind, BookingState
from bookapp.infra import clock
from bookapp.payments.queries import kept_minor
from bookapp.values.money import Money
from bookapp.values.timespan import instant_near, wall
from bookapp.web import filters
from bookapp.web.files import csv_download
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000
_MOST = 2**53
# The days one looks at when nothing is asked for.
_DAYS_AHEAD = 30
_ASC, _DESC = "first", "latest"
_FIELDS = ("q", "state", "kind", "room", "merchant", "from", "to", "order")


@blueprint.get("/desk/bookings")
def list_bookings() -> Response:
    """The register, filtered by what the address says; a ref leads straight to its booking."""
    actor, query = current_actor(), Query(request.args)
    merchants = registers.merchants_of_register(actor)
    zone = registers.zone_of_register(actor)
    wanted, days = asked(query, zone)
    number = query.integer("page", low=1, high=_MOST_PAGES) or 1
    found = registers.register(actor, wanted, number)
    if registers.is_ref(wanted.text) and [one.ref for one in found.rows] == [wanted.text.upper()]:
        return redirect_to(url_for("booking_desk.show_booking", ref=found.rows[0].ref))
    return page(
        "booking/desk/register/index.html",
        "register",
        found=found,
        due=_due(found.rows),
        state_of=BookingState,
        wanted=wanted,
        days=days,
        zone=zone,
        errors=query.errors,
        rooms=list(registers.rooms_of_register(actor)),
        merchants=list(merchants),
        states=[(state.value, _(state.label)) for state in BookingState],
        acts=[(act.value, _(act.label)) for act in Act],
        most_at_once=MOST_AT_ONCE,
        kept=[(name, request.args[name]) for name in _FIELDS if request.args.get(name)],
        kinds=[(BookingKind.ROOM.value, _("Rooms")), (BookingKind.SESSION.value, _("Seats")),
               (BookingKind.APPOINTMENT.value, _("Appointments"))],
        page_number=number,
        here=urlencode({name: request.args[name] for name in _FIELDS if request.args.get(name)}),
    )  # fmt: skip


@blueprint.get("/desk/bookings.csv")
def download_bookings() -> Response:
    """The same as a table for spreadsheets, up to MOST_IN_FILE rows; times are the place's own."""
    actor = current_actor()
    wanted, _days = asked(Query(request.args), registers.zone_of_register(actor))
    rows = registers.each_of_register(actor, wanted)
    head = ("ref", "state", "name", "email", "phone", "what", "where", "host", "people", "starts", "ends", "zone",
            "total", "due", "currency")  # fmt: skip
    return csv_download("bookings.csv", head, _cells(rows, _due(rows)))


def asked(query: Query, zone: str) -> tuple[RegisterFilter, tuple[dt.date | None, dt.date | None]]:
    """What is wanted, and its first and last day. Who searches for words is shown all days, the latest first."""
    text = query.text("q")
    first, last = query.day("from"), query.day("to")
    if not text and first is None and last is None and "from" not in query.errors and "to" not in query.errors:
        first = wall(clock.now(), zone).date()
        last = first + dt.timedelta(days=_DAYS_AHEAD)
    wanted = RegisterFilter(
        text=text,
        state=query.choice("state", tuple(BookingState)),
        kind=query.choice("kind", tuple(BookingKind)),
        room_id=query.integer("room", low=1, high=_MOST),
        merchant_id=query.integer("merchant", low=1, high=_MOST),
        start=instant_near(first, dt.time(), zone) if first else None,
        end=instant_near(last + dt.timedelta(days=1), dt.time(), zone) if last else None,
        latest_first=query.choice("order", (_ASC, _DESC), _DESC if text else _ASC) == _DESC,
    )
    return wanted, (first, last)


def _due(rows: Sequence[Entry]) -> dict[str, Money]:
    """What is still to be paid for each of them; nothing for what was given up."""
    kept = kept_minor([one.ref for one in rows])
    over = (BookingState.CANCELLED, BookingState.EXPIRED)
    return {
        one.ref: Money(0 if one.state in over else max(one.total_minor - kept.get(one.ref, 0), 0), one.currency)
        for one in rows
    }


def _cells(rows: Sequence[Entry], due: dict[str, Money]) -> list[tuple[str, ...]]:
    return [
        (
            one.ref, one.state, one.name, one.email, one.phone, one.title, one.place, one.host, str(one.people),
            filters.local_iso(one.starts_at, one.zone), filters.local_iso(one.ends_at, one.zone), one.zone,
            str(one.total.amount), str(due[one.ref].amount), one.currency,
        )
        for one in rows
    ]  # fmt: skip
