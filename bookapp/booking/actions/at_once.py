"""A booking in one call, for programs: held, named, priced with a coupon, and its payment opened or not needed.

The same verbs as the way through the pages, in one transaction: what one of them refuses has never been.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from bookapp.booking import queries, rules
from bookapp.booking.actions.codes import use_code
from bookapp.booking.actions.holding import hold
from bookapp.booking.actions.move_payment import begin_move_payment
from bookapp.booking.actions.paying import begin_payment, check_out
from bookapp.booking.actions.resting import begin_rest
from bookapp.booking.actions.taking import one_at_a_time
from bookapp.booking.models import Booking
from bookapp.booking.policy import owns
from bookapp.booking.queries.changes import is_waiting, pending_change
from bookapp.booking.queries.gateways import gateway_for
from bookapp.booking.states import BookingState
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action
from bookapp.payments.models import Payment
from bookapp.values.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants, who it is for, and how it is to be paid; `gateway` "" is the merchant's first."""

    wish: rules.Wish
    details: rules.Details
    code: str = ""
    gateway: str = ""
    wallet: bool = False


@action
def book(actor: Actor, order: Order, *, now: dt.datetime, key: str, origin: str = "") -> Booking:
    """Book what is ordered: confirmed when nothing is to be paid or the wallet pays it, else held with a payment open.

    `key` makes the same call twice one booking; `origin` is a hash of the address it came from. The caller takes an
    open payment to its provider. Raises what `hold`, `use_code` and `check_out` raise; then nothing was taken.
    """
    scope = f"book:{actor.user_id or actor.visitor}"
    stored = idempotency.claim(scope, key, _fingerprint(order))
    if stored is not None:
        return queries.by_ref(stored["ref"], visible_to_actor=actor)
    if isinstance(order.wish, rules.SeatWish):
        one_at_a_time(order.wish.session_id, actor.user_id or order.details.email)
    held = hold(actor, order.wish, now=now, key=uuid.uuid4().hex, origin=origin)
    if order.code:
        use_code(actor, held.ref, order.code, email=order.details.email, now=now)
    gateway_name = gateway_for(held, order.gateway) if held.due_now or order.gateway else ""
    check_out(actor, held.ref, order.details, gateway_name=gateway_name, now=now, wallet=order.wallet)
    idempotency.keep(scope, key, {"ref": held.ref})
    return queries.by_ref(held.ref, visible_to_actor=actor)


@action
def begin_due(actor: Actor, ref: str, *, gateway: str, now: dt.datetime, wallet: bool = False) -> Payment | None:
    """Open a payment for what a booking waits for: itself, the difference of a move, or the rest of a deposit.

    An open one is used again. None when the wallet paid it all. `gateway` "" is the merchant's first. Raises NotFound,
    NotAllowed, NothingOpen, HoldOver, MoveLapsed, TooManyAttempts, WalletTooLow or NotValid.
    """
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not owns(actor, booking):
        raise NotAllowed
    name = gateway_for(booking, gateway)
    if booking.state in (BookingState.PENDING, BookingState.EXPIRED):
        return begin_payment(actor, ref, gateway_name=name, now=now, wallet=wallet)
    change = pending_change(booking)
    if change is not None and is_waiting(change, now):
        return begin_move_payment(actor, ref, gateway_name=name, now=now, wallet=wallet)
    return begin_rest(actor, ref, gateway_name=name, now=now, wallet=wallet)


def _fingerprint(order: Order) -> str:
    return idempotency.fingerprint(
        wish=repr(order.wish),
        details=asdict(order.details),
        code=order.code,
        gateway=order.gateway,
        wallet=order.wallet,
    )
