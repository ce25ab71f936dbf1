"""How bookings end by themselves: holds lapse, also those of moves, and what is over is completed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import Range

from bookapp.audit.actions import record
from bookapp.booking.actions.codes import promise_code_back
from bookapp.booking.actions.resting import put_before_a_person
from bookapp.booking.models import Booking, BookingChange, Participant
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.states import BookingState
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import action, db
from bookapp.payments import actions as payments
from bookapp.payments.queries import open_payment
from bookapp.scheduling.actions.occupancy import release, return_seats
from bookapp.scheduling.events import PlacesWanted, SeatsWanted
from bookapp.scheduling.models import Occupancy, Session

_AT_ONCE = 200


def end_hold(booking: Booking, actor: Actor, *, now: dt.datetime, reason: str | None = None) -> None:
    """Inside an action, with the booking locked: a pending booking lets go of its place or seats."""
    booking.move_to(BookingState.EXPIRED)
    booking.ended_at = now
    booking.paying_until = None
    free_place(booking)
    promise_code_back(booking)
    record(actor, "booking.expired", f"booking:{booking.ref}", reason=reason)


def give_up(booking: Booking, actor: Actor, *, now: dt.datetime, reason: str | None = None) -> None:
    """Inside an action, with the booking locked and pending: its owner wants it no more.

    With a payment open a worker closes that first, at the provider; a paid one wins (guarantees.md 12).
    """
    payment = open_payment(booking.ref)
    if payment is None:
        end_hold(booking, actor, now=now, reason=reason)
    else:
        payments.hurry(payment.id, now=now)
        booking.hold_expires_at = now


def free_place(booking: Booking) -> None:
    """Inside an action, with the booking locked: give back what it takes up, and what a move of it holds besides."""
    db.session.flush()
    if booking.confirmed_at is not None:
        _drop_change(booking)
    if booking.session_id is not None:
        return_seats(booking.session_id, booking.people)
    else:
        release(booking.claim_id)


def end_change(change: BookingChange, ref: str, actor: Actor, *, reason: str | None = None) -> None:
    """Inside an action, with the change locked: a move that was not paid lets go of its new time."""
    change.state = "expired"
    change.paying_until = None
    db.session.flush()
    if change.after["session_id"] is not None:
        return_seats(change.after["session_id"], change.after["people"])
    else:
        release(change.claim_id)
    record(actor, "booking.move_lapsed", f"booking:{ref}", {"change": change.id}, reason=reason)


def _drop_change(booking: Booking) -> None:
    change = db.session.scalar(
        select(BookingChange)
        .where(BookingChange.booking_id == booking.id, BookingChange.state == "pending")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if change is not None:
        # What is paid for it all the same finds nothing to move, and goes back whole.
        end_change(change, booking.ref, SYSTEM, reason="booking ended")


def _lapsed(now: dt.datetime) -> ColumnElement[bool]:
    # A hold with an open payment is not ours to end: a job closes the payment first (guarantees.md 12).
    return and_(Booking.state == "pending", Booking.hold_expires_at <= now, Booking.paying_until.is_(None))


@action
def let_go_of_places(wanted: PlacesWanted) -> None:
    """Expire the lapsed holds that stand in somebody's way. One that another transaction has locked is left to it."""
    in_the_way = or_(
        *(
            and_(Occupancy.resource_id == resource_id, Occupancy.during.overlaps(Range(span.start, span.end)))
            for resource_id, span in wanted.places
        )
    )
    claims = select(Occupancy.claim_id).where(Occupancy.active, Occupancy.blocks_until <= wanted.now, in_the_way)
    _end_all(or_(Booking.claim_id.in_(claims), Booking.session_id.in_(_timeslots(in_the_way))), wanted.now)
    _end_changes(BookingChange.claim_id.in_(claims), wanted.now)


def _timeslots(in_the_way: ColumnElement[bool]) -> Select[int]:
    """A timeslot has its room as long as somebody has a seat in it, if only by a hold that has lapsed."""
    return (
        select(Session.id)
        .join(Occupancy, Occupancy.claim_id == Session.claim_id)
        .where(Session.on_grid, Occupancy.active, in_the_way)
    )


@action
def let_go_of_seats(wanted: SeatsWanted) -> None:
    """Expire the lapsed holds on a session that is full."""
    _end_all(Booking.session_id == wanted.session_id, wanted.now)
    _end_changes(BookingChange.after["session_id"].as_integer() == wanted.session_id, wanted.now)


@action
def expire_holds(*, now: dt.datetime) -> int:
    """Expire lapsed holds, of bookings and of moves, that nobody else wanted; returns how many."""
    changes = _end_changes(BookingChange.hold_expires_at.is_not(None), now)
    return _end_all(Booking.hold_expires_at.is_not(None), now) + changes


def _end_all(which: ColumnElement[bool], now: dt.datetime) -> int:
    lapsed = db.session.scalars(
        select(Booking)
        .where(which, _lapsed(now))
        .order_by(Booking.id)
        .limit(_AT_ONCE)
        .with_for_update(of=Booking, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for booking in lapsed:
        end_hold(booking, SYSTEM, now=now)
    db.session.flush()
    return len(lapsed)


def _end_changes(which: ColumnElement[bool], now: dt.datetime) -> int:
    lapsed = db.session.execute(
        select(BookingChange, Booking.ref)
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(
            which,
            BookingChange.state == "pending",
            BookingChange.hold_expires_at <= now,
            BookingChange.paying_until.is_(None),
        )
        .order_by(BookingChange.id)
        .limit(_AT_ONCE)
        .with_for_update(of=BookingChange, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for change, ref in lapsed:
        end_change(change, ref, SYSTEM)
    return len(lapsed)


@action
def complete_past(*, now: dt.datetime) -> int:
    """Confirmed bookings that are over become completed, or no-show when nobody on them came; returns how many."""
    over = db.session.scalars(
        select(Booking)
        .where(Booking.state == "confirmed", Booking.ends_at <= now, _still_on())
        .order_by(Booking.ends_at)
        .limit(_AT_ONCE)
        .with_for_update(of=Booking, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    absent = set(
        db.session.scalars(
            select(Participant.booking_id)
            .where(Participant.booking_id.in_([booking.id for booking in over]))
            .group_by(Participant.booking_id)
            .having(func.bool_and(Participant.attendance == "absent"))
        )
    )
    for booking in over:
        then = BookingState.NO_SHOW if booking.id in absent else BookingState.COMPLETED
        complete_one(booking, SYSTEM, then, now=now)
    return len(over)


def complete_one(booking: Booking, actor: Actor, then: BookingState, *, now: dt.datetime) -> None:
    """Inside an action, with the booking locked, confirmed and over: it took place, or nobody came."""
    booking.move_to(then)
    booking.ended_at = now
    record(actor, f"booking.{then}", f"booking:{booking.ref}")
    if booking.due_at_venue and (rest := rest_of(booking)):
        # It was to be paid when they came. Nothing is left hanging: a person takes it, or lets it go.
        put_before_a_person(booking, rest, now=now)


def _still_on() -> ColumnElement[bool]:
    # What belongs to a cancelled session did not take place; its job cancels it, however late.
    called_off = select(Session.id).where(Session.id == Booking.session_id, Session.state == "cancelled")
    return ~called_off.exists()
