"""Staff pages of booking: the register, one booking and what staff may do for it, calling off a session, add-ons."""

from bookapp.booking.desk_views import (
    addons,
    bookings,
    bulk,
    calendar,
    calendar_booking,
    calendar_moving,
    calendar_new,
    calling_off,
    cancelling,
    editing,
    planning,
    register,
    sessions,
)
from bookapp.booking.desk_views.area import blueprint

__all__ = [
    "addons",
    "blueprint",
    "bookings",
    "bulk",
    "calendar",
    "calendar_booking",
    "calendar_moving",
    "calendar_new",
    "calling_off",
    "cancelling",
    "editing",
    "planning",
    "register",
    "sessions",
]
