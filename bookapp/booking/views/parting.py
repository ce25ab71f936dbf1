"""Giving a part of a booking back: say how much, see what comes back, and the one button."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.booking import actions, queries
from bookapp.booking.forms import ChangeForm, part_from
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_choose_wallet, may_move
from bookapp.booking.queries.changes import is_waiting, part_offer, pending_change
from bookapp.booking.queries.destinations import TO_ORIGINAL, TO_WALLET, destinations
from bookapp.booking.rules import AgreedLine, Part, agreed_now, can_cancel, extras_in
from bookapp.booking.states import BookingKind, BookingState
from bookapp.booking.views.area import blueprint
from bookapp.infra import clock
from bookapp.infra.limits import BOOKINGS, limiter
from bookapp.values.errors import NotValid, Refusal
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/bookings/<ref>/part")
def ask_part(ref: str) -> Response:
    """What could be given back; with something chosen in the address, what that brings."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
    change = pending_change(booking)
    if not has_parts(booking) or (change is not None and is_waiting(change, clock.now())):
        return redirect_to(url_for("booking.show", ref=booking.ref))
    try:
        part = part_from(request.args)
    except NotValid as refusal:
        return _page(booking, Part(), ChangeForm(formdata=None), refusal)
    return _page(booking, part, ChangeForm(formdata=None))


@blueprint.post("/bookings/<ref>/part")
@limiter.limit(BOOKINGS)
def cancel_part(ref: str) -> Response:
    """Give it back by the terms."""
    actor = current_actor()
    booking = queries.by_ref(ref, visible_to_actor=actor)
    form, part = ChangeForm(), part_from(request.form)
    form.validate()
    try:
        actions.cancel_part(
            actor,
            ref,
            part,
            now=clock.now(),
            key=form.idempotency_key.data,
            version=form.version,
            shown_minor=form.shown_minor,
            refund_to=form.refund_to.data if may_choose_wallet(actor, booking) else TO_ORIGINAL,
        )
    except Refusal as refusal:
        return _page(queries.by_ref(ref, visible_to_actor=actor), part, form, refusal)
    flash(_("It is given back. The rest of your booking stands."))
    return redirect_to(url_for("booking.show", ref=booking.ref))


def has_parts(booking: Booking) -> bool:
    """Whether whoever looks at it could give a part of it back, unless a move waits for its payment."""
    if booking.state != BookingState.CONFIRMED or not may_move(current_actor(), booking):
        return False
    possible = can_cancel(state=booking.state, starts_at=booking.starts_at, now=clock.now())
    return possible and (_seats(booking) > 1 or bool(_extras(booking)))


def _seats(booking: Booking) -> int:
    return booking.people if booking.kind == BookingKind.SESSION else 1


def _extras(booking: Booking) -> list[AgreedLine]:
    return [line for line in agreed_now(booking.lines) if line.kind == "addon" and line.addon_id and line.quantity > 0]


def _page(booking: Booking, part: Part, form: ChangeForm, refusal: Refusal | None = None) -> Response:
    now, chosen = clock.now(), part.seats or part.addons
    offer = None
    if chosen and not (refusal and isinstance(refusal, NotValid)):
        try:
            offer = part_offer(booking, part, now=now)
        except NotValid as wrong:
            refusal = wrong
    problem = of_refusal(refusal) if refusal else None
    pieces, lines = dict(part.addons), agreed_now(booking.lines)
    names = {line.addon_id: line.label for line in lines if line.addon_id}
    back = offer.settlement.back if offer else None
    as_paid = destinations(booking, back, to=TO_ORIGINAL) if back else None
    return page(
        "booking/part/new.html",
        "main",
        status=problem.status if problem else 200,
        booking=booking,
        told=summary_of(booking),
        form=form,
        part=part,
        most_seats=_seats(booking) - 1,
        extras=[
            (f"addon-{addon_id}", names[addon_id], pieces.get(addon_id, 0), quantity)
            for addon_id, quantity in extras_in(lines).items()
            if quantity
        ],
        offer=offer,
        settled=offer.settlement if offer else None,
        seen=f"{booking.version}:{back.minor}" if back is not None else "",
        problem=problem,
        errors=dict(problem.fields) if problem else {},
        as_paid=as_paid,
        to_wallet=destinations(booking, back, to=TO_WALLET) if back else None,
        can_choose=bool(as_paid and as_paid.original) and may_choose_wallet(current_actor(), booking),
    )
