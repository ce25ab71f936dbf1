"""Verbs of booking. One call is one transaction, or joins its caller's."""

from bookapp.booking.actions.at_once import Order, begin_due, book
from bookapp.booking.actions.attending import check_in, correct_attendance, mark
from bookapp.booking.actions.bulk import begin_bulk, bulk_one
from bookapp.booking.actions.calling_off import call_off_one, call_off_session
from bookapp.booking.actions.cancelling import cancel, cancel_for_customer
from bookapp.booking.actions.codes import drop_code, hear_cancelled, return_code, use_code
from bookapp.booking.actions.ending import complete_past, expire_holds, let_go_of_places, let_go_of_seats
from bookapp.booking.actions.following import follow_session, lock_followers, tell_of_session
from bookapp.booking.actions.goodwill import give_goodwill
from bookapp.booking.actions.guests import adopt_guest_bookings, mail_links, open_link, revoke_links
from bookapp.booking.actions.hearing import hear_closed, hear_settled
from bookapp.booking.actions.holding import extend, hold, let_go, reserve
from bookapp.booking.actions.invoicing import hear_for_papers, issue_papers
from bookapp.booking.actions.move_payment import begin_move_payment, let_go_of_move
from bookapp.booking.actions.moving import move
from bookapp.booking.actions.parting import cancel_part
from bookapp.booking.actions.paying import (
    begin_payment,
    check_out,
    confirm_free,
    give_details,
)
from bookapp.booking.actions.refunding import hear_refunded
from bookapp.booking.actions.resting import (
    begin_rest,
    hear_cancelled_with_rest,
    hear_rest_paid,
    promise_reminders,
    remind_rest,
)
from bookapp.booking.actions.serving import book_for_client, take_payment_at_venue, walk_in
from bookapp.booking.actions.telling import hear_for_staff, tell_staff
from bookapp.scheduling.actions.sessions import change_session

__all__ = [
    "Order",
    "adopt_guest_bookings",
    "begin_bulk",
    "begin_due",
    "begin_move_payment",
    "begin_payment",
    "begin_rest",
    "book",
    "book_for_client",
    "bulk_one",
    "call_off_one",
    "call_off_session",
    "cancel",
    "cancel_for_customer",
    "cancel_part",
    "change_session",
    "check_in",
    "check_out",
    "complete_past",
    "confirm_free",
    "correct_attendance",
    "drop_code",
    "expire_holds",
    "extend",
    "follow_session",
    "give_details",
    "give_goodwill",
    "hear_cancelled",
    "hear_cancelled_with_rest",
    "hear_closed",
    "hear_for_papers",
    "hear_for_staff",
    "hear_refunded",
    "hear_rest_paid",
    "hear_settled",
    "hold",
    "issue_papers",
    "let_go",
    "let_go_of_move",
    "let_go_of_places",
    "let_go_of_seats",
    "lock_followers",
    "mail_links",
    "mark",
    "move",
    "open_link",
    "promise_reminders",
    "remind_rest",
    "reserve",
    "return_code",
    "revoke_links",
    "take_payment_at_venue",
    "tell_of_session",
    "tell_staff",
    "use_code",
    "walk_in",
]
