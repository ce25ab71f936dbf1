"""A booking that is about to be changed: one's own, or one that somebody of the house serves."""

from __future__ import annotations

from dataclasses import dataclass

from bookapp.booking import queries
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_serve
from bookapp.booking.queries.desk import booking_at_desk
from bookapp.values.errors import NotFound
from bookapp.web.security import current_actor


@dataclass(frozen=True, slots=True)
class Whose:
    """The booking, whether it is the merchant who looks at it, and where its own page is for them."""

    booking: Booking
    by_merchant: bool
    home: str


def whose(ref: str) -> Whose:
    """What `current_actor` may see of a booking that could change. Raises NotFound."""
    actor = current_actor()
    try:
        booking = queries.by_ref(ref, visible_to_actor=actor)
    except NotFound:
        booking = booking_at_desk(ref)
        if not may_serve(actor, booking):
            raise
        return Whose(booking, True, f"/desk/bookings/{booking.ref}")
    return Whose(booking, False, f"/bookings/{booking.ref}")
