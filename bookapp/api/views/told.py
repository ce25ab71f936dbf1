"""A booking and its money as JSON values, the same at every door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bookapp.booking.messages.summary import policy_words
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.bookings import payment_status
from bookapp.booking.queries.changes import agreed_lines, history, is_waiting, pending_change
from bookapp.payments.models import Payment
from bookapp.payments.queries import Balance, balance, payments_of
from bookapp.values.money import Money, total
from bookapp.values.timespan import wall

_COLUMNS = (
    "ref", "kind", "title", "place", "host", "merchant_id", "venue_id", "room_id", "session_id", "service_id",
    "facilitator_id", "zone", "people", "total",
)  # fmt: skip
_IN_FULL = ("name", "email", "phone", "notes", "booking_type", "version", "due_now")
_PENDING = "pending"


def in_list(booking: Booking, money: Balance) -> dict[str, Any]:
    """A booking as `BookingSchema` writes it."""
    return {
        **{name: getattr(booking, name) for name in _COLUMNS},
        "status": booking.state,
        "payment_status": payment_status(booking, money),
        "starts_at": _at(booking, booking.starts_at),
        "ends_at": _at(booking, booking.ends_at),
        "created_at": _at(booking, booking.created_at),
        "hold_expires_at": _at(booking, _held_until(booking)),
    }


def in_full(booking: Booking, *, now: dt.datetime, emails: bool = True) -> dict[str, Any]:
    """A booking with its participants as `BookingInFullSchema` writes it; without `emails` for who only comes along."""
    change = pending_change(booking) if booking.state == "confirmed" else None
    return {
        **in_list(booking, balance(booking.ref, booking.currency)),
        **{name: getattr(booking, name) for name in _IN_FULL},
        "email": booking.email if emails else "",
        "phone": booking.phone if emails else "",
        "answers": booking.answers if emails else [],
        "metadata": booking.extra,
        "rest_due_at": _at(booking, booking.rest_due_at),
        "confirmed_at": _at(booking, booking.confirmed_at),
        "ended_at": _at(booking, booking.ended_at),
        "policy": policy_words(booking),
        "lines": [
            {
                "kind": line.kind,
                "label": line.label,
                "unit": line.unit,
                "quantity": f"{Decimal(line.quantity).normalize():f}",
                "unit_price": Money(line.unit_price_minor, booking.currency),
                "subtotal": Money(line.subtotal_minor, booking.currency),
                "addon_id": line.addon_id,
            }
            for line in agreed_lines(booking)
        ],
        "customers": [
            {
                "participant_id": person.id,
                "role": person.role,
                "name": person.name,
                "email": (person.email or None) if emails else None,
                "attendance": person.attendance,
            }
            for person in booking.participants
        ],
        "reschedule_history": [_move(booking, change) for change in history(booking) if change.kind == "move"],
        "pending_move": _place(booking, change.after) if change is not None and is_waiting(change, now) else None,
        "payments": [payment_facts(payment) for payment in payments_of(booking.ref)],
    }


def payment_facts(payment: Payment) -> dict[str, Any]:
    """A payment with its refunds as `PaymentSchema` writes it."""
    back = (refund.amount for refund in payment.refunds if refund.state != "failed")
    return {
        "payment_id": payment.key,
        "status": payment.state,
        "provider": payment.gateway,
        "amount": payment.amount,
        "url": payment.url if payment.state == _PENDING else None,
        "expires_at": payment.closes_at,
        "refunded": total(back, payment.currency),
    }


def _move(booking: Booking, change: BookingChange) -> dict[str, Any]:
    return {
        "old": _place(booking, change.before),
        "new": _place(booking, change.after),
        "price_difference": Money(change.difference_minor, booking.currency),
        "refunded": Money(change.refunded_minor, booking.currency),
        "by": "merchant" if change.by_merchant else "customer",
        "at": _at(booking, change.done_at),
        "reason": change.reason,
    }


def _place(booking: Booking, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: facts[name] for name in ("title", "place", "room_id", "session_id", "facilitator_id")},
        "starts_at": wall(dt.datetime.fromisoformat(facts["starts_at"]), facts["zone"]),
        "ends_at": wall(dt.datetime.fromisoformat(facts["ends_at"]), facts["zone"]),
    }


def _held_until(booking: Booking) -> dt.datetime | None:
    if booking.state != _PENDING:
        return None
    return max(filter(None, (booking.hold_expires_at, booking.paying_until)), default=None)


def _at(booking: Booking, at: dt.datetime | None) -> dt.datetime | None:
    return wall(at, booking.zone) if at is not None else None
