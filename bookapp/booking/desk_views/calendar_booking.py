"""One booking beside the calendar: who, what, what is paid, and what can be done for its customer from here."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from bookapp.booking import actions
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.desk_views.calendar import calendar_address
from bookapp.booking.errors import TooLateToCancel
from bookapp.booking.forms.calendar import CUSTOMER, HOUSE, DeskChangeForm, PaidForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import is_override, may_serve
from bookapp.booking.queries.bookings import cancellation_today
from bookapp.booking.queries.changes import is_waiting, pending_change
from bookapp.booking.queries.desk import booking_at_desk
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import can_cancel
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Venue
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.payments.queries import balance, payments_of
from bookapp.values.errors import NotFound, NotPossibleNow, NotValid
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

SAY_WHY = N_("Please say why: it stays with the booking.")


@blueprint.get("/desk/calendar/bookings/<ref>")
def show_at_calendar(ref: str) -> Response:
    """The panel, or a page of its own."""
    return _panel(served(ref), PaidForm(formdata=None))


@blueprint.post("/desk/calendar/bookings/<ref>/payment")
def take_at_venue(ref: str) -> Response:
    """What was open is in the till."""
    booking, form, actor = served(ref), PaidForm(), current_actor()
    form.validate()
    if is_override(actor, booking) and not form.reason.data:
        form.refuse(NotValid({"reason": SAY_WHY}))
        return _panel(booking, form, status=422)
    try:
        payment = actions.take_payment_at_venue(
            actor, booking.ref, now=clock.now(), key=form.idempotency_key.data, reason=form.reason.data or ""
        )
    except NotPossibleNow as refusal:
        return _panel(served(ref), form, refusal=refusal, status=refusal.status)
    flash(_("%(amount)s of %(name)s are noted as paid.", amount=filters.money(payment.amount), name=booking.name))
    return redirect_to(home_of(booking))


@blueprint.get("/desk/calendar/bookings/<ref>/cancellation")
def ask_cancellation(ref: str) -> Response:
    """What comes back, by the house's fault and by the customer's wish, before anything is done."""
    return _cancellation(served(ref), DeskChangeForm(formdata=None, by=CUSTOMER))


@blueprint.post("/desk/calendar/bookings/<ref>/cancellation")
def cancel_at_desk(ref: str) -> Response:
    """Cancel it for its customer."""
    booking, form = served(ref), DeskChangeForm()
    if not form.validate():
        return _cancellation(booking, form, status=422)
    home = home_of(booking)
    try:
        _ended, outcome = actions.cancel_for_customer(
            current_actor(),
            ref,
            now=clock.now(),
            reason=form.reason.data or "",
            asked=form.asked,
            version=form.version,
            shown_minor=form.amount_shown,
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _cancellation(served(ref), form, status=refusal.status)
    except NotPossibleNow as refusal:
        return _cancellation(served(ref), form, refusal=refusal, status=refusal.status)
    words = _("Cancelled.")
    if outcome.refund:
        words = _("Cancelled: %(amount)s go back.", amount=filters.money(outcome.refund))
    flash(words)
    return redirect_to(home)


def served(ref: str) -> Booking:
    """A booking that who looks may change for its customer. Raises NotFound."""
    booking = booking_at_desk(ref)
    if not may_serve(current_actor(), booking):
        raise NotFound
    return booking


def home_of(booking: Booking) -> str:
    """The week it is in at its venue's calendar; what is nowhere has its own page only."""
    if booking.venue_id is None:
        return url_for("booking_desk.show_booking", ref=booking.ref)
    return calendar_address(db.session.get_one(Venue, booking.venue_id), booking.starts_at)


def _panel(booking: Booking, form: PaidForm, *, refusal: NotPossibleNow | None = None, status: int = 200) -> Response:
    now, change = clock.now(), pending_change(booking)
    waits = change is not None and is_waiting(change, now)
    stands = booking.state == BookingState.CONFIRMED
    return page(
        "booking/desk/calendar/booking.html",
        "panel",
        status=status,
        booking=booking,
        told=summary_of(booking),
        state=BookingState(booking.state),
        money=balance(booking.ref, booking.currency),
        rest=rest_of(booking),
        waits=waits,
        may_move=stands and not waits and booking.session_id is None,
        may_cancel=booking.state == BookingState.PENDING or (stands and booking.ends_at > now),
        form=form,
        must_say_why=is_override(current_actor(), booking),
        problem=of_refusal(refusal) if refusal else None,
        home=home_of(booking),
    )


def _cancellation(
    booking: Booking, form: DeskChangeForm, *, refusal: NotPossibleNow | None = None, status: int = 200
) -> Response:
    now = clock.now()
    is_held = booking.state == BookingState.PENDING
    possible = is_held or (booking.state == BookingState.CONFIRMED and booking.ends_at > now)
    if not possible and refusal is None:
        refusal, status = TooLateToCancel(), TooLateToCancel.status
    paid = balance(booking.ref, booking.currency).kept
    asked = cancellation_today(booking, now)
    return page(
        "booking/desk/calendar/cancellation.html",
        status=status,
        booking=booking,
        told=summary_of(booking),
        possible=possible,
        is_held=is_held,
        may_ask=can_cancel(state=booking.state, starts_at=booking.starts_at, now=now),
        paid=paid,
        asked=asked,
        by_hand=any(one.gateway == "venue" and one.counts for one in payments_of(booking.ref)),
        by=form.by.data if form.by.data in (HOUSE, CUSTOMER) else "",
        form=form,
        seen=f"{booking.version}:{paid.minor}",
        problem=of_refusal(refusal) if refusal else None,
        home=home_of(booking),
    )
