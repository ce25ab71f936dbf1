"""Who came: noted on the day by those who serve the booking, corrected afterwards only with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.booking import queries
from bookapp.booking.actions.overriding import override_facts
from bookapp.booking.errors import NotBegun, NotMarkedNow, WrongState
from bookapp.booking.models import Booking, Participant
from bookapp.booking.policy import may_serve
from bookapp.booking.rules.attendance import Attendance, can_mark, outcome
from bookapp.booking.states import BookingState
from bookapp.identity.actor import Actor
from bookapp.infra import live
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_

_OVER = (BookingState.COMPLETED, BookingState.NO_SHOW)


@action
def mark(actor: Actor, participant_id: int, attendance: str, *, now: dt.datetime) -> Booking:
    """Note whether one person on a booking came: `unknown`, `arrived`, `late` or `absent`. Marking twice is once.

    A booking that is over follows: no-show only while nobody on it came. Raises NotFound (also for a booking the actor
    does not serve), NotValid, NotMarkedNow outside its day, NotBegun for an absence before the start.
    """
    if attendance not in set(Attendance):
        raise NotValid({"attendance": N_("Please choose one of the marks.")})
    ref = db.session.scalar(
        select(Booking.ref)
        .join(Participant, Participant.booking_id == Booking.id)
        .where(Participant.id == participant_id)
    )
    if ref is None:
        raise NotFound
    booking = _served(actor, ref, now)
    if attendance == Attendance.ABSENT and now < booking.starts_at:
        raise NotBegun
    everyone = _everyone(booking)
    # Part of the booking may have been given back since the page was shown.
    who = [each for each in everyone if each.id == participant_id]
    _note(actor, booking, who, attendance)
    _follow(actor, booking, everyone)
    return booking


@action
def check_in(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Everyone on a booking has arrived; who was noted as late stays late. Checking in twice is once.

    Raises NotFound (also for whoever does not serve it) and NotMarkedNow outside its day.
    """
    booking = _served(actor, ref, now)
    everyone = _everyone(booking)
    _note(actor, booking, [each for each in everyone if each.attendance != Attendance.LATE], Attendance.ARRIVED)
    _follow(actor, booking, everyone)
    return booking


@action
def correct_attendance(actor: Actor, ref: str, *, came: bool, reason: str, now: dt.datetime) -> Booking:
    """Say afterwards that they came, or that nobody did: completed <-> no-show, with the reason in the audit trail.

    Raises NotFound, NotValid without a reason, WrongState for what is not over. What was paid stays as it is: money
    goes back by goodwill, on its own.
    """
    booking = queries.lock_by_ref(ref)
    if not may_serve(actor, booking):
        raise NotFound
    if not reason.strip():
        raise NotValid({"reason": N_("Please say why: it is kept with the booking.")})
    if booking.state not in _OVER:
        raise WrongState(ref=booking.ref, state=BookingState(booking.state).label)
    facts = override_facts(actor, booking, reason)
    everyone = _everyone(booking)
    wrong = [each for each in everyone if came == (each.attendance == Attendance.ABSENT)]
    if came and len(wrong) == len(everyone):
        _note(actor, booking, wrong, Attendance.ARRIVED, reason=reason)
    elif not came:
        _note(actor, booking, everyone, Attendance.ABSENT, reason=reason)
    then = BookingState.COMPLETED if came else BookingState.NO_SHOW
    _become(actor, booking, then, reason=reason, facts=facts)
    return booking


def _served(actor: Actor, ref: str, now: dt.datetime) -> Booking:
    """The booking, locked, on its day and for whoever serves it."""
    booking = queries.lock_by_ref(ref)
    if not may_serve(actor, booking):
        raise NotFound
    if not can_mark(
        state=booking.state, starts_at=booking.starts_at, ends_at=booking.ends_at, zone=booking.zone, now=now
    ):
        raise NotMarkedNow
    return booking


def _everyone(booking: Booking) -> Sequence[Participant]:
    return db.session.scalars(
        select(Participant)
        .where(Participant.booking_id == booking.id)
        .order_by(Participant.id)
        .execution_options(populate_existing=True)
    ).all()


def _note(
    actor: Actor, booking: Booking, people: Sequence[Participant], attendance: str, *, reason: str | None = None
) -> None:
    changed = [each for each in people if each.attendance != attendance]
    for each in changed:
        each.attendance = str(attendance)
    if changed:
        facts = {"attendance": str(attendance), "participants": [each.id for each in changed]}
        record(actor, "booking.attendance", f"booking:{booking.ref}", facts, reason=reason)
        live.tell(f"facilitator:{booking.facilitator_id}", f"session:{booking.session_id}")


def _follow(actor: Actor, booking: Booking, everyone: Sequence[Participant]) -> None:
    """A booking that is over says what its people say."""
    if booking.state in _OVER:
        _become(actor, booking, BookingState(outcome([each.attendance for each in everyone])))


def _become(
    actor: Actor,
    booking: Booking,
    then: BookingState,
    *,
    reason: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    if booking.state != then:
        booking.move_to(then)
        record(actor, f"booking.{then}", f"booking:{booking.ref}", dict(facts or {}), reason=reason)
