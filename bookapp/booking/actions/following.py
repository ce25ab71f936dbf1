"""When the house changes a session, what is booked in it follows, and everybody booked is told.

The bookings follow in the transaction of the change, in a few statements however many they are; the telling is work of
its own, some of them at a time, and done once (guarantees.md 8).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import and_, case, func, insert, literal, select, update

from bookapp.audit.models import AuditEntry
from bookapp.booking import messages, queries
from bookapp.booking.actions.changing import doer_of, place_facts
from bookapp.booking.events import BookingMoved
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.calloff import is_live_in
from bookapp.booking.queries.following import telling_key
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Facilitator, Room, Venue
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.scheduling.events import SessionAboutToChange, SessionChanged
from bookapp.scheduling.models import SessionPart

# Told in one transaction.
AT_ONCE = 25
_LIVE = ("pending", "confirmed")
# One that has lapsed and is paid late takes its seats again, and they are where the session is then.
_FOLLOWS = (*_LIVE, "expired")


@action
def lock_followers(event: SessionAboutToChange) -> None:
    """Lock the bookings of a session, and the moves into it that wait for money, before the session is locked."""
    db.session.execute(
        select(Booking.id).where(is_live_in(event.session_id)).order_by(Booking.id).with_for_update(of=Booking)
    )
    db.session.execute(
        select(BookingChange.id)
        .where(_waits_for(event.session_id))
        .order_by(BookingChange.id)
        .with_for_update(of=BookingChange)
    )


@action
def follow_session(event: SessionChanged) -> None:
    """Bring what is booked to where the session is now, each with a row of its history, and promise to tell them."""
    if not event.is_news:
        return
    columns = _columns(event)
    live: Sequence[Booking] = db.session.scalars(
        select(Booking)
        .where(is_live_in(event.session_id))
        .order_by(Booking.id)
        .execution_options(populate_existing=True)
    ).all()
    before = [place_facts(booking) for booking in live]
    begins = _first_part(event.session_id) or columns["starts_at"]
    db.session.execute(
        update(Booking)
        .where(Booking.session_id == event.session_id, Booking.state.in_(_FOLLOWS))
        .values(
            **columns,
            # By the house: never worse than it was (rules.terms_start).
            terms_from=func.greatest(func.coalesce(Booking.terms_from, Booking.starts_at), begins),
            rest_due_at=_rest_due_at(columns["starts_at"]),
            sequence=Booking.sequence + 1,
            version=Booking.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    _bring_moves_along(event.session_id, columns, begins)
    if not live:
        return
    _write_history(event, live, before, columns)
    outbox.later(
        "booking.tell_of_session",
        event.session_id,
        event.version,
        0,
        key=telling_key(event.session_id, event.version, 0),
    )
    for booking in live:
        db.session.expire(booking)


@action
def tell_of_session(session_id: int, version: int, beyond_id: int) -> int:
    """Tell the next of those who are booked that the session is not as it was; returns how many were told.

    The rest is promised under a key that is used once, in the same transaction: who was told is not told again.
    """
    changes = db.session.execute(
        select(BookingChange.id, Booking.ref)
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(
            Booking.session_id == session_id,
            BookingChange.id > beyond_id,
            BookingChange.state == "done",
            BookingChange.after["session_version"].as_integer() == version,
        )
        .order_by(BookingChange.id)
        .limit(AT_ONCE)
    ).all()
    if not changes:
        return 0
    last = changes[-1].id
    if (
        outbox.later("booking.tell_of_session", session_id, version, last, key=telling_key(session_id, version, last))
        is None
    ):
        return 0
    for change_id, ref in changes:
        _tell(change_id, ref)
    return len(changes)


def _tell(change_id: int, ref: str) -> None:
    booking = queries.lock_by_ref(ref)
    change = db.session.get_one(BookingChange, change_id, populate_existing=True)
    if booking.state not in _LIVE or change.done_at is None:
        return
    send(messages.session_changed(booking, change))
    if booking.state == BookingState.CONFIRMED:
        publish(BookingMoved(booking.id, booking.ref, change.id, change.done_at, doer_of(change.actor).user_id))


def _columns(event: SessionChanged) -> dict[str, Any]:
    """What a booking says of the session it is for."""
    after = event.after
    instant = dt.datetime.fromisoformat
    venue = db.session.get(Venue, after["venue_id"]) if after["venue_id"] else None
    host = db.session.get(Facilitator, after["facilitator_id"]) if after["facilitator_id"] else None
    return {
        "starts_at": instant(after["starts_at"]),
        "ends_at": instant(after["ends_at"]),
        "zone": after["zone"],
        "venue_id": after["venue_id"],
        "room_id": after["room_id"],
        "facilitator_id": after["facilitator_id"],
        "title": after["title"],
        "place": f"{venue.name}, {venue.city}" if venue else "",
        "host": host.name if host else "",
    }


def _bring_moves_along(session_id: int, columns: dict[str, Any], begins: dt.datetime) -> None:
    """Whoever is paying for a seat here on the way from elsewhere arrives where the session is now."""
    facts = _json(columns)
    for change in db.session.scalars(
        select(BookingChange).where(_waits_for(session_id)).execution_options(populate_existing=True)
    ):
        counted = dt.datetime.fromisoformat(change.after.get("terms_from", change.after["starts_at"]))
        change.after = change.after | facts | {"terms_from": max(counted, begins).isoformat()}


def _write_history(
    event: SessionChanged, live: Sequence[Booking], before: Sequence[dict[str, Any]], columns: dict[str, Any]
) -> None:
    facts = _json(columns)
    rooms = [_room_name(of["room_id"]) for of in (event.before, event.after)]
    db.session.execute(
        insert(BookingChange),
        [
            {
                "booking_id": booking.id,
                "kind": "move",
                "state": "done",
                "before": was | {"room": rooms[0]},
                "after": was | facts | {"room": rooms[1], "session_version": event.version},
                "difference_minor": 0,
                "by_merchant": True,
                "actor": event.actor,
                "reason": event.reason,
                "done_at": event.now,
            }
            for booking, was in zip(live, before, strict=True)
        ],
    )
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    db.session.execute(
        insert(AuditEntry),
        [
            {
                "actor": event.actor,
                "user_id": event.user_id,
                "action": "booking.moved",
                "subject": f"booking:{booking.ref}",
                "facts": {"session": event.session_id, "from": was["starts_at"], "to": facts["starts_at"]},
                "reason": event.reason or None,
                "request_id": request_id,
            }
            for booking, was in zip(live, before, strict=True)
        ],
    )


def _room_name(room_id: int | None) -> str:
    room = db.session.get(Room, room_id) if room_id is not None else None
    return room.name if room else ""


def _rest_due_at(starts_at: dt.datetime) -> Any:
    """`rules.rest_due_after` for all of them at once: as long before the new start, no sooner than agreed."""
    later = func.greatest(Booking.rest_due_at, Booking.rest_due_at + (literal(starts_at) - Booking.starts_at))
    return case((Booking.rest_due_at.is_not(None), func.least(later, starts_at)), else_=None)


def _waits_for(session_id: int) -> Any:
    return and_(BookingChange.state == "pending", BookingChange.after["session_id"].as_integer() == session_id)


def _first_part(session_id: int) -> dt.datetime | None:
    return db.session.scalar(select(func.min(SessionPart.starts_at)).where(SessionPart.session_id == session_id))


def _json(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in columns.items()}
