"""From a hold to a confirmed booking: who it is for, the payment, and what the provider's word means for it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Text, bindparam, column, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from bookapp.audit.actions import record
from bookapp.booking import messages, queries, rules
from bookapp.booking.actions.codes import name_code_customer
from bookapp.booking.actions.ending import end_hold
from bookapp.booking.actions.taking import one_at_a_time, take_again
from bookapp.booking.errors import AlreadyBooked, HoldOver, TooManyAttempts, TooManyCompanions
from bookapp.booking.events import BookingConfirmed
from bookapp.booking.models import Booking, Participant
from bookapp.booking.policy import may_pay
from bookapp.booking.states import BookingState
from bookapp.catalog.queries import merchant_by_id
from bookapp.catalog.queries.managed import questions_of
from bookapp.catalog.rules import frozen_answers
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.identity.models import User
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.payments import actions as payments
from bookapp.payments.models import Payment
from bookapp.payments.queries import attempts, balance, open_payment
from bookapp.scheduling.actions.occupancy import set_blocks_until
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotAllowed, NotValid


@action
def give_details(actor: Actor, ref: str, details: rules.Details, *, now: dt.datetime) -> Booking:
    """Note who a held booking is for and who comes along.

    Raises HoldOver, TooManyCompanions, AlreadyBooked, CodeRefused for a coupon they have used up, or NotValid
    ("question-5") where the service asks for an answer.

    Who signed in after holding takes the hold along into the account.
    """
    booking = _held(actor, ref, now)
    if booking.session_id is not None and len(details.participants) > booking.people:
        raise TooManyCompanions(seats=booking.people)
    if booking.is_guest and actor.is_signed_in:
        booking.customer_id = actor.user_id
        record(actor, "booking.adopted", f"booking:{booking.ref}", {"user": actor.user_id})
    _check_seat_limit(booking, details.email, now)
    booking.name, booking.email, booking.phone = details.name, details.email, details.phone
    booking.postal_address = details.postal_address
    name_code_customer(actor, booking)
    booking.answers = _answers(booking, details)
    booking.notes, booking.booking_type, booking.extra = details.notes, details.booking_type, dict(details.extra)
    _name_people(booking, details)
    return booking


@action
def check_out(
    actor: Actor, ref: str, details: rules.Details, *, gateway_name: str, now: dt.datetime, wallet: bool = False
) -> Payment | None:
    """The one button of the checkout: note the details and open the payment, or confirm what costs nothing.

    With `wallet` the customer's wallet pays as far as it goes. Answers the payment to take to the provider, None when
    it is confirmed already. Raises as its parts do.
    """
    booking = give_details(actor, ref, details, now=now)
    if not booking.due_now:
        confirm(booking, actor, now)
        return None
    return begin_payment(actor, ref, gateway_name=gateway_name, now=now, wallet=wallet)


@action
def begin_payment(
    actor: Actor, ref: str, *, gateway_name: str, now: dt.datetime, wallet: bool = False
) -> Payment | None:
    """Open a payment for what is due now; the hold then waits for it. An open one is used again.

    None when the wallet paid it all: then it is confirmed. Raises HoldOver, TooManyAttempts or WalletTooLow. The
    caller takes the payment to the provider afterwards.
    """
    booking = _held(actor, ref, now)
    already = open_payment(booking.ref)
    if already is not None:
        return already
    if not rules.attempt_allowed(attempts(booking.ref), now):
        raise TooManyAttempts
    closes_at = now + rules.PAYING
    booking.paying_until = closes_at
    set_blocks_until(booking.claim_id, None)
    db.session.flush()
    return payments.begin(
        reference=booking.ref,
        merchant_id=booking.merchant_id,
        gateway_name=gateway_name,
        amount=booking.due_now,
        description=booking.title,
        payer_email=booking.email,
        closes_at=closes_at,
        now=now,
        wallet_of=actor.user_id if wallet and booking.customer_id == actor.user_id else None,
    )


@action
def confirm_free(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Confirm a booking that costs nothing. Confirming twice is once."""
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if booking.state == BookingState.CONFIRMED:
        return booking
    booking = _held(actor, ref, now)
    if booking.due_now:
        raise NotAllowed
    confirm(booking, actor, now)
    return booking


def settle_first(booking: Booking, now: dt.datetime) -> bool:
    """Inside an action, with the booking locked: the payment of a hold has arrived. False when it is of no use.

    In time, or with the place still free, it confirms. It can also be less than what is due: the wallet's part of a
    mixed payment was spent elsewhere before the card's part came in, late.
    """
    enough = balance(booking.ref, booking.currency).kept >= booking.due_now
    if not enough or not _may_be_had(booking):
        return False
    in_time = booking.state == BookingState.PENDING
    if not in_time and not (_may_come_back(booking, now) and take_again(booking, now=now)):
        return False
    confirm(booking, SYSTEM, now)
    return True


