"""What booking tells the features above it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BookingConfirmed:
    """Everything due now is paid; the place is theirs. `by` is the account that did it, None for the system's word."""

    booking_id: int
    ref: str
    now: dt.datetime
    by: int | None = None


@dataclass(frozen=True, slots=True)
class RestPaid:
    """What a deposit left open has been paid."""

    booking_id: int
    ref: str
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class BookingCancelled:
    """The place is free again and what is due back is on its way. Only a merchant gives a coupon's use back."""

    booking_id: int
    ref: str
    now: dt.datetime
    by_merchant: bool = False
    by: int | None = None


@dataclass(frozen=True, slots=True)
class BookingMoved:
    """It is at another time now; `change_id` is the row of its history."""

    booking_id: int
    ref: str
    change_id: int
    now: dt.datetime
    by: int | None = None


@dataclass(frozen=True, slots=True)
class BookingPartCancelled:
    """Some of its seats or extras were given back."""

    booking_id: int
    ref: str
    change_id: int
    now: dt.datetime
