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
from bookapp.payments.queries import balance, papers_of, payments_of
from bookapp.payments.states import GATEWAY_NAMES, told_state
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

# The audit trail in words; what is not among them is shown by its name.
_TOLD = {
    "booking.held": N_("Held"),
    "booking.hold_extended": N_("Held for ten more minutes"),
    "booking.adopted": N_("Joined an account"),
    "booking.made_for": N_("Booked by the house"),
    "booking.confirmed": N_("Confirmed"),
    "booking.cancelled": N_("Cancelled"),
    "booking.expired": N_("Hold ended"),
    "booking.goodwill": N_("Given back out of goodwill"),
    "booking.moved": N_("Moved"),
    "booking.move_held": N_("New time held, to be paid"),
    "booking.move_lapsed": N_("New time let go"),
    "booking.part_cancelled": N_("A part given back"),
    "booking.payment_returned": N_("Payment sent back: nobody could use it"),
    "booking.rest_paid": N_("Rest paid"),
    "booking.taken_at_venue": N_("Paid at the venue"),
    "booking.attendance": N_("Attendance noted"),
    "booking.completed": N_("Took place"),
    "booking.no_show": N_("Nobody came"),
    "payment.opened": N_("Payment opened"),
    "payment.succeeded": N_("Payment arrived"),
    "payment.failed": N_("Payment declined"),
    "payment.abandoned": N_("Payment not made"),
    "refund.initiated": N_("Refund promised"),
    "refund.processed": N_("Refund sent"),
    "refund.failed": N_("Refund failed"),
    "paper.invoice": N_("Invoice issued"),
    "paper.credit_note": N_("Credit note issued"),
}
_NOBODY = N_("the house's own work")


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
        told_state=told_state,
        gateway_names=GATEWAY_NAMES,
        papers=papers_of(booking.ref),
        story=_story(booking),
        form=form,
        most=goodwill_left(current_actor(), booking),
    )


def _story(booking: Booking) -> list[tuple[str, str, str, str]]:
    """The audit trail in words: (what, when, who, why)."""
    entries = story_of(f"booking:{booking.ref}")
    people = {user_id: user_by_id(user_id) for user_id in {entry.user_id for entry in entries} if user_id is not None}
    told = []
    for entry in entries:
        who = people.get(entry.user_id) if entry.user_id is not None else None
        what = _(_TOLD[entry.action]) if entry.action in _TOLD else entry.action
        told.append((what, filters.when(entry.at, booking.zone), who.name if who else _(_NOBODY), entry.reason or ""))
    return told
