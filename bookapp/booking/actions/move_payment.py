"""Paying for a move: opening the payment, giving the new time back, and what is done when money came, late or never."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bookapp.booking import queries, rules
from bookapp.booking.actions.arriving import arrive, instants_in, lines_in, places_in
from bookapp.booking.actions.changing import locked_for_change, place_facts
from bookapp.booking.actions.ending import end_change
from bookapp.booking.actions.refunding import send_back
from bookapp.booking.actions.stocking import check_stock
from bookapp.booking.actions.taking import exchange, seats_again
from bookapp.booking.errors import AddonGone, MoveLapsed, SlotTaken, TooManyAttempts
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.changes import change_by_id, is_waiting, pending_change
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Addon
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import action, db
from bookapp.payments import actions as payments
from bookapp.payments.models import Payment
from bookapp.payments.queries import attempts, open_payment, payments_of
from bookapp.scheduling.actions.occupancy import set_blocks_until
from bookapp.scheduling.models import Session
from bookapp.values.money import Money, total
from bookapp.values.timespan import Span


@action
def begin_move_payment(
    actor: Actor, ref: str, *, gateway_name: str, now: dt.datetime, wallet: bool = False
) -> Payment | None:
    """Open a payment for the difference; the new time then waits for it. An open one is used again.

    None when the wallet paid it all: then it is moved. Raises MoveLapsed, TooManyAttempts or WalletTooLow. The caller
    takes the payment to the provider afterwards.
    """
    booking, _by_merchant = locked_for_change(actor, ref)
    change = _waiting(booking, now)
    already = open_payment(booking.ref, _purpose(change))
    if already is not None:
        return already
    if not rules.attempt_allowed(attempts(booking.ref, _purpose(change)), now):
        raise TooManyAttempts
    closes_at = now + rules.PAYING
    change.paying_until = closes_at
    set_blocks_until(change.claim_id, None)
    db.session.flush()
    return payments.begin(
        reference=booking.ref,
        merchant_id=booking.merchant_id,
        gateway_name=gateway_name,
        amount=Money(change.difference_minor, booking.currency),
        description=booking.title,
        payer_email=booking.email,
        closes_at=closes_at,
        now=now,
        purpose=_purpose(change),
        wallet_of=actor.user_id if wallet and booking.customer_id == actor.user_id else None,
    )


@action
def let_go_of_move(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Give the new time back; the booking stays where it is. With a payment open a worker closes that first."""
    booking, _by_merchant = locked_for_change(actor, ref)
    change = pending_change(booking)
    if change is None:
        return booking
    payment = open_payment(booking.ref, _purpose(change))
    if payment is None:
        end_change(change_by_id(change.id), booking.ref, actor)
    else:
        payments.hurry(payment.id, now=now)
        change.hold_expires_at = now
    return booking


@action
def hear_paid(change_id: int, payment_id: int, now: dt.datetime) -> None:
    """Money for a move has arrived. In time, or with everything as it was and the time still free, it is moved;
    otherwise the payment goes back whole and the booking stays where it is (guarantees.md 12)."""
    booking, change = _both(change_id)
    if not _is_paid(booking, change) or booking.state != BookingState.CONFIRMED or not _still_on(change):
        used = False
    elif change.state == "pending":
        used = True
    else:
        used = change.state == "expired" and _take_again(booking, change, now)
    if used:
        arrive(booking, change, SYSTEM, now=now)
        return
    send_back(booking, payment_id, now=now, for_move=change.state != "done")
    if change.state == "pending":
        _wait_again(booking, change, declined=True, now=now)


@action
def hear_closed(change_id: int, payment_id: int, declined: bool, now: dt.datetime) -> None:
    """An attempt to pay for a move ended without money: after a declined card there is time for another."""
    booking, change = _both(change_id)
    if change.state == "pending" and open_payment(booking.ref, _purpose(change)) is None:
        _wait_again(booking, change, declined=declined, now=now)


def _take_again(booking: Booking, change: BookingChange, now: dt.datetime) -> bool:
    """Whether the time of a move that lapsed could be taken once more: paid late, but free and nothing else changed."""
    start, end = instants_in(change.after)
    if start <= now or pending_change(booking) is not None or place_facts(booking) != dict(change.before):
        return False
    extras = _extras_after(change.after)
    try:
        check_stock(extras, Span(start, end), change.after["zone"], now=now, but=booking.id)
    except AddonGone:
        return False
    session_id = change.after["session_id"]
    if session_id is not None:
        return seats_again(session_id, booking.people, now)
    try:
        with db.session.begin_nested():
            exchange(places_in(change.after), change.claim_id, instead_of=booking.claim_id, now=now)
    except SlotTaken:
        return False
    return True


def _extras_after(after: Mapping[str, Any]) -> list[tuple[Addon, int]]:
    pieces = rules.extras_in(lines_in(after))
    found = db.session.scalars(select(Addon).where(Addon.id.in_(pieces)).order_by(Addon.id))
    return [(addon, pieces[addon.id]) for addon in found]


def _wait_again(booking: Booking, change: BookingChange, *, declined: bool, now: dt.datetime) -> None:
    change.paying_until = None
    if declined:
        until = now + rules.AFTER_DECLINE
        change.hold_expires_at = max(change.hold_expires_at or until, until)
    if change.hold_expires_at is None or change.hold_expires_at <= now:
        end_change(change, booking.ref, SYSTEM, reason="payment closed")
    else:
        set_blocks_until(change.claim_id, change.hold_expires_at)


def _both(change_id: int) -> tuple[Booking, BookingChange]:
    """The booking and its change, locked in that order."""
    ref = db.session.scalars(
        select(Booking.ref)
        .join(BookingChange, BookingChange.booking_id == Booking.id)
        .where(BookingChange.id == change_id)
    ).one()
    return queries.lock_by_ref(ref), change_by_id(change_id)


def _waiting(booking: Booking, now: dt.datetime) -> BookingChange:
    change = pending_change(booking)
    if change is None or booking.state != BookingState.CONFIRMED or not is_waiting(change, now):
        raise MoveLapsed
    return change_by_id(change.id)


def _is_paid(booking: Booking, change: BookingChange) -> bool:
    """Whether what arrived for this very change covers its difference."""
    came = [
        payment.amount - total((one.amount for one in payment.refunds if one.state != "failed"), payment.currency)
        for payment in payments_of(booking.ref)
        if payment.purpose == _purpose(change) and payment.counts
    ]
    return total(came, booking.currency) >= Money(change.difference_minor, booking.currency)


def _still_on(change: BookingChange) -> bool:
    """Not when the session it goes to was called off meanwhile."""
    session_id = change.after["session_id"]
    return session_id is None or db.session.get_one(Session, session_id, populate_existing=True).state == "scheduled"


def _purpose(change: BookingChange) -> str:
    return f"change:{change.id}"
