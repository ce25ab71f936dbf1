"""Cancelling a session with everything booked in it: at once for whoever would book, one job per booking for the rest.

The session is cancelled in the transaction that promises the jobs, and each job finds its own state again: killed,
repeated, late or side by side they come to the same end (guarantees.md 8).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from bookapp.booking import queries
from bookapp.booking.actions.cancelling import call_off
from bookapp.booking.actions.changing import doer_of
from bookapp.booking.actions.ending import end_change, give_up
from bookapp.booking.models import Booking, BookingChange, SessionCancellation
from bookapp.booking.queries.calloff import cancellation_of, is_live_in, job_key
from bookapp.booking.states import BookingState
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency, outbox
from bookapp.infra.db import action, db
from bookapp.payments import actions as payments
from bookapp.payments.queries import open_payment
from bookapp.scheduling.actions.sessions import cancel_session


@action
def call_off_session(
    actor: Actor, session_id: int, *, now: dt.datetime, key: str, reason: str = ""
) -> SessionCancellation:
    """Cancel a session; what is booked in it is cancelled and paid back by jobs. Twice is once, whatever the reason.

    `reason` is told to everybody who has booked. Raises NotFound (also for whoever may not) and SessionBehindUs.
    """
    idempotency.claim(f"call_off:{session_id}:{actor.label}", key, idempotency.fingerprint(reason=reason))
    # Locked before anything is counted: a hold takes its seat first, so it waits for us or its booking is seen here.
    session = cancel_session(actor, session_id, now=now, reason=reason)
    known = cancellation_of(session_id)
    if known is not None:
        return known
    rows = db.session.execute(select(Booking.id, Booking.ref).where(is_live_in(session.id)).order_by(Booking.id))
    live = [(booking_id, ref) for booking_id, ref in rows]
    db.session.execute(
        insert(SessionCancellation).values(
            session_id=session.id,
            actor=actor.label,
            reason=reason,
            bookings=len(live),
            started_at=now,
            finished_at=None if live else now,
        )
    )
    for booking_id, ref in (*live, *_on_their_way(session.id)):
        outbox.later("booking.call_off_one", session.id, booking_id, key=job_key(session.id, ref))
    return db.session.get_one(SessionCancellation, session.id)


@action
def call_off_one(session_id: int, booking_id: int, *, now: dt.datetime) -> bool:
    """One booking of a cancelled session: cancelled by the merchant, everything back. False while a payment is open.

    A hold whose payment is open is closed at the provider first; should that turn out to be paid, it is cancelled and
    paid back like the others. One that has moved to another session meanwhile is left alone.
    """
    ref = db.session.scalars(select(Booking.ref).where(Booking.id == booking_id)).one()
    booking = queries.lock_by_ref(ref)
    cancellation = db.session.get_one(SessionCancellation, session_id)
    doer = doer_of(cancellation.actor)
    if booking.session_id != session_id:
        _drop_move_into(booking, session_id, doer, now)
    else:
        if booking.state == BookingState.PENDING:
            give_up(booking, doer, now=now, reason=cancellation.reason or None)
        elif booking.state == BookingState.CONFIRMED:
            call_off(booking, doer, now=now, reason=cancellation.reason)
    db.session.flush()
    if booking.session_id == session_id and booking.state == BookingState.PENDING:
        return False
    _finish_if_last(session_id, now)
    return True


def _on_their_way(session_id: int) -> list[tuple[int, str]]:
    """Bookings of other sessions that hold a seat here until a move is paid; one may arrive at this very moment."""
    rows = db.session.execute(
        select(Booking.id, Booking.ref)
        .join(BookingChange, BookingChange.booking_id == Booking.id)
        .where(
            BookingChange.state == "pending",
            BookingChange.after["session_id"].as_integer() == session_id,
            Booking.session_id.is_distinct_from(session_id),
        )
        .order_by(Booking.id)
    )
    return [(booking_id, ref) for booking_id, ref in rows]


def _drop_move_into(booking: Booking, session_id: int, doer: Actor, now: dt.datetime) -> None:
    """The booking stays where it is; what was held for it here is let go, after its payment was closed."""
    change = db.session.scalar(
        select(BookingChange)
        .where(BookingChange.booking_id == booking.id, BookingChange.state == "pending")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if change is None or change.after["session_id"] != session_id:
        return
    payment = open_payment(booking.ref, f"change:{change.id}")
    if payment is None:
        end_change(change, booking.ref, doer, reason="session cancelled")
    else:
        payments.hurry(payment.id, now=now)
        change.hold_expires_at = now


def _finish_if_last(session_id: int, now: dt.datetime) -> None:
    # Locked last, so that of two that end at the same moment the second sees the first.
    cancellation = db.session.scalars(
        select(SessionCancellation)
        .where(SessionCancellation.session_id == session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    left = db.session.scalar(select(func.count()).select_from(Booking).where(is_live_in(session_id)))
    if not left and cancellation.finished_at is None:
        cancellation.finished_at = now
