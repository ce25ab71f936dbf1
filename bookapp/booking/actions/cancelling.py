"""Cancelling: what comes back by the terms goes on its way, and the place is free at once."""

from __future__ import annotations

import datetime as dt

from bookapp.audit.actions import record
from bookapp.booking import messages, queries, rules
from bookapp.booking.actions.ending import free_place, give_up
from bookapp.booking.actions.refunding import refund_spread
from bookapp.booking.errors import TooLateToCancel
from bookapp.booking.events import BookingCancelled
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_cancel
from bookapp.booking.queries.bookings import cancellation_today
from bookapp.booking.states import BookingState
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.payments.queries import balance
from bookapp.values.errors import NotAllowed
from bookapp.values.money import Money


@action
def cancel(actor: Actor, ref: str, *, now: dt.datetime, reason: str = "") -> tuple[Booking, rules.Cancellation]:
    """Cancel a booking for its customer by the frozen terms. Twice gives the same answer.

    Raises NotFound, NotAllowed, or TooLateToCancel once it has begun.
    """
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not may_cancel(actor, booking):
        raise NotAllowed
    if booking.state == BookingState.CANCELLED:
        return booking, _as_it_was(booking)
    if not rules.can_cancel(state=booking.state, starts_at=booking.starts_at, now=now):
        raise TooLateToCancel
    if booking.state == BookingState.PENDING:
        give_up(booking, actor, now=now, reason=reason or None)
        return booking, rules.cancellation(paid=Money.zero(booking.currency), total=booking.total, percent=100)
    outcome = cancellation_today(booking, now)
    booking.move_to(BookingState.CANCELLED)
    booking.ended_at = now
    booking.cancelled_by = "customer"
    booking.fee_minor = outcome.fee.minor
    booking.sequence += 1
    free_place(booking)
    record(
        actor,
        "booking.cancelled",
        f"booking:{booking.ref}",
        {"refund_minor": outcome.refund.minor, "fee_minor": outcome.fee.minor, "percent": outcome.percent},
        reason=reason or None,
    )
    refund_spread(booking, outcome.refund, cause=f"cancelled:{booking.ref}")
    db.session.flush()
    send(messages.booking_cancelled(booking, outcome.refund))
    publish(BookingCancelled(booking.id, booking.ref, now))
    return booking, outcome


def _as_it_was(booking: Booking) -> rules.Cancellation:
    money = balance(booking.ref, booking.currency)
    fee = Money(booking.fee_minor or 0, booking.currency)
    percent = 100 if not booking.total_minor else round((money.paid - fee).minor * 100 / booking.total_minor)
    return rules.Cancellation(percent, money.paid - fee, fee)
