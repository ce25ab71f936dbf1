"""Cancelling: what is due back goes on its way, and the place is free at once. By the terms for the customer; all of
it when the merchant cancels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bookapp.audit.actions import record
from bookapp.booking import messages, queries, rules
from bookapp.booking.actions.ending import free_place, give_up
from bookapp.booking.actions.overriding import override_facts
from bookapp.booking.actions.refunding import refund_spread
from bookapp.booking.errors import ChangedMeanwhile, TooLateToCancel
from bookapp.booking.events import BookingCancelled
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_cancel, may_choose_wallet, may_serve
from bookapp.booking.queries.bookings import cancellation_today
from bookapp.booking.queries.calloff import is_called_off
from bookapp.booking.queries.changes import share_today
from bookapp.booking.queries.destinations import TO_ORIGINAL, destinations, given_back_for
from bookapp.booking.states import BookingState
from bookapp.identity.actions import remember_refund_to
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.payments.queries import balance
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.words import N_

# A hold that has lapsed was let go of: asked to, there is nothing left to do.
_OVER_BEFORE = (BookingState.CANCELLED, BookingState.EXPIRED)


@action
def cancel(
    actor: Actor, ref: str, *, now: dt.datetime, reason: str = "", to: str = ""
) -> tuple[Booking, rules.Cancellation]:
    """Cancel a booking for its customer by the frozen terms. Twice gives the same answer.

    `to` is where card money goes, "original" or "wallet": the choice of a customer with an account, remembered for the
    next time; without one it goes the way it came. Raises NotFound, NotAllowed, or TooLateToCancel once it has begun.
    """
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not may_cancel(actor, booking):
        raise NotAllowed
    if booking.state in _OVER_BEFORE:
        return booking, _as_it_was(booking)
    if booking.state == BookingState.CONFIRMED and is_called_off(booking):
        # The merchant was first, and its job has not come to this one yet: nobody keeps a fee.
        return booking, rules.Cancellation(100, call_off(booking, actor, now=now), Money.zero(booking.currency))
    if not rules.can_cancel(state=booking.state, starts_at=booking.starts_at, now=now):
        raise TooLateToCancel
    if booking.state == BookingState.PENDING:
        give_up(booking, actor, now=now, reason=reason or None)
        return booking, rules.cancellation(paid=Money.zero(booking.currency), total=booking.total, percent=100)
    outcome = cancellation_today(booking, now)
    if to and may_choose_wallet(actor, booking):
        remember_refund_to(actor, to)
    else:
        to = TO_ORIGINAL
    facts = {"refund_minor": outcome.refund.minor, "fee_minor": outcome.fee.minor, "percent": outcome.percent, "to": to}
    _end(booking, actor, "customer", outcome, to, facts, reason, now)
    return booking, outcome


@action
def cancel_for_customer(
    actor: Actor,
    ref: str,
    *,
    now: dt.datetime,
    reason: str,
    asked: bool = False,
    version: int | None = None,
    shown_minor: int | None = None,
) -> tuple[Booking, rules.Cancellation]:
    """The house cancels one booking: all of it comes back, the way it came, and the customer is told `reason`.

    With `asked` it is the customer's own wish, said by telephone or at the counter: what comes back is by their terms,
    and it is theirs in the books. Twice gives the same answer. `version` and `shown_minor` (what comes back) are what
    its reader saw. Raises NotFound for who may not serve it, NotValid without a reason, ChangedMeanwhile, or
    TooLateToCancel when it is over (by wish: when it has begun).
    """
    booking = queries.lock_by_ref(ref)
    if not may_serve(actor, booking):
        raise NotFound
    if not reason:
        raise NotValid({"reason": N_("Please say why: the customer reads it, and it stays with the booking.")})
    if booking.state in _OVER_BEFORE:
        return booking, _as_it_was(booking)
    queries.check_version(booking, version)
    if booking.state == BookingState.PENDING:
        give_up(booking, actor, now=now, reason=reason)
        return booking, rules.cancellation(paid=Money.zero(booking.currency), total=booking.total, percent=100)
    if asked and not is_called_off(booking):
        return booking, _at_their_wish(booking, actor, reason, shown_minor, now)
    if booking.state != BookingState.CONFIRMED or booking.ends_at <= now:
        raise TooLateToCancel
    facts = override_facts(actor, booking, reason)
    paid = call_off(booking, actor, now=now, reason=reason, facts=facts)
    return booking, rules.Cancellation(100, paid, Money.zero(booking.currency))


def _at_their_wish(
    booking: Booking, actor: Actor, reason: str, shown_minor: int | None, now: dt.datetime
) -> rules.Cancellation:
    if not rules.can_cancel(state=booking.state, starts_at=booking.starts_at, now=now):
        raise TooLateToCancel
    outcome = cancellation_today(booking, now)
    if shown_minor not in (None, outcome.refund.minor):
        raise ChangedMeanwhile  # a step of the terms has passed since somebody was told an amount
    facts: dict[str, object] = {"refund_minor": outcome.refund.minor, "fee_minor": outcome.fee.minor}
    facts |= {"percent": outcome.percent, "asked_for": True, **override_facts(actor, booking, reason)}
    _end(booking, actor, "customer", outcome, TO_ORIGINAL, facts, reason, now)
    return outcome


def call_off(
    booking: Booking, actor: Actor, *, now: dt.datetime, reason: str = "", facts: Mapping[str, object] | None = None
) -> Money:
    """Inside an action, with the booking locked and not over: the merchant cancels it. Answers what goes back: all.

    The terms do not matter (product.md, "Terms presets"). What came from a wallet goes into it, the rest the way it
    came. `reason` is told to the customer; `facts` go into the audit trail.
    """
    paid = balance(booking.ref, booking.currency).kept
    outcome = rules.Cancellation(100, paid, Money.zero(booking.currency))
    _end(booking, actor, "merchant", outcome, TO_ORIGINAL, {"refund_minor": paid.minor, **(facts or {})}, reason, now)
    return paid


def _end(
    booking: Booking,
    actor: Actor,
    by: str,
    outcome: rules.Cancellation,
    to: str,
    facts: dict[str, object],
    reason: str,
    now: dt.datetime,
) -> None:
    by_merchant = by == "merchant"
    goes = destinations(booking, outcome.refund, to=to)
    booking.move_to(BookingState.CANCELLED)
    booking.ended_at = now
    booking.cancelled_by = by
    booking.fee_minor = outcome.fee.minor
    booking.paying_until = None
    booking.sequence += 1
    free_place(booking)
    record(actor, "booking.cancelled", f"booking:{booking.ref}", facts | {"by": by}, reason=reason or None)
    refund_spread(booking, outcome.refund, cause=f"cancelled:{booking.ref}", now=now, to=to)
    db.session.flush()
    told = reason if by_merchant else ""
    send(messages.booking_cancelled(booking, goes.whole, to_wallet=goes.wallet, reason=told))
    publish(BookingCancelled(booking.id, booking.ref, now, by_merchant, actor.user_id))


def _as_it_was(booking: Booking) -> rules.Cancellation:
    """What cancelling it came to; what went back before, for a part or a move, is no part of that."""
    zero = Money.zero(booking.currency)
    if booking.state == BookingState.EXPIRED or booking.ended_at is None:
        return rules.cancellation(paid=zero, total=booking.total, percent=100)
    back = given_back_for(booking, f"cancelled:{booking.ref}").whole
    percent = 100 if booking.cancelled_by == "merchant" else share_today(booking, booking.ended_at)
    return rules.Cancellation(percent, back, Money(booking.fee_minor or 0, booking.currency))
