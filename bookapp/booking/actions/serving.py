"""What the house does for somebody: takes them in at the door, books for them, takes their money at the counter.

A booking made by the house stands at once. What it costs is due at the venue when it begins; it can be paid online
before, and what is still open when it is over goes before a person (invariant 3).
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.booking import queries, rules
from bookapp.booking.actions.overriding import new_override_facts, override_facts
from bookapp.booking.actions.paying import confirm
from bookapp.booking.actions.stocking import check_stock
from bookapp.booking.actions.taking import one_at_a_time, take
from bookapp.booking.actions.writing import NewBooking, write
from bookapp.booking.errors import AlreadyOnRoster, NotBookable, NothingOpen
from bookapp.booking.models import Booking, Participant
from bookapp.booking.policy import clients_of, may_book_for, may_serve
from bookapp.booking.queries.desk import client_account
from bookapp.booking.queries.plans import Plan
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import SeatWish
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.identity.rules import email_address
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.payments import actions as payments
from bookapp.payments.models import Payment
from bookapp.payments.queries import open_payment
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_

_LONGEST_NAME = 120


@action
def walk_in(
    actor: Actor, session_id: int, *, name: str, email: str, now: dt.datetime, key: str, reason: str = ""
) -> Booking:
    """A seat for somebody who stands in the door, as long as one is left and it is not over; they have arrived.

    Raises as `book_for_client` does.
    """
    booking = book_for_client(
        actor, SeatWish(session_id), name=name, email=email, customer_id=None, now=now, key=key, reason=reason
    )
    for each in db.session.scalars(select(Participant).where(Participant.booking_id == booking.id)):
        each.attendance = "arrived"
    db.session.flush()
    return booking


@action
def book_for_client(
    actor: Actor,
    wish: rules.Wish,
    *,
    name: str,
    email: str,
    customer_id: int | None,
    now: dt.datetime,
    key: str,
    reason: str = "",
    phone: str = "",
    overrules: str = "",
) -> Booking:
    """Book for somebody: confirmed at once, due at the venue. Hours, notice and limits do not count, what is taken
    does.

    `customer_id` is a client of the actor's (then name and email are the account's); else `name`, and `email` if they
    gave one (an account that has proven it gets the booking). `key` makes the same click twice one booking. Raises
    NotFound (also for what is not the actor's), NotValid, SlotTaken, SessionFull, SessionOver, AddonGone, NotBookable
    or AlreadyOnRoster; then nothing was taken. `overrules` is the code of the rule that the desk set aside, for the
    audit trail. An admin who does not belong to the house needs a `reason`.
    """
    scope = f"book_for:{actor.label}"
    mark = idempotency.fingerprint(wish=repr(wish), name=name, email=email, customer=customer_id)
    stored = idempotency.claim(scope, key, mark)
    if stored is not None:
        return queries.lock_by_ref(stored["ref"])
    plan = queries.plan(wish, now=now)
    if not may_book_for(actor, plan):
        raise NotFound
    if plan.span.end <= now:
        raise NotBookable(N_("This time is over."))
    override = new_override_facts(actor, plan, reason)
    who, name, email = _whom(actor, plan, customer_id, name, email)
    _check_roster(plan, who, email, now)
    check_stock(plan.addons, plan.span, plan.columns["zone"], now=now)
    claim_id = uuid.uuid4()
    place = take(plan, claim_id, now=now, blocks_until=None, staff=True)
    owes = bool(plan.quote.total)
    facts = {"customer": who.id if who else None} | ({"overrules": overrules} if overrules else {}) | override
    booking_id, _ref = write(
        NewBooking(
            columns={
                **plan.columns,
                **place.columns,
                "claim_id": claim_id,
                "customer_id": who.id if who else None,
                "email": email,
                "name": name,
                "phone": phone,
                "currency": plan.quote.total.currency,
                "total_minor": plan.quote.total.minor,
                "due_now_minor": 0 if owes else None,
                "rest_due_at": plan.span.start if owes else None,
                "due_at_venue": owes,
            },
            lines=plan.quote.lines,
            organiser={"user_id": who.id if who else None, "name": name, "email": email},
            act="booking.made_for",
            facts=facts,
            reason=reason or None,
            scope=scope,
            key=key,
        ),
        actor,
        now=now,
    )
    booking = db.session.get_one(Booking, booking_id)
    confirm(booking, actor, now)
    db.session.flush()
    return booking


@action
def take_payment_at_venue(actor: Actor, ref: str, *, now: dt.datetime, key: str, reason: str = "") -> Payment:
    """All that is still open for a booking was paid at the counter. `key` makes the same click twice one payment.

    Raises NotFound (also for whoever does not serve it), NothingOpen, and NotValid for an override without a reason. A
    payment page that is open for it is closed; what is paid there all the same goes back whole.
    """
    booking = queries.lock_by_ref(ref)
    if not may_serve(actor, booking):
        raise NotFound
    scope = f"take_at_venue:{booking.ref}"
    stored = idempotency.claim(scope, key, idempotency.fingerprint(ref=booking.ref))
    if stored is not None:
        return db.session.get_one(Payment, stored["payment"])
    rest = rest_of(booking)
    if not rest:
        raise NothingOpen
    facts = override_facts(actor, booking, reason)
    asked = open_payment(booking.ref, "rest")
    if asked is not None:
        payments.hurry(asked.id, now=now)
    record(actor, "booking.taken_at_venue", f"booking:{booking.ref}", {"amount_minor": rest.minor} | facts,
           reason=reason or None)  # fmt: skip
    payment = payments.take_at_venue(
        reference=booking.ref,
        merchant_id=booking.merchant_id,
        amount=rest,
        description=booking.title,
        now=now,
        purpose="rest",
    )
    idempotency.keep(scope, key, {"payment": payment.id})
    return payment


def _whom(actor: Actor, plan: Plan, customer_id: int | None, name: str, email: str) -> tuple[User | None, str, str]:
    """The account it is for, if any, and the name and email the booking keeps."""
    if customer_id is not None:
        merchant_id, only_of = plan.columns["merchant_id"], clients_of(actor, plan)
        client = client_account(customer_id, merchant_id=merchant_id, facilitator_id=only_of)
        if client is None:
            raise NotFound
        return client, client.name, client.email
    problems = {}
    name = " ".join(name.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        problems["name"] = N_("Please give a name.")
    address = email_address(email) if email.strip() else ""
    if address is None:
        problems["email"] = N_("This is not an email address.")
    if problems:
        raise NotValid(problems)
    proven = db.session.scalar(
        select(User).where(User.email == address, User.email_verified_at.is_not(None), User.disabled_at.is_(None))
    )
    return proven, name, address or ""


def _check_roster(plan: Plan, who: User | None, email: str, now: dt.datetime) -> None:
    if plan.session is None or not email:
        return
    # In the customer's own lock, so that they and the desk do not book the same seat beside each other.
    one_at_a_time(plan.session.id, who.id if who else email)
    already = queries.active_in_session(plan.session.id, customer_id=who.id if who else None, email=email, now=now)
    if already >= plan.merchant.bookings_per_session:
        raise AlreadyOnRoster(email=email)
