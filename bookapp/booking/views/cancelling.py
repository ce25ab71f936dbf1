"""Cancelling one's own booking: what comes back, where to, and when that drops, before anything is done."""

from __future__ import annotations

from flask import Response, request, url_for

from bookapp.booking import actions, queries
from bookapp.booking.forms import CancelForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_cancel, may_choose_wallet
from bookapp.booking.queries.calloff import is_called_off
from bookapp.booking.queries.destinations import TO_ORIGINAL, both_destinations
from bookapp.booking.rules import can_cancel
from bookapp.booking.states import BookingState
from bookapp.booking.views.area import blueprint
from bookapp.identity.queries import user_by_id
from bookapp.infra import clock
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/bookings/<ref>/cancellation")
def ask_cancellation(ref: str) -> Response:
    """What comes back today and where to, to the cent, and when that drops."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
    if booking.state == BookingState.CANCELLED:
        return redirect_to(url_for("booking.show", ref=booking.ref))
    return _page(booking, CancelForm(formdata=None, to=_remembered(booking)))


@blueprint.post("/bookings/<ref>/cancellation")
def cancel(ref: str) -> Response:
    """Cancel by the terms; what is due back goes on its way."""
    form = CancelForm(formdata=request.form)
    if not form.validate():
        return _page(queries.by_ref(ref, visible_to_actor=current_actor()), form, status=422)
    booking, _outcome = actions.cancel(
        current_actor(), ref, now=clock.now(), reason=form.reason.data or "", to=form.to.data
    )
    return redirect_to(url_for("booking.show", ref=booking.ref))


def _page(booking: Booking, form: CancelForm, *, status: int = 200) -> Response:
    actor, now = current_actor(), clock.now()
    outcome = queries.cancellation_today(booking, now)
    as_paid, to_wallet = both_destinations(booking, outcome.refund)
    return page(
        "booking/cancellation/new.html",
        "main",
        status=status,
        booking=booking,
        form=form,
        told=summary_of(booking),
        outcome=outcome,
        steps=queries.refund_steps(booking, now, paid=outcome.refund + outcome.fee),
        as_paid=as_paid,
        to_wallet=to_wallet,
        can_choose=bool(as_paid.original) and may_choose_wallet(actor, booking),
        can_cancel=may_cancel(actor, booking) and can_cancel(state=booking.state, starts_at=booking.starts_at, now=now),
        called_off=is_called_off(booking),
    )


def _remembered(booking: Booking) -> str:
    """Where they wanted their money the last time."""
    customer = user_by_id(booking.customer_id) if booking.customer_id is not None else None
    return (customer.refund_to if customer else None) or TO_ORIGINAL
