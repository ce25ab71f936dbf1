"""Reads of the booking feature."""

from bookapp.booking.queries.bookings import (
    active_in_session,
    by_ref,
    cancellation_today,
    check_version,
    companions_of,
    glance,
    listing,
    lock_by_ref,
    mine_by_claims,
    refund_steps,
)
from bookapp.booking.queries.links import manage_url, read_manage_token
from bookapp.booking.queries.plans import Plan, plan, quote
from bookapp.booking.queries.prices import appointment_totals, priced_now, seat_totals
from bookapp.booking.queries.seats import OwnSeat, own_seats
from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish

# Wishes are exported as well: pages below this feature may read its queries, and nothing else of it.
__all__ = [
    "AppointmentWish",
    "OwnSeat",
    "Plan",
    "RoomWish",
    "SeatWish",
    "active_in_session",
    "appointment_totals",
    "by_ref",
    "cancellation_today",
    "check_version",
    "companions_of",
    "glance",
    "listing",
    "lock_by_ref",
    "manage_url",
    "mine_by_claims",
    "own_seats",
    "plan",
    "priced_now",
    "quote",
    "read_manage_token",
    "refund_steps",
    "seat_totals",
]
