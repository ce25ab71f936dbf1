"""A booking arrives at its new time: place, lines, terms and money are brought to what the change says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bookapp.audit.actions import record
from bookapp.booking import messages, rules
from bookapp.booking.actions.changing import TO_ORIGINAL, change_lines
from bookapp.booking.actions.overriding import override_facts
from bookapp.booking.actions.refunding import refund_spread
from bookapp.booking.actions.taking import exchange
from bookapp.booking.events import BookingMoved
from bookapp.booking.models import Booking, BookingChange
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.scheduling.actions.occupancy import Wanted, return_seats
from bookapp.values.money import Money
from bookapp.values.timespan import Span

# What of a booking a move replaces, besides its times.
COLUMNS = ("room_id", "session_id", "facilitator_id", "venue_id", "title", "place", "host", "zone", "price_reasons")


def arrive(
    booking: Booking,
    change: BookingChange,
    actor: Actor,
    *,
    now: dt.datetime,
    refund_to: str = TO_ORIGINAL,
    asked: bool = False,
) -> None:
    """Inside an action, with booking and change locked and the new place taken: the booking is there now.

    `asked`: it is the desk that moves it, because its customer asked for it there.
    """
    after, old_start = change.after, booking.starts_at
    if booking.session_id is not None:
        return_seats(booking.session_id, booking.people)
    else:
        exchange(places_in(after), change.claim_id, instead_of=booking.claim_id, now=now)
        booking.claim_id = change.claim_id
    for name in COLUMNS:
        setattr(booking, name, after[name])
    booking.starts_at, booking.ends_at = instants_in(after)
    booking.terms_from = dt.datetime.fromisoformat(after.get("terms_from", after["starts_at"]))
    booking.rest_due_at = rules.rest_due_after(booking.rest_due_at, old_start, booking.starts_at)
    if not change.by_merchant:
        booking.most_percent_back = rules.share_after(after["percent"], booking.most_percent_back)
    new = lines_in(after)
    change_lines(
        booking,
        change,
        gone=None,
        new=new,
        given=after["given_minor"],
        kept=after["kept_minor"],
        waived=after.get("waived_minor", 0),
        tax=after["tax"],
    )
    back = Money(after["back_minor"], booking.currency)
    change.refunded_minor = back.minor
    change.state, change.done_at, change.paying_until = "done", now, None
    booking.sequence += 1
    override = override_facts(actor, booking, change.reason) if change.by_merchant or asked else {}
    record(
        actor,
        "booking.moved",
        f"booking:{booking.ref}",
        {
            "change": change.id,
            "from": change.before["starts_at"],
            "to": after["starts_at"],
            "difference_minor": change.difference_minor,
            "refund_minor": back.minor,
            "by_merchant": change.by_merchant,
            **({"asked_for": True} if asked else {}),
            **override,
        },
        reason=change.reason or None,
    )
    db.session.flush()
    if back:
        refund_spread(booking, back, cause=f"change:{change.id}", now=now, to=refund_to)
    send(messages.booking_moved(booking, change))
    publish(BookingMoved(booking.id, booking.ref, change.id, now, actor.user_id))


def lines_in(after: Mapping[str, Any]) -> list[rules.AgreedLine]:
    """The lines that will be agreed, out of what a change keeps as JSON."""
    return [rules.AgreedLine(**line | {"quantity": Decimal(line["quantity"])}) for line in after["lines"]]


def places_in(after: Mapping[str, Any]) -> list[Wanted]:
    """What the new time takes of rooms and people."""
    instant = dt.datetime.fromisoformat
    return [
        Wanted(each["resource_id"], Span(instant(each["start"]), instant(each["end"])), instant(each["used_until"]))
        for each in after["places"]
    ]


def instants_in(after: Mapping[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """When the new time begins and ends."""
    return dt.datetime.fromisoformat(after["starts_at"]), dt.datetime.fromisoformat(after["ends_at"])
