"""From a wish to a hold: the place is taken for a quarter of an hour, priced, before anyone says who they are."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.booking import queries, rules
from bookapp.booking.actions.ending import give_up
from bookapp.booking.actions.stocking import check_stock
from bookapp.booking.actions.taking import take
from bookapp.booking.errors import AlreadyBooked, HoldOver, PriceChanged, TooManyHolds
from bookapp.booking.models import Booking, BookingLine, Participant
from bookapp.booking.policy import may_pay
from bookapp.booking.queries.bookings import live_holds
from bookapp.booking.queries.plans import Plan, due_columns
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.infra.settings import current_settings
from bookapp.scheduling.actions.occupancy import set_blocks_until
from bookapp.values.errors import NotAllowed


@action
def hold(
    actor: Actor,
    wish: rules.Wish,
    *,
    now: dt.datetime,
    key: str,
    origin: str = "",
    shown_minor: int | None = None,
) -> Booking:
    """Take what is wished for until `now` + 15 minutes.

    `key` makes the same click twice one hold; `origin` is a hash of the address it came from; `shown_minor` is
    the total the person saw. Raises SlotTaken, SessionFull, AddonGone, NotBookable, PriceChanged, TooManyHolds,
    AlreadyBooked, NotFound or NotValid; then nothing was taken.
    """
    scope = f"hold:{actor.user_id or actor.visitor}"
    stored = idempotency.claim(scope, key, idempotency.fingerprint(wish=repr(wish)))
    if stored is not None:
        return queries.by_ref(stored["ref"], visible_to_actor=actor)
    _check_limits(actor, origin, now)
    plan = queries.plan(wish, now=now)
    if shown_minor not in (None, plan.quote.total.minor):
        raise PriceChanged(total=plan.quote.total)
    _check_seat_limit(actor, plan, now)
    check_stock(plan.addons, plan.span, plan.columns["zone"], now=now)
    expires_at = now + rules.HOLD
    claim_id = uuid.uuid4()
    place = take(plan, claim_id, now=now, blocks_until=expires_at, mine=queries.mine_by_claims(actor, now))
    booking = insert_booking(
        {
            **plan.columns,
            **place.columns,
            "claim_id": claim_id,
            "customer_id": actor.user_id,
            "visitor": actor.visitor,
            "origin": origin or None,
            "email": actor.email,
            "name": actor.name,
            "currency": plan.quote.total.currency,
            "total_minor": plan.quote.total.minor,
            **due_columns(plan.quote.total, plan.columns["terms"], plan.columns["starts_at"], now),
            "hold_expires_at": expires_at,
        }
    )
    write_lines(booking, plan)
    if actor.is_signed_in:
        db.session.add(
            Participant(
                booking_id=booking.id, user_id=actor.user_id, role="organiser", name=actor.name, email=actor.email
            )
        )
    record(actor, "booking.held", f"booking:{booking.ref}", {"until": expires_at.isoformat()})
    idempotency.keep(scope, key, {"ref": booking.ref})
    db.session.flush()
    return queries.by_ref(booking.ref, visible_to_actor=actor)


@action
def extend(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Ten more minutes, once. Asking again answers the same. Raises NotAllowed, or HoldOver when it has lapsed."""
    booking = _own(actor, ref)
    if booking.hold_extended and booking.state == "pending":
        return booking
    if not rules.can_extend(
        state=booking.state, extended=booking.hold_extended, hold_expires_at=booking.hold_expires_at, now=now
    ):
        raise HoldOver
    assert booking.hold_expires_at is not None
    booking.hold_expires_at += rules.EXTENSION
    booking.hold_extended = True
    if booking.paying_until is None:
        set_blocks_until(booking.claim_id, booking.hold_expires_at)
    record(actor, "booking.hold_extended", f"booking:{booking.ref}", {"until": booking.hold_expires_at.isoformat()})
    return booking


@action
def let_go(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Give a hold back before its time. While a payment is open a worker closes that first, at the provider."""
    booking = _own(actor, ref)
    if booking.state == "pending":
        give_up(booking, actor, now=now)
    return booking


def _own(actor: Actor, ref: str) -> Booking:
    """The booking, locked, for its owner only: a participant sees it and changes nothing."""
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not may_pay(actor, booking):
        raise NotAllowed
    return booking


def _check_limits(actor: Actor, origin: str, now: dt.datetime) -> None:
    if not current_settings().rate_limits:
        return
    owners: list[tuple[str, ColumnElement[bool], int]] = []
    if actor.user_id is not None:
        owners.append((f"user:{actor.user_id}", Booking.customer_id == actor.user_id, rules.MOST_HOLDS_PER_VISITOR))
    elif actor.visitor:
        owners.append((f"visitor:{actor.visitor}", Booking.visitor == actor.visitor, rules.MOST_HOLDS_PER_VISITOR))
    if origin:
        owners.append((f"origin:{origin}", Booking.origin == origin, rules.MOST_HOLDS_PER_ORIGIN))
    for name, owner, most in owners:
        # One at a time per owner, or twenty tabs would all count before any of them holds.
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
        if live_holds(now=now, owner=owner) >= most:
            raise TooManyHolds


def _check_seat_limit(actor: Actor, plan: Plan, now: dt.datetime) -> None:
    if plan.session is None or not actor.is_signed_in:
        return
    already = queries.active_in_session(plan.session.id, customer_id=actor.user_id, email=actor.email, now=now)
    if already >= plan.merchant.bookings_per_session:
        raise AlreadyBooked


def insert_booking(columns: dict[str, Any]) -> Booking:
    """Inside an action: insert under a fresh ref; the rare one that exists is drawn again, not read as "taken"."""
    while True:
        ref = "".join(secrets.choice(rules.REF_ALPHABET) for _ in range(rules.REF_LENGTH))
        booking_id = db.session.scalar(
            insert(Booking)
            .values(ref=ref, **columns)
            .on_conflict_do_nothing(index_elements=["ref"])
            .returning(Booking.id)
        )
        if booking_id is not None:
            return db.session.get_one(Booking, booking_id)


def write_lines(booking: Booking, plan: Plan) -> None:
    """Inside an action: the priced parts as they are at this moment; they never change."""
    for position, line in enumerate(plan.quote.lines):
        db.session.add(
            BookingLine(
                booking_id=booking.id,
                position=position,
                kind=line.kind.value,
                label=line.label,
                unit=line.unit.value,
                quantity=line.quantity,
                unit_price_minor=line.unit_price.minor,
                subtotal_minor=line.subtotal.minor,
                addon_id=line.addon_id,
            )
        )