def wait_again(booking: Booking, *, now: dt.datetime, declined: bool) -> None:
    """Inside an action, with the booking locked and pending: no payment is open any more.

    After a declined card there is time for another; otherwise a hold whose time is over ends.
    """
    booking.paying_until = None
    if declined:
        until = now + rules.AFTER_DECLINE
        booking.hold_expires_at = max(booking.hold_expires_at or until, until)
    if booking.hold_expires_at is None or booking.hold_expires_at <= now:
        end_hold(booking, SYSTEM, now=now, reason="payment closed")
    else:
        set_blocks_until(booking.claim_id, booking.hold_expires_at)


def _may_be_had(booking: Booking) -> bool:
    """Not when its session was called off meanwhile."""
    return booking.session_id is None or db.session.get_one(Session, booking.session_id).state == "scheduled"


def _held(actor: Actor, ref: str, now: dt.datetime) -> Booking:
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not may_pay(actor, booking):
        raise NotAllowed
    live = booking.paying_until is not None or (booking.hold_expires_at is not None and now < booking.hold_expires_at)
    if booking.state != BookingState.PENDING or not live:
        raise HoldOver
    return booking


def _may_come_back(booking: Booking, now: dt.datetime) -> bool:
    """Whether an expired booking may still become one: not for what has begun, nor for seats its customer has anew."""
    if booking.state != BookingState.EXPIRED or booking.starts_at <= now:
        return False
    try:
        _check_seat_limit(booking, booking.email, now)
    except AlreadyBooked:
        return False
    return True


def _check_seat_limit(booking: Booking, email: str, now: dt.datetime) -> None:
    """One active booking per customer per session; a guest is known by the email they give (product.md)."""
    if booking.session_id is None:
        return
    one_at_a_time(booking.session_id, booking.customer_id or email)
    already = queries.active_in_session(
        booking.session_id, customer_id=booking.customer_id, email=email, now=now, but_ref=booking.ref
    )
    if already >= merchant_by_id(booking.merchant_id).bookings_per_session:
        raise AlreadyBooked


def _answers(booking: Booking, details: rules.Details) -> list[dict[str, str]]:
    """What the service asks, with the answers, in the words of this moment."""
    answers, problems = frozen_answers(questions_of(booking.service_id), dict(details.answers))
    if problems:
        raise NotValid({problem.field: problem.words for problem in problems.values()})
    return answers


def confirm(booking: Booking, actor: Actor, now: dt.datetime) -> None:
    """Inside an action, with the booking locked or new: it stands from now on, and its customer is told."""
    booking.move_to(BookingState.CONFIRMED)
    booking.confirmed_at = now
    booking.ended_at = None
    booking.paying_until = None
    set_blocks_until(booking.claim_id, None)
    _know_participants(booking)
    record(actor, "booking.confirmed", f"booking:{booking.ref}")
    db.session.flush()
    send(messages.booking_confirmed(booking))
    publish(BookingConfirmed(booking.id, booking.ref, now, actor.user_id))


_PEOPLE = Participant.__table__
_GONE = delete(_PEOPLE).where(_PEOPLE.c.booking_id == bindparam("of_booking", type_=BigInteger)).cte("gone")
_NAMED = func.jsonb_to_recordset(bindparam("people", type_=JSONB)).table_valued(
    column("user_id", BigInteger), column("role", Text), column("name", Text), column("email", Text)
).render_derived(name="named", with_types=True)  # fmt: skip
_NAMING = (
    insert(_PEOPLE)
    .from_select(
        ["booking_id", "user_id", "role", "name", "email"],
        select(bindparam("of_booking", type_=BigInteger), *_NAMED.c),
    )
    .add_cte(_GONE)
)


def _name_people(booking: Booking, details: rules.Details) -> None:
    """These are on it, and nobody else any more."""
    organiser = {
        "user_id": booking.customer_id, "role": "organiser", "name": details.name, "email": details.email,
    }  # fmt: skip
    others = [{"role": "participant", "name": name, "email": email} for name, email in details.participants]
    with db.session.no_autoflush:  # what changes on the booking itself is written once, with all of it
        db.session.execute(_NAMING, {"of_booking": booking.id, "people": [organiser, *others]})


def _know_participants(booking: Booking) -> None:
    """Who comes along and has proven the address that was given sees the booking in their own account, read-only."""
    db.session.execute(
        update(Participant)
        .where(
            Participant.booking_id == booking.id,
            Participant.role == "participant",
            Participant.user_id.is_(None),
            Participant.email == User.email,
            User.email_verified_at.is_not(None),
        )
        .values(user_id=User.id)
        .execution_options(synchronize_session=False)
    )
