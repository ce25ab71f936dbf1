"""/desk/bookings/<ref>: one booking with its money and its story, and giving some of it back out of goodwill."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from bookapp.audit.queries import story_of
from bookapp.booking import actions
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.forms import GoodwillForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import goodwill_left, may_serve
from bookapp.booking.queries.desk import booking_at_desk
from bookapp.booking.queries.destinations import TO_ORIGINAL
from bookapp.booking.states import BookingState
from bookapp.identity.queries import user_by_id
from bookapp.infra import clock
from bookapp.payments.queries import balance, payments_of
from bookapp.values.errors import NotFound, NotValid
from bookapp.web import filters
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/bookings/<ref>")
def show_booking(ref: str) -> Response:
    """What it is, who for, what was paid and given back, and everything that happened."""
    booking = _served(ref)
    customer = user_by_id(booking.customer_id) if booking.customer_id is not None else None
    to = (customer.refund_to if customer else None) or TO_ORIGINAL
    return _page(booking, GoodwillForm(booking.currency, formdata=None, to=to))


@blueprint.post("/desk/bookings/<ref>/goodwill")
def give_goodwill(ref: str) -> Response:
    """Give part of what was paid back, with a reason."""
    booking = _served(ref)
    form = GoodwillForm(booking.currency)
    if not form.validate():
        return _page(booking, form, status=422)
    try:
        goes = actions.give_goodwill(
            current_actor(),
            booking.ref,
            form.money,
            reason=form.reason.data,
            key=form.idempotency_key.data,
            now=clock.now(),
            to=form.to.data,
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(_served(ref), form, status=refusal.status)
    flash(_("%(amount)s is on its way to %(name)s.", amount=filters.money(goes.whole), name=booking.name))
    return redirect_to(url_for("booking_desk.show_booking", ref=booking.ref))


def _served(ref: str) -> Booking:
    booking = booking_at_desk(ref)
    if not may_serve(current_actor(), booking):
        raise NotFound
    return booking


def _page(booking: Booking, form: GoodwillForm, *, status: int = 200) -> Response:
    return page(
        "booking/desk/bookings/show.html",
        status=status,
        booking=booking,
        told=summary_of(booking),
        state=BookingState(booking.state),
        money=balance(booking.ref, booking.currency),
        payments=payments_of(booking.ref),
        story=story_of(f"booking:{booking.ref}"),
        form=form,
        most=goodwill_left(current_actor(), booking),
    )
