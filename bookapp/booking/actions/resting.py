"""What a deposit left open: paying it, being reminded of it, and what happens when nobody pays.

A booking is never cancelled by itself for an unpaid rest: a person decides, with the booking before them. The place
may be worth more kept than freed, and the customer may be standing at the door.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bookapp.booking import messages, queries, rules
from bookapp.booking.errors import NothingOpen, TooManyAttempts
from bookapp.booking.events import BookingCancelled, RestPaid
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_pay
from bookapp.booking.queries.resting import rest_of, rests_between
from bookapp.booking.rules.resting import OVERDUE, REMINDERS, stage
from bookapp.booking.states import BookingState
from bookapp.identity.actor import Actor
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.payments import actions as payments
from bookapp.payments.actions.cases import close_case, open_case
from bookapp.payments.models import MoneyCase, Payment
from bookapp.payments.queries import attempts, open_payment
from bookapp.payments.states import CaseKind
from bookapp.values.errors import NotAllowed
from bookapp.values.money import Money

# For so long an unpaid rest is looked at again; its case stays open beyond that.
_LOOKED_AT = dt.timedelta(days=30)
_SOONEST = dt.timedelta(days=max(REMINDERS))


@action
def begin_rest(actor: Actor, ref: str, *, gateway_name: str, now: dt.datetime, wallet: bool = False) -> Payment | None:
    """Open a payment for all that is still open; an open one is used again. None when the wallet paid it all.

    Raises NotAllowed, NothingOpen, TooManyAttempts or WalletTooLow. The caller takes the payment to the provider.
    """
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not may_pay(actor, booking):
        raise NotAllowed
    rest = rest_of(booking)
    if not rest:
        raise NothingOpen
    already = open_payment(booking.ref, "rest")
    if already is not None:
        return already
    if not rules.attempt_allowed(attempts(booking.ref, "rest"), now):
        raise TooManyAttempts
    return payments.begin(
        reference=booking.ref,
        merchant_id=booking.merchant_id,
        gateway_name=gateway_name,
        amount=rest,
        description=booking.title,
        payer_email=booking.email,
        closes_at=now + rules.PAYING,
        now=now,
        purpose="rest",
        wallet_of=actor.user_id if wallet and booking.customer_id == actor.user_id else None,
    )


@action
def promise_reminders(*, now: dt.datetime, beyond_id: int = 0) -> int:
    """Promise a job for each reminder whose time has come, once per booking, due date and stage.

    Answers the id of the last booking looked at, 0 when there are no more.
    """
    bookings = rests_between(now - _LOOKED_AT, now + _SOONEST, beyond_id=beyond_id)
    for booking in bookings:
        assert booking.rest_due_at is not None
        days = stage(rest_due_at=booking.rest_due_at, confirmed_at=booking.confirmed_at, now=now)
        if days is not None:
            key = f"booking.remind_rest:{booking.id}:{booking.rest_due_at.isoformat()}:{days}"
            outbox.later("booking.remind_rest", booking.id, key=key)
    return bookings[-1].id if bookings else 0


@action
def remind_rest(booking_id: int, *, now: dt.datetime) -> None:
    """Say what is open and until when; from the due date on also put it before a person. Nothing when it is paid."""
    booking = db.session.get_one(Booking, booking_id, with_for_update={"of": Booking}, populate_existing=True)
    if booking.state != BookingState.CONFIRMED or booking.rest_due_at is None or booking.due_at_venue:
        return
    rest = rest_of(booking)
    days = stage(rest_due_at=booking.rest_due_at, confirmed_at=booking.confirmed_at, now=now)
    if not rest or days is None:
        return
    cause = f"rest:{booking.ref}:{booking.rest_due_at.isoformat()}:{days}"
    if days != OVERDUE:
        send(messages.rest_reminder(booking, rest, cause=cause))
        return
    send(messages.rest_overdue(booking, rest, cause=cause))
    put_before_a_person(booking, rest, now=now)


def put_before_a_person(booking: Booking, rest: Money, *, now: dt.datetime) -> None:
    """Inside an action: `rest` is open and its date has passed; somebody has to decide."""
    assert booking.rest_due_at is not None
    subject = f"booking:{booking.ref}"
    # A case that a person has closed is decided: it does not come again.
    known = db.session.scalar(
        select(MoneyCase.id).where(MoneyCase.kind == CaseKind.REST_UNPAID, MoneyCase.subject == subject).limit(1)
    )
    if known is None:
        facts = {"open_minor": rest.minor, "due_at": booking.rest_due_at.isoformat()}
        open_case(
            CaseKind.REST_UNPAID,
            subject,
            reference=booking.ref,
            merchant_id=booking.merchant_id,
            facts=facts,
            now=now,
        )


@action
def hear_rest_paid(event: RestPaid) -> None:
    """All is paid: say thank you, and nobody has to look any more."""
    booking = db.session.get_one(Booking, event.booking_id)
    if rest_of(booking):
        return
    close_case(CaseKind.REST_UNPAID, f"booking:{booking.ref}", note="paid", now=event.now)
    send(messages.rest_paid(booking))


@action
def hear_cancelled_with_rest(event: BookingCancelled) -> None:
    """What is cancelled owes no rest."""
    close_case(CaseKind.REST_UNPAID, f"booking:{event.ref}", note="cancelled", now=event.now)
