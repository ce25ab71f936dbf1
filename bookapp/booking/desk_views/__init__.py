"""Staff pages of booking: the register, one booking and what staff may do for it, cancelling a whole session."""

from bookapp.booking.desk_views import (
    bookings,
    bulk,
    calling_off,
    cancelling,
    editing,
    planning,
    register,
    sessions,
)
from bookapp.booking.desk_views.area import blueprint

__all__ = ["blueprint", "bookings", "bulk", "calling_off", "cancelling", "editing", "planning", "register", "sessions"]
