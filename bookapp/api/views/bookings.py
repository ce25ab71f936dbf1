"""Booking something, and one's bookings."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import Any

from flask import Response, current_app, url_for

from bookapp.api.schemas import bookings as schemas
from bookapp.api.schemas import samples
from bookapp.api.schemas.base import paginated
from bookapp.api.views.area import ApiArea
from bookapp.api.views.names import api_names
from bookapp.api.views.nearest import with_nearest_yes
from bookapp.api.views.told import in_full, in_list, payment_facts
from bookapp.booking import actions, queries
from bookapp.booking.actions import Order
from bookapp.booking.calendar import calendar_file
from bookapp.booking.documents import confirmation_pdf
from bookapp.booking.errors import NotConfirmed
from bookapp.booking.models import Booking
from bookapp.booking.policy import owns, seen_by
from bookapp.booking.queries.links import manage_token
from bookapp.booking.queries.lists import Ask, own_page
from bookapp.booking.queries.private import check_open
from bookapp.booking.rules import AppointmentWish, Details, RoomWish, SeatWish, Wish
from bookapp.catalog.queries import service_by_id
from bookapp.identity.actor import Actor
from bookapp.infra import clock
from bookapp.infra.limits import BOOKINGS, CODES, CODES_SCOPE, limiter
from bookapp.payments.actions import open_at_provider
from bookapp.payments.documents import paper_pdf
from bookapp.payments.queries import INVOICE, open_payment, paper_of, payments_of
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import N_
from bookapp.web.areas import PUBLIC
from bookapp.web.files import download
from bookapp.web.security import current_actor, origin

views = ApiArea("bookings", __name__, title=N_("Bookings"), about=N_("Book, look, move, cancel."))

_FILE = {"type": "string", "format": "binary"}
_PDF = "application/pdf"
_CALENDAR = "text/calendar"


@views.post("/bookings", audience=PUBLIC)
@limiter.limit(BOOKINGS)
@views.arguments(schemas.BookingInput, examples=samples.BOOKINGS)
@views.response(201, schemas.BookedSchema)
@views.idempotent
def create_booking(asked: dict[str, Any], key: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Book a room, seats or an hour of a person.

    Name one thing: `room_id` with `start`, `end` and perhaps `addons`; `session_id` with `seats`; or `service_id` with
    `facilitator_id` and `start`. What costs nothing, and what the wallet pays, is confirmed at once. Otherwise it is
    held: send its payer to `payment.url`, and it is confirmed when the payment has arrived. Without a token a guest
    books with their `email`, and `booking_token` opens the booking from then on.
    """
    now, actor = clock.now(), _booker(asked)
    counted = limiter.shared_limit(CODES, scope=CODES_SCOPE) if asked["coupon"] else nullcontext()
    with api_names(), counted:
        wish, pay = _open_wish(asked), {name: asked[name] for name in ("gateway", "wallet")}
        order = Order(wish, _details(asked, actor), code=asked["coupon"], **pay)
        with with_nearest_yes(wish, now=now):
            booking = actions.book(actor, order, now=now, key=key, origin=origin())
    ref, payment = booking.ref, open_payment(booking.ref)
    if payment is not None:
        open_at_provider(payment.id, now=now)
    booking = queries.by_ref(ref, visible_to_actor=actor)
    return {
        **in_full(booking, now=now),
        "payment": next((payment_facts(one) for one in payments_of(ref) if payment and one.id == payment.id), None),
        "booking_token": None if actor.is_signed_in else manage_token(booking),
    }, {"Location": url_for("api_bookings.show_booking", ref=ref)}


@views.get("/bookings")
@views.arguments(schemas.BookingsAsked, location="query")
@views.response(200, schemas.BookingPageSchema)
def list_bookings(asked: dict[str, Any]) -> dict[str, Any]:
    """One's own bookings, and those one takes part in: the latest start first, counted by status."""
    found = own_page(current_actor(), Ask(state=asked.get("status")), page=asked["page"], limit=asked["limit"])
    rows = [in_list(booking, found.money[booking.ref]) for booking in found.bookings]
    return paginated(rows, asked, found.total) | {"counts": found.counts}


