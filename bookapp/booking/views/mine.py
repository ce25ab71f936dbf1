"""One's own bookings: the list, one of them, and its papers."""

from __future__ import annotations

import datetime as dt
import io

import segno
from flask import Response, make_response, request, url_for
from flask_babel import gettext as _

from bookapp.audit.queries import story_of
from bookapp.booking import queries
from bookapp.booking.calendar import calendar_file
from bookapp.booking.documents import confirmation_pdf
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_cancel
from bookapp.booking.queries.destinations import given_back
from bookapp.booking.rules import can_cancel
from bookapp.booking.states import BookingState
from bookapp.booking.views.area import blueprint
from bookapp.booking.views.changes import changes_of
from bookapp.identity.actor import Actor
from bookapp.infra import clock
from bookapp.payments.queries import balance, papers_of, payments_of
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.files import download
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_PER_PAGE = 20
# What of the audit trail its customer is told, and how.
_TOLD = {
    "booking.held": N_("Held for you"),
    "booking.hold_extended": N_("Held for ten more minutes"),
    "payment.succeeded": N_("Paid"),
    "payment.failed": N_("The payment did not go through"),
    "booking.confirmed": N_("Confirmed"),
    "booking.cancelled": N_("Cancelled"),
    "booking.move_held": N_("A new time held, to be paid"),
    "booking.move_lapsed": N_("The new time let go"),
    "booking.moved": N_("Moved"),
    "booking.part_cancelled": N_("A part given back"),
    "booking.expired": N_("The hold ended"),
    "booking.payment_returned": N_("The payment is sent back"),
    "refund.initiated": N_("Refund on its way"),
    "refund.processed": N_("Refund sent"),
    "refund.failed": N_("The refund did not go through; we are looking at it"),
    "booking.completed": N_("Took place"),
    "booking.no_show": N_("Nobody came"),
}


@blueprint.get("/bookings")
def index() -> Response:
    """Upcoming or past; the next one large."""
    query = Query(request.args)
    tab = query.choice("tab", ("upcoming", "past"), "upcoming")
    number = query.integer("page", low=1, high=10_000) or 1
    found = queries.listing(current_actor(), tab=tab, now=clock.now(), page=number, per_page=_PER_PAGE)
    count = found.upcoming if tab == "upcoming" else found.past
    return page(
        "booking/bookings/index.html",
        tab=tab,
        found=found,
        states=BookingState,
        page_number=number,
        pages=max(1, -(-count // _PER_PAGE)),
    )


@blueprint.get("/bookings/<ref>")
def show(ref: str) -> Response:
    """Everything about one booking."""
    actor, now = current_actor(), clock.now()
    booking = queries.by_ref(ref, visible_to_actor=actor)
    payments, money = payments_of(booking.ref), balance(booking.ref, booking.currency)
    return page(
        "booking/bookings/show.html",
        "main",
        booking=booking,
        told=summary_of(booking),
        state=BookingState(booking.state),
        money=money,
        payments=payments,
        given=given_back(payments, booking.currency),
        steps=queries.refund_steps(booking, now, paid=money.kept),
        papers=papers_of(booking.ref),
        story=_story(booking),
        can_cancel=_can_cancel(actor, booking, now),
        is_over=booking.ends_at <= now,
        **changes_of(booking, now),
    )


@blueprint.get("/bookings/<ref>/confirmed")
def show_confirmed(ref: str) -> Response:
    """The tick, the ticket, and what to do when plans change."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
    if booking.state == BookingState.PENDING:
        return redirect_to(url_for("booking.show_checkout", ref=booking.ref))
    if booking.state != BookingState.CONFIRMED:
        return redirect_to(url_for("booking.show", ref=booking.ref))
    told = summary_of(booking)
    return page(
        "booking/bookings/confirmed.html",
        booking=booking,
        told=told,
        money=balance(booking.ref, booking.currency),
    )


@blueprint.get("/bookings/<ref>/qr.svg")
def code(ref: str) -> Response:
    """The code to scan at the door: it leads to the check-in, and whoever serves nothing on to the booking."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
    drawn = io.BytesIO()
    segno.make(summary_of(booking).door_url, error="m").save(drawn, kind="svg", border=2, light="white")
    response = make_response(drawn.getvalue())
    response.headers["Content-Type"] = "image/svg+xml"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/bookings/<ref>/calendar.ics")
def calendar(ref: str) -> Response:
    """The booking for a calendar program."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
    return download(calendar_file(booking), "text/calendar; charset=utf-8", f"{booking.ref}.ics")


@blueprint.get("/bookings/<ref>/confirmation.pdf")
def confirmation(ref: str) -> Response:
    """The confirmation on paper."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
    if booking.confirmed_at is None:
        return redirect_to(url_for("booking.show", ref=booking.ref))
    return download(confirmation_pdf(booking), "application/pdf", f"{booking.ref}.pdf")


def _story(booking: Booking) -> list[tuple[str, str, bool]]:
    """What happened, for the timeline: (what, when, whether it is the latest)."""
    told = [
        (_(_TOLD[entry.action]), filters.when(entry.at, booking.zone))
        for entry in story_of(f"booking:{booking.ref}")
        if entry.action in _TOLD
    ]
    return [(what, at, number == len(told)) for number, (what, at) in enumerate(told, start=1)]


def _can_cancel(actor: Actor, booking: Booking, now: dt.datetime) -> bool:
    return may_cancel(actor, booking) and can_cancel(state=booking.state, starts_at=booking.starts_at, now=now)
