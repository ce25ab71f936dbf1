"""Giving a part of a booking back: some of its seats, some of its extras (product.md, "Due back")."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select

from bookapp.audit.actions import record
from bookapp.booking import messages, queries, rules
from bookapp.booking.actions.changing import TO_ORIGINAL, change_lines, locked_for_change, place_facts
from bookapp.booking.actions.ending import end_change
from bookapp.booking.actions.refunding import refund_spread
from bookapp.booking.errors import MoveWaiting, PriceChanged, SessionOver, TooLateToCancel
from bookapp.booking.events import BookingPartCancelled
from bookapp.booking.models import Booking, BookingChange, Participant
from bookapp.booking.queries.calloff import is_called_off
from bookapp.booking.queries.changes import change_by_id, is_waiting, part_offer, pending_change
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.scheduling.actions.occupancy import return_seats


@action
def cancel_part(
    actor: Actor,
    ref: str,
    part: rules.Part,
    *,
    now: dt.datetime,
    key: str,
    version: int | None = None,
    shown_minor: int | None = None,
    refund_to: str = TO_ORIGINAL,
    reason: str = "",
) -> BookingChange:
    """Give `part` back by the terms on its share; a merchant's change brings all of it back.

    `key` makes the same click twice one change; `version` and `shown_minor` (what comes back) are what its reader saw.
    Raises NotFound, NotAllowed, TooLateToCancel, MoveWaiting, ChangedMeanwhile, PriceChanged or NotValid.
    """
    booking, by_merchant = locked_for_change(actor, ref)
    scope = f"part:{booking.ref}"
    stored = idempotency.claim(scope, key, idempotency.fingerprint(part=repr(part)))
    if stored is not None:
        return db.session.get_one(BookingChange, stored["change"], populate_existing=True)
    _check_no_move(booking, now)
    queries.check_version(booking, version)
    if booking.state != "confirmed" or not rules.can_cancel(state=booking.state, starts_at=booking.starts_at, now=now):
        raise TooLateToCancel
    if is_called_off(booking):
        raise SessionOver  # all of it comes back
    offer = part_offer(booking, part, now=now, by_merchant=by_merchant)
    settled = offer.settlement
    if shown_minor not in (None, settled.back.minor):
        raise PriceChanged(total=booking.total + settled.difference)
    change = BookingChange(
        booking_id=booking.id,
        kind="part",
        state="done",
        before=place_facts(booking),
        after={},
        difference_minor=settled.difference.minor,
        refunded_minor=settled.back.minor,
        by_merchant=by_merchant,
        actor=actor.label,
        reason=reason,
        done_at=now,
    )
    db.session.add(change)
    db.session.flush()
    change_lines(
        booking,
        change,
        gone=offer.lines,
        kept=settled.kept.minor,
        waived=settled.waived.minor,
        tax=booking.tax,
    )
    if part.seats and booking.session_id is not None:
        _give_seats_back(booking, booking.session_id, part.seats)
    booking.sequence += 1
    change.after = place_facts(booking) | {"seats": part.seats, "addons": [list(each) for each in part.addons]}
    idempotency.keep(scope, key, {"change": change.id})
    record(
        actor,
        "booking.part_cancelled",
        f"booking:{booking.ref}",
        {
            "change": change.id,
            "seats": part.seats,
            "addons": len(part.addons),
            "refund_minor": settled.back.minor,
            "kept_minor": settled.kept.minor,
        },
        reason=reason or None,
    )
    db.session.flush()
    if settled.back:
        refund_spread(booking, settled.back, cause=f"change:{change.id}", now=now, to=refund_to)
    send(messages.part_cancelled(booking, change))
    publish(BookingPartCancelled(booking.id, booking.ref, change.id, now))
    return change


def _check_no_move(booking: Booking, now: dt.datetime) -> None:
    """What is held for a move was priced with all of it."""
    waiting = pending_change(booking)
    if waiting is None:
        return
    if is_waiting(waiting, now):
        raise MoveWaiting
    end_change(change_by_id(waiting.id), booking.ref, SYSTEM)


def _give_seats_back(booking: Booking, session_id: int, seats: int) -> None:
    """Fewer people: of those named the last ones are taken off the list, the organiser never."""
    booking.people -= seats
    return_seats(session_id, seats)
    too_many = db.session.scalars(
        select(Participant.id)
        .where(Participant.booking_id == booking.id, Participant.role == "participant")
        .order_by(Participant.id)
        .offset(booking.people)
    ).all()
    if too_many:
        db.session.execute(delete(Participant).where(Participant.id.in_(too_many)))
