"""A booking that is about to be changed: one's own, or one that somebody of the house serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import seen_by
from bookapp.web.security import current_actor


@dataclass(frozen=True, slots=True)
class Whose:
    """The booking, whether it is the merchant who looks at it, and where its own page is for them."""

    booking: Booking
    by_merchant: bool
    home: str

    @property
    def facts(self) -> dict[str, Any]:
        """What every page of a change says about the booking."""
        return {
            "booking": self.booking,
            "home": self.home,
            "by_merchant": self.by_merchant,
            "told": summary_of(self.booking),
        }


def whose(ref: str) -> Whose:
    """What `current_actor` may see of a booking that could change. Raises NotFound."""
    booking, by_merchant = seen_by(current_actor(), ref)
    home = f"/desk/bookings/{booking.ref}" if by_merchant else f"/bookings/{booking.ref}"
    return Whose(booking, by_merchant, home)
