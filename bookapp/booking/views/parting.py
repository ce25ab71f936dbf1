"""Giving a part of a booking back: say how much, see what comes back, and the one button."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.booking import actions
from bookapp.booking.forms import ChangeForm, part_from
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_choose_wallet, may_move
from bookapp.booking.queries.changes import is_waiting, part_offer, pending_change
from bookapp.booking.queries.destinations import TO_ORIGINAL, both_destinations
from bookapp.booking.rules import AgreedLine, Part, agreed_now, can_cancel, extras_in
from bookapp.booking.states import BookingKind, BookingState
from bookapp.booking.views.area import blueprint
from bookapp.booking.views.whose import Whose, whose
from bookapp.infra import clock
from bookapp.infra.limits import BOOKINGS, limiter
from bookapp.values.errors import NotValid, Refusal
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/bookings/<ref>/part")
def ask_part(ref: str) -> Response:
    """What could be given back; with something chosen in the address, what that brings."""
    who = whose(ref)
    change = pending_change(who.booking)
    if not has_parts(who.booking, by_merchant=who.by_merchant) or (
        change is not None and is_waiting(change, clock.now())
    ):
        return redirect_to(who.home)
    try:
        part = part_from(request.args)
    except NotValid as refusal:
        return _page(who, Part(), ChangeForm(formdata=None), refusal)
    return _page(who, part, ChangeForm(formdata=None))


@blueprint.post("/bookings/<ref>/part")
@limiter.limit(BOOKINGS)
def cancel_part(ref: str) -> Response:
    """Give it back by the terms."""
    actor, who = current_actor(), whose(ref)
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
            refund_to=form.refund_to.data if may_choose_wallet(actor, who.booking) else TO_ORIGINAL,
            reason=form.reason.data or "",
        )
    except Refusal as refusal:
        return _page(whose(ref), part, form, refusal)
    flash(_("It is given back. The rest of your booking stands."))
    return redirect_to(who.home)


def has_parts(booking: Booking, *, by_merchant: bool = False) -> bool:
    """Whether whoever looks at it could give a part of it back, unless a move waits for its payment."""
    if booking.state != BookingState.CONFIRMED or not (by_merchant or may_move(current_actor(), booking)):
        return False
    possible = can_cancel(state=booking.state, starts_at=booking.starts_at, now=clock.now())
    return possible and (_seats(booking) > 1 or bool(_extras(booking)))


def _seats(booking: Booking) -> int:
    return booking.people if booking.kind == BookingKind.SESSION else 1


def _extras(booking: Booking) -> list[AgreedLine]:
    return [line for line in agreed_now(booking.lines) if line.kind == "addon" and line.addon_id and line.quantity > 0]


def _page(who: Whose, part: Part, form: ChangeForm, refusal: Refusal | None = None) -> Response:
    now, booking, chosen = clock.now(), who.booking, part.seats or part.addons
    offer = None
    if chosen and not (refusal and isinstance(refusal, NotValid)):
        try:
            offer = part_offer(booking, part, now=now, by_merchant=who.by_merchant)
        except NotValid as wrong:
            refusal = wrong
    problem = of_refusal(refusal) if refusal else None
    pieces, lines = dict(part.addons), agreed_now(booking.lines)
    names = {line.addon_id: line.label for line in lines if line.addon_id}
    back = offer.settlement.back if offer else None
    as_paid, to_wallet = both_destinations(booking, back) if back else (None, None)
    return page(
        "booking/part/new.html",
        "main",
        status=problem.status if problem else 200,
        **who.facts,
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
        to_wallet=to_wallet,
        can_choose=bool(as_paid and as_paid.original) and may_choose_wallet(current_actor(), booking),
    )
