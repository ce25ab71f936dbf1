"""Moving and cancelling a booking."""

from __future__ import annotations

from typing import Any

from bookapp.api.schemas import bookings as schemas
from bookapp.api.views.area import ApiArea
from bookapp.api.views.names import api_names
from bookapp.api.views.nearest import with_nearest_yes
from bookapp.api.views.told import in_full, in_list, payment_facts
from bookapp.booking import actions
from bookapp.booking.errors import AlreadyThere, ChangedMeanwhile
from bookapp.booking.messages.summary import policy_words
from bookapp.booking.policy import may_choose_wallet, owns, seen_by
from bookapp.booking.queries.changes import agreed_lines, wish_for
from bookapp.booking.queries.destinations import TO_ORIGINAL, given_back_for
from bookapp.booking.queries.gateways import gateway_for
from bookapp.booking.rules import NewTime
from bookapp.booking.states import BookingKind
from bookapp.infra import clock
from bookapp.infra.limits import BOOKINGS, limiter
from bookapp.payments.actions import open_at_provider
from bookapp.payments.queries import balance, payments_of
from bookapp.values.errors import NotValid
from bookapp.values.words import N_
from bookapp.web.security import current_actor

views = ApiArea("changes", __name__, title=N_("Bookings"), about=N_("Book, look, move, cancel."))

_WHERE = ("start", "end", "room_id", "session_id", "facilitator_id")
_NEEDED = {
    BookingKind.ROOM: ("start", "end"),
    BookingKind.SESSION: ("session_id",),
    BookingKind.APPOINTMENT: ("start",),
}


@views.put("/bookings/<ref>/reschedule", guests=True)
@limiter.limit(BOOKINGS)
@views.arguments(schemas.MoveInput)
@views.response(200, schemas.MovedSchema)
@views.idempotent
def reschedule_booking(asked: dict[str, Any], ref: str, key: str) -> dict[str, Any]:
    """Move a booking to another time, room, session or person.

    What is not dearer is moved at once; a lower price comes back by the terms. A dearer time is held beside the old
    one until `payment` is paid, and nothing changes if it never is. Who serves the booking moves it without a charge.
    Asking for where it is already changes nothing.
    """
    actor, now = current_actor(), clock.now()
    booking, by_merchant = seen_by(actor, ref)
    if not by_merchant:
        gateway_for(booking, asked["gateway"])
    missing = [name for name in _NEEDED[BookingKind(booking.kind)] if name not in asked]
    if missing:
        raise NotValid(dict.fromkeys(missing, N_("Please fill this in.")))
    payment_id = None
    to = NewTime(**{name: asked.get(name) for name in _WHERE})
    try:
        with api_names(), with_nearest_yes(wish_for(booking, to, agreed_lines(booking)), now=now):
            change = actions.move(
                actor,
                ref,
                to,
                now=now,
                key=key,
                version=asked.get("version"),
                refund_to=asked["refund_to"] if may_choose_wallet(actor, booking) else TO_ORIGINAL,
                reason=asked["reason"],
            )
    except AlreadyThere:
        pass
    except ChangedMeanwhile as refusal:
        refusal.current = schemas.BookingInFullSchema().dump(in_full(seen_by(actor, ref)[0], now=now))
        raise
    else:
        if change.state == "pending":
            payment = actions.begin_due(actor, ref, gateway=asked["gateway"], now=now, wallet=asked["wallet"])
            if payment is not None:
                payment_id = payment.id
                open_at_provider(payment_id, now=now)
    booking, by_merchant = seen_by(actor, ref)
    return {
        **in_full(booking, now=now, emails=by_merchant or owns(actor, booking)),
        "payment": next((payment_facts(one) for one in payments_of(booking.ref) if one.id == payment_id), None),
    }


@views.post("/bookings/<ref>/cancel", guests=True)
@views.arguments(schemas.CancelInput)
@views.response(200, schemas.CancelledSchema)
def cancel_booking(asked: dict[str, Any], ref: str) -> dict[str, Any]:
    """Cancel a booking by the terms that were agreed.

    Cancelled by who serves it, all of it comes back and a `reason` is needed. Asked again, the answer is the same.
    """
    actor, now = current_actor(), clock.now()
    _booking, by_merchant = seen_by(actor, ref)
    if by_merchant:
        booking, outcome = actions.cancel_for_customer(actor, ref, now=now, reason=asked["reason"])
    else:
        booking, outcome = actions.cancel(actor, ref, now=now, reason=asked["reason"], to=asked.get("refund_to", ""))
    told = in_list(booking, balance(booking.ref, booking.currency))
    return {
        **{name: told[name] for name in ("ref", "status", "payment_status")},
        "refund_amount": outcome.refund,
        "wallet_credited": given_back_for(booking, f"cancelled:{booking.ref}").wallet,
        "cancellation_fee": outcome.fee,
        "refund_percent": outcome.percent,
        "policy": policy_words(booking),
    }
