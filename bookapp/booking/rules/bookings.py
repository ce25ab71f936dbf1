"""Pure decisions about bookings: what is wished for, what a hold and a cancellation come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bookapp.values.money import Money
from bookapp.values.timespan import Span

# product.md, "Hold" and "Limits on holding".
HOLD = dt.timedelta(minutes=15)
EXTENSION = dt.timedelta(minutes=10)
PAYING = dt.timedelta(minutes=30)
# After a declined card: long enough to try another one.
AFTER_DECLINE = dt.timedelta(minutes=5)
MOST_HOLDS_PER_VISITOR = 3
MOST_HOLDS_PER_ORIGIN = 10
MOST_PAYMENT_ATTEMPTS = 5
PAUSE_AFTER_ATTEMPTS = dt.timedelta(minutes=15)

# No I, L, O, 0, 1: a ref is read out over the telephone.
REF_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REF_LENGTH = 6


@dataclass(frozen=True, slots=True)
class RoomWish:
    """A room for a span; `addons` is (add-on id, quantity)."""

    room_id: int
    span: Span
    people: int = 1
    addons: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SeatWish:
    """Seats in a session."""

    session_id: int
    seats: int = 1


@dataclass(frozen=True, slots=True)
class AppointmentWish:
    """An hour (or what its length is) of a person, from `starts_at`."""

    service_id: int
    facilitator_id: int
    starts_at: dt.datetime
    minutes: int


Wish = RoomWish | SeatWish | AppointmentWish


@dataclass(frozen=True, slots=True)
class Details:
    """Who books and what they tell us, as typed at checkout and validated there.

    `answers` are (question id, text) of what the service asks; whether they are answers, the checkout's action says.
    """

    name: str
    email: str
    phone: str = ""
    postal_address: str = ""
    notes: str = ""
    participants: tuple[tuple[str, str], ...] = ()
    booking_type: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling comes to: the share of the terms, what goes back and what is kept."""

    percent: int
    refund: Money
    fee: Money


def cancellation(*, paid: Money, total: Money, percent: int, kept: Money | None = None) -> Cancellation:
    """Due back = max(0, paid - (1 - share) x total); fee = paid - due back (product.md, "Due back").

    What earlier moves have left with the merchant is `kept`: part of the total, of which nothing comes back.
    """
    price = total - kept if kept else total
    refund = max(paid - (total - price.percent(percent)), Money.zero(paid.currency))
    return Cancellation(percent, refund, paid - refund)


def can_cancel(*, state: str, starts_at: dt.datetime, now: dt.datetime) -> bool:
    """A customer may cancel what is confirmed and has not begun, or let go of what is pending."""
    return state == "pending" or (state == "confirmed" and now < starts_at)


def can_extend(*, state: str, extended: bool, hold_expires_at: dt.datetime | None, now: dt.datetime) -> bool:
    """One extension, while the hold is alive."""
    return state == "pending" and not extended and hold_expires_at is not None and now < hold_expires_at


def attempt_allowed(opened_at: Sequence[dt.datetime], now: dt.datetime) -> bool:
    """Five payment attempts per hold, then a pause of a quarter of an hour after the last."""
    return len(opened_at) < MOST_PAYMENT_ATTEMPTS or now - max(opened_at) >= PAUSE_AFTER_ATTEMPTS


def most_at_once(uses: Iterable[tuple[Span, int]], within: Span) -> int:
    """The largest sum of quantities in use at any one instant of `within`."""
    changes: list[tuple[dt.datetime, int]] = []
    for span, quantity in uses:
        part = span.within(within)
        if part is not None:
            # Ends sort before starts at the same instant, because spans are half-open.
            changes += [(part.start, quantity), (part.end, -quantity)]
    most = current = 0
    for _, change in sorted(changes):
        current += change
        most = max(most, current)
    return most


def refunds_newest_first(payments: Sequence[tuple[int, Money]], amount: Money) -> list[tuple[int, Money]]:
    """Spread `amount` over (payment id, what is left of it), given newest first."""
    spread: list[tuple[int, Money]] = []
    left = amount
    for payment_id, available in payments:
        part = min(left, available)
        if part.minor > 0:
            spread.append((payment_id, part))
            left -= part
    return spread