@views.get("/bookings/<ref>", guests=True)
@views.response(200, schemas.BookingInFullSchema)
def show_booking(ref: str) -> dict[str, Any]:
    """Everything about one booking: for who booked it, who takes part in it, and who serves it."""
    actor = current_actor()
    booking, by_merchant = seen_by(actor, ref)
    return in_full(booking, now=clock.now(), emails=by_merchant or owns(actor, booking))


@views.get("/bookings/<ref>/confirmation.pdf", guests=True)
@views.response(200, _FILE, content_type=_PDF)
@views.alt_response(409, "PROBLEM_409")
def booking_confirmation(ref: str) -> Response:
    """The confirmation on paper."""
    booking = _seen(ref)
    if booking.confirmed_at is None:
        raise NotConfirmed
    return download(confirmation_pdf(booking), _PDF, f"{booking.ref}.pdf")


@views.get("/bookings/<ref>/calendar.ics", guests=True)
@views.response(200, _FILE, content_type=_CALENDAR)
def booking_calendar(ref: str) -> Response:
    """The booking for a calendar program."""
    booking = _seen(ref)
    return download(calendar_file(booking), f"{_CALENDAR}; charset=utf-8", f"{booking.ref}.ics")


@views.get("/bookings/<ref>/invoice.pdf", guests=True)
@views.response(200, _FILE, content_type=_PDF)
def booking_invoice(ref: str) -> Response:
    """The invoice of what was booked; a moment after the confirmation there may be none yet."""
    paper = paper_of(_seen(ref).ref, INVOICE)
    return download(paper_pdf(paper), _PDF, f"{paper.facts['label']}.pdf")


def _seen(ref: str) -> Booking:
    return seen_by(current_actor(), ref)[0]


def _booker(asked: dict[str, Any]) -> Actor:
    """Who books: the owner of the token, or a guest, whom their address and their email tell apart from others."""
    actor: Actor = current_actor()
    if actor.is_signed_in:
        return actor
    if "email" not in asked:
        raise NotValid({"email": N_("A guest books with an email; or send an access token.")})
    guest = f"{current_app.secret_key}:guest:{origin()}:{asked['email']}"
    return Actor(visitor=hashlib.sha256(guest.encode()).hexdigest())


def _open_wish(asked: dict[str, Any]) -> Wish:
    """The wish, if what it is for is open to whoever sent it. Raises NotFound for a private service without its key."""
    wish = _wish(asked)
    check_open(wish, lambda: (asked["service_key"],))
    return wish


def _wish(asked: dict[str, Any]) -> Wish:
    if "room_id" in asked:
        addons = tuple(sorted((one["addon_id"], one["quantity"]) for one in asked.get("addons", ())))
        return RoomWish(asked["room_id"], Span(asked["start"], asked["end"]), asked.get("people", 1), addons)
    if "session_id" in asked:
        return SeatWish(asked["session_id"], asked.get("seats", 1))
    minutes = asked.get("duration_minutes")
    if minutes is None:
        lengths = service_by_id(asked["service_id"]).lengths
        if len(lengths) != 1:
            raise NotValid({"duration_minutes": N_("Please choose one of the lengths on offer.")})
        minutes = lengths[0].minutes
    return AppointmentWish(asked["service_id"], asked["facilitator_id"], asked["start"], minutes)


def _details(asked: dict[str, Any], actor: Actor) -> Details:
    email = asked.get("email") or actor.email
    return Details(
        name=asked.get("name") or actor.name or email.partition("@")[0],
        email=email,
        phone=asked["phone"],
        notes=asked["notes"],
        participants=tuple((one["name"], one["email"]) for one in asked["participants"]),
        booking_type=asked["booking_type"],
        answers=tuple((one["question_id"], one["answer"]) for one in asked["answers"]),
        extra=asked["metadata"],
    )
