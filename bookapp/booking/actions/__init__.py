"""Verbs of booking. One call is one transaction, or joins its caller's."""

from bookapp.booking.actions.cancelling import cancel
from bookapp.booking.actions.ending import complete_past, expire_holds, let_go_of_places, let_go_of_seats
from bookapp.booking.actions.guests import adopt_guest_bookings, mail_links, open_link, revoke_links
from bookapp.booking.actions.hearing import hear_closed, hear_settled
from bookapp.booking.actions.holding import extend, hold, let_go
from bookapp.booking.actions.paying import (
    begin_payment,
    check_out,
    confirm_free,
    give_details,
)
from bookapp.booking.actions.refunding import hear_refunded

__all__ = [
    "adopt_guest_bookings",
    "begin_payment",
    "cancel",
    "check_out",
    "complete_past",
    "confirm_free",
    "expire_holds",
    "extend",
    "give_details",
    "hear_closed",
    "hear_refunded",
    "hear_settled",
    "hold",
    "let_go",
    "let_go_of_places",
    "let_go_of_seats",
    "mail_links",
    "open_link",
    "revoke_links",
]
