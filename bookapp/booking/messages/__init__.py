"""What we say about bookings: each function puts one mail into words, and `notifications.actions.send` promises it.

The words are in templates/emails/booking/<mail>/{subject.txt,body.txt,body.html}. Calendar and PDF are only named here;
they are made at delivery, from the booking as it is then.
"""

from bookapp.booking.messages.mails import (
    booking_cancelled,
    booking_confirmed,
    booking_goodwill,
    booking_moved,
    booking_refunded,
    find_my_booking,
    from_house,
    part_cancelled,
    payment_bounced,
    payment_returned,
    payment_wrong,
    rest_overdue,
    rest_paid,
    rest_reminder,
    session_changed,
)
from bookapp.booking.messages.staff import StaffNews, staff_told

__all__ = [
    "StaffNews",
    "booking_cancelled",
    "booking_confirmed",
    "booking_goodwill",
    "booking_moved",
    "booking_refunded",
    "find_my_booking",
    "from_house",
    "part_cancelled",
    "payment_bounced",
    "payment_returned",
    "payment_wrong",
    "rest_overdue",
    "rest_paid",
    "rest_reminder",
    "session_changed",
    "staff_told",
]
