"""Staff pages of booking: one booking and what staff may do for it, and cancelling a whole session."""

from bookapp.booking.desk_views import bookings, calling_off
from bookapp.booking.desk_views.area import blueprint

__all__ = ["blueprint", "bookings", "calling_off"]
