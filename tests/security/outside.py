"""The rows of the matrix (matrix.py says how they are written) for whom nobody lets in: anyone, and programs."""

from __future__ import annotations

from bookapp.web.areas import Audience

OUTSIDE: dict[Audience, str] = {
    Audience.PUBLIC: """
# Anyone may come: what is on offer, and the ways in.
+ ++ ++ ++ ++ + +
    GET /
    GET /search
    GET /at/<slug>
    GET /at/<slug>/qr.svg
    GET /venues/<slug>
    GET /rooms/<slug>
    POST /rooms/<slug>
    GET /services/<slug>
    GET /people/<slug>
    GET /sessions
    GET /sessions/<int:session_id>
    GET /live  session={session_id}
    GET /api/v1/openapi.json
    GET /api/v1/docs
    GET /static/<path:filename>
    GET /uploads/<name>
    POST /hold  session={session_id}
    GET /login
    POST /login
    POST /logout
    GET /login/second-step
    POST /login/second-step  code=123456
    POST /login/second-step/options
    POST /login/passkey
    POST /login/passkey/options
    POST /acting/ending
    GET /register
    POST /register
    GET /register/sent
    GET /password/forgotten
    POST /password/forgotten
    GET /password/forgotten/sent
    GET /bookings
    GET /bookings/find
    POST /bookings/find

# The same for programs; a token is not needed, and one that is no good is refused.
+ ++ ++ ++ ++ + d
    GET /api/v1/rooms
    GET /api/v1/rooms/search
    GET /api/v1/rooms/<int:room_id>
    GET /api/v1/rooms/<int:room_id>/timeslots
    GET /api/v1/rooms/<int:room_id>/availability
    GET /api/v1/services
    GET /api/v1/facilitators
    GET /api/v1/facilitators/<int:facilitator_id>/availability
    GET /api/v1/sessions
    GET /api/v1/sessions/<int:session_id>

# The address itself is the secret: a link out of a mail, or a key that only a payment page knows.
+ ++ ++ ++ ++ + +
    GET /password/reset/<token>
    POST /password/reset/<token>
    GET /email/verify/<token>
    POST /email/verify/<token>
    GET /email/change/<token>
    POST /email/change/<token>
    GET /manage/<token>
    GET /manage/<token>/rest
    GET /feeds/<token>.ics
    GET /payments/return/<uuid:key>
    GET /sandbox/pay/<charge_id>
    POST /sandbox/pay/<charge_id>

    GET /invitations/<token>
    POST /invitations/<token>/leaving

# It is for the address it was sent to, and for nobody else who has the link.
d -- -- -- -- - d
    POST /invitations/<token>

# The post of a demonstration, where it is kept.
+ ++ ++ ++ ++ + +
    GET /dev/mail
    GET /dev/mail/<name>
    GET /dev/mail/<name>/page
    GET /dev/mail/<name>/files/<int:number>

# Led back to the checkout, which then asks whose it is.
+ ++ ++ ++ ++ + +
    GET /checkout/<ref>/code
    GET /checkout/<ref>/code/removal

# The code on a booking: who does not serve it is led on to its own page, and learns nothing.
+ ++ ++ ++ ++ + +
    GET /check-in/<ref>

# A booking is its customer's.
0 +0 00 00 00 0 0
    GET /checkout/<ref>
    POST /checkout/<ref>
    POST /checkout/<ref>/code  code=WINTER
    POST /checkout/<ref>/code/removal
    POST /checkout/<ref>/extension
    POST /checkout/<ref>/release
    GET /bookings/<ref>
    GET /bookings/<ref>/confirmed
    GET /bookings/<ref>/cancellation
    POST /bookings/<ref>/cancellation
    GET /bookings/<ref>/rest
    POST /bookings/<ref>/rest
    POST /bookings/<ref>/move/payment
    GET /bookings/<ref>/qr.svg
    GET /bookings/<ref>/calendar.ics
    GET /bookings/<ref>/confirmation.pdf

# Who serves it at the desk may change it as well, and see its papers.
0 +0 +0 +0 +0 + 0
    GET /bookings/<ref>/move
    GET /bookings/<ref>/move/to
    POST /bookings/<ref>/move/to
    POST /bookings/<ref>/move/release
    GET /bookings/<ref>/part
    POST /bookings/<ref>/part
    GET /bookings/<ref>/invoice.pdf
    GET /bookings/<ref>/invoices/<int:number>.pdf
    GET /bookings/<ref>/credit-notes/<int:number>.pdf
    GET /bookings/<ref>/receipt.pdf

# A guest books without a token; a bad one is refused all the same.
+ ++ ++ ++ ++ + d
    POST /api/v1/bookings  session_id={session_id} email=guest@example.org
""",
    Audience.MACHINE: """
# No cookie counts here: a signature does, or there is nothing to hide.
+ ++ ++ ++ ++ + +
    GET /healthz
    GET /readyz
    GET /metrics
    POST /payments/webhooks/<gateway_name>

# A token does.
d dd dd dd dd d d
    POST /notify

# What is in the body proves who asks.
+ ++ ++ ++ ++ + +
    POST /api/v1/auth/register
    POST /api/v1/auth/login
    POST /api/v1/auth/refresh
""",
}
