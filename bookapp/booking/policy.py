"""Who may do what to a booking. Whether it is possible at the moment is for `rules`."""

from __future__ import annotations

from bookapp.booking.models import Booking
from bookapp.identity.actor import Actor


def owns(actor: Actor, booking: Booking) -> bool:
    """The customer, the browser that holds it as a guest, or who has the mailed link or the address it went to."""
    if actor.user_id is not None and booking.customer_id == actor.user_id:
        return True
    if (booking.ref, booking.link_version) in actor.links:
        return True
    if not booking.is_guest:
        return False
    if actor.email_verified and booking.confirmed_at is not None and booking.email == actor.email:
        return True
    return actor.visitor is not None and booking.visitor == actor.visitor


def may_cancel(actor: Actor, booking: Booking) -> bool:
    """Its owner; a participant sees it read-only."""
    return owns(actor, booking)


def may_pay(actor: Actor, booking: Booking) -> bool:
    """Its owner."""
    return owns(actor, booking)
