"""/desk/bookings/<ref>/cancellation: the house cancels one booking; what goes back and where to is seen before."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from bookapp.booking import actions
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.forms import HouseCancelForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_serve
from bookapp.booking.queries.desk import booking_at_desk
from bookapp.booking.queries.destinations import everything_back
from bookapp.booking.states import BookingState
from bookapp.infra import clock
from bookapp.values.errors import NotFound
from bookapp.web import filters
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/bookings/<ref>/cancellation")
def ask_to_cancel(ref: str) -> Response:
    """All of it comes back, whatever the terms: how much and where to, and the one button."""
    booking = _served(ref)
    if not _can_cancel(booking):
        return _home(booking)
    return _page(booking, HouseCancelForm(formdata=None))


@blueprint.post("/desk/bookings/<ref>/cancellation")
def cancel_booking(ref: str) -> Response:
    """Cancel it for its customer, who reads why."""
    booking, form = _served(ref), HouseCancelForm()
    if not form.validate():
        return _page(booking, form, status=422)
    booking, outcome = actions.cancel_for_customer(current_actor(), ref, now=clock.now(), reason=form.reason.data)
    if booking.state == BookingState.PENDING:
        flash(_("Its payment page is being closed; then the hold ends."))
    elif outcome.refund:
        flash(_("%(ref)s is cancelled. %(amount)s goes back.", ref=booking.ref, amount=filters.money(outcome.refund)))
    else:
        flash(_("%(ref)s is cancelled.", ref=booking.ref))
    return _home(booking)


def _served(ref: str) -> Booking:
    booking = booking_at_desk(ref)
    if not may_serve(current_actor(), booking):
        raise NotFound
    return booking


def _can_cancel(booking: Booking) -> bool:
    stands = booking.state == BookingState.CONFIRMED and clock.now() < booking.ends_at
    return stands or booking.state == BookingState.PENDING


def _home(booking: Booking) -> Response:
    return redirect_to(url_for("booking_desk.show_booking", ref=booking.ref))


def _page(booking: Booking, form: HouseCancelForm, *, status: int = 200) -> Response:
    return page(
        "booking/desk/bookings/cancel.html",
        status=status,
        booking=booking,
        told=summary_of(booking),
        goes=everything_back([booking])[booking.ref],
        form=form,
    )
