"""Which role is answered what by which route. Nobody reaches anything that is not written down here.

To add a route (a route without a row fails, and so does a row without a route):

1. Find its audience (anyone and programs stand in outside.py), then the group whose line of answers fits, or write a
   new group with a comment that says why.
2. Add the method and the route as Flask writes it: `POST /desk/codes/coupons`. GET answers HEAD as well.
3. Fields of a form, or of a query, stand behind it: `merchant={house} act=off`. Send so much that the role decides:
   who may enter may be told 400, 409 or 422, but a form that is refused before the role was asked proves nothing.
4. A new placeholder, or `{word}` in a form, needs a thing of this house in `world.py` (`facts`).
5. Run `pytest tests/security`; a failure shows the line that was seen. Change the table only if that is what we want.

Answers: `+` let in (also to be told 400, 409, 422) · `d` led to the door (303 to /login; a program gets 401)
· `-` known, but not allowed: 403 · `0` not there, as if it did not exist: 404. Who is refused changes nothing.

Who: nobody · customers A B · facilitators A B · managers of this venue, of another of the house · owners of this house,
of another · admin · somebody disabled, who owned this house. A is who booked, and who hosts what was booked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bookapp.web.areas import Audience
from tests.security.outside import OUTSIDE


@dataclass(frozen=True, slots=True)
class Row:
    """One route, and what each of `world.PEOPLE` gets there."""

    audience: Audience
    method: str
    rule: str
    form: str
    answers: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.rule, self.form)))


MATRIX: Mapping[Audience, str] = OUTSIDE | {
    Audience.SIGNED_IN: """
# One's own account: the address names nobody, so everybody meets themselves.
d ++ ++ ++ ++ + d
    GET /account
    POST /account/profile
    POST /account/email
    POST /account/password
    POST /account/verification
    POST /account/sign-ins/ending
    POST /account/sign-ins/others/ending
    GET /account/security
    GET /account/security/app
    POST /account/security/app  password=x
    POST /account/security/app/confirmation  code=123456
    GET /account/security/passkeys/new
    POST /account/security/passkeys  name=Phone
    POST /account/security/passkeys/options  name=Phone
    POST /account/security/challenge
    GET /sell
    POST /sell  name=House
    POST /favourites  kind=room slug={room_slug} keep=yes
    GET /wallet
    POST /wallet/gift-cards
    GET /bookings/feed
    POST /bookings/feed
    POST /bookings/feed/removal

    GET /notifications
    GET /notifications/count
    POST /notifications/mail  bookings=off
    POST /notifications/reading

    POST /api/v1/auth/logout
    GET /api/v1/bookings
    GET /api/v1/wallet
    GET /api/v1/wallet/transactions

# Who booked it, and who serves it; to everybody else it is not there.
d +0 +0 +0 +0 + d
    GET /api/v1/bookings/<ref>
    GET /api/v1/bookings/<ref>/confirmation.pdf
    GET /api/v1/bookings/<ref>/calendar.ics
    GET /api/v1/bookings/<ref>/invoice.pdf
    PUT /api/v1/bookings/<ref>/reschedule  session_id={session_id}
    POST /api/v1/bookings/<ref>/cancel  reason=Sorry
    POST /api/v1/payments/verify  payment_id={key}

# Only who booked it pays for it, and says what it was like.
d +0 00 00 00 0 d
    POST /api/v1/payments/initiate  booking_ref={ref}
    POST /api/v1/reviews  booking_ref={ref} stars=5

# Somebody's sign-in, and their second factors.
d +0 00 00 00 0 d
    GET /account/security/app/code.svg
    GET /account/security/proof/<act>
    POST /account/security/proof/<act>  password=x
    GET /account/security/proof/<act>/<int:passkey_id>
    POST /account/security/proof/<act>/<int:passkey_id>  password=x
    POST /account/sign-ins/<int:sign_in_id>/ending
    POST /account/programs/<uuid:family>/ending
""",
    Audience.STAFF: """
# The desk has a place for everyone who works for a house.
d -- ++ ++ ++ + d
    GET /desk

# One's own day, or a choice of people; the form that finds a code finds only what one serves.
d -- ++ ++ ++ + d
    GET /desk/day
    GET /desk/week
    GET /desk/check-in
# Somebody's day: their own, and for who runs the house everybody's.
d -- +0 ++ +0 + d
    GET /desk/day  facilitator={host}
    GET /desk/week  facilitator={host}
    GET /desk/day/gap  facilitator={host}
# Without a name it is one's own time, and who hosts nothing has none.
d -- ++ 00 00 0 d
    POST /desk/day/block  from=10:00 to=11:00
    POST /desk/day/booking  from=10:00 name=Tom what=1:50
d -- +0 00 00 0 d
    POST /desk/day/block/<int:closure_id>/removal

# Everyone who works for a house has a register: what is in it, `served_by` says.
d -- ++ ++ ++ + d
    GET /desk/bookings
    GET /desk/bookings.csv
    GET /desk/bookings/acts/new  act=cancel
    POST /desk/bookings/acts  act=message reason=Hello

# What became of an act on many bookings: for who began it, and admins.
d -- 00 00 +0 + d
    GET /desk/bookings/acts/<int:bulk_id>

# One's own news: the address names nobody.
d -- ++ ++ ++ + d
    GET /desk/live
    GET /desk/inbox/unread

# Who hosts has an inbox.
d -- ++ 00 00 0 d
    GET /desk/inbox
    POST /desk/inbox/reading
d -- +0 00 00 0 d
    POST /desk/inbox/<int:notification_id>/reading

# Everyone who works for a house has a list of their own sessions, and may plan more of them.
d -- ++ ++ ++ + d
    GET /desk/sessions
    GET /desk/sessions/new
    POST /desk/sessions/new

# Who hosts it, who runs the venue, who owns the house.
d -- +0 +0 +0 + d
    GET /desk/sessions/<int:session_id>/edit
    POST /desk/sessions/<int:session_id>/edit  act=save
    GET /desk/bookings/<ref>
    GET /desk/bookings/<ref>/cancellation
    POST /desk/bookings/<ref>/cancellation
    POST /desk/bookings/<ref>/payment  reason=Asked
    GET /desk/sessions/<int:session_id>/cancellation
    POST /desk/sessions/<int:session_id>/cancellation
    GET /desk/sessions/<int:session_id>/roster
    POST /desk/sessions/<int:session_id>/walk-in  name=Ravi
    POST /desk/attendance/<int:participant_id>  attendance=arrived
    POST /desk/bookings/<ref>/attendance  came=yes reason=Seen
    POST /desk/check-in/<ref>
    POST /desk/check-in/<ref>/payment  reason=Asked
    GET /desk/day/<key>/message
    POST /desk/day/<key>/message  words=Hello
    POST /desk/day/<key>/late  minutes=5

    GET /api/v1/sessions/<int:session_id>/participants
    POST /api/v1/sessions/<int:session_id>/attendance  participant_id={participant_id} attendance=arrived
    PUT /api/v1/facilitators/<int:facilitator_id>/sessions/<int:session_id>  version=1 capacity=20
    DELETE /api/v1/facilitators/<int:facilitator_id>/sessions/<int:session_id>

# A manager sees what is at their own venue of what somebody of the house hosts.
d -- +0 ++ +0 + d
    GET /api/v1/facilitators/<int:facilitator_id>/sessions
    GET /api/v1/facilitators/<int:facilitator_id>/bookings

# A list of what one serves, whatever that is.
d -- ++ ++ ++ + d
    GET /api/v1/admin/bookings

# Venues and rooms are known to all; who runs this one may add to it.
d -- -- +- +- + d
    POST /api/v1/admin/rooms  venue_id={venue_id} name=Attic type=meeting capacity=4 rate={price}
    POST /api/v1/admin/timeslots/generate  room_id={room} start_date=2026-12-01 end_date=2026-12-01

# What is done with money that did not arrive is for those who run the house or the platform.
d -- -0 -0 +0 + d
    POST /desk/bookings/<ref>/refunds/<int:refund_id>/retry

# The calendar of a venue: its manager, the owner. Without a name it is the first of one's own.
d -- 00 ++ ++ + d
    GET /desk/calendar
d -- 00 +0 +0 + d
    GET /desk/calendar  venue={venue_slug}
    GET /desk/calendar/live  venue={venue_slug}
    GET /desk/calendar/new  venue={venue_slug}
    POST /desk/calendar/new  venue={venue_slug} room={room} name=Tom phone=+4930123456

# One booking of it: also for who hosts it, as on its own page.
d -- +0 +0 +0 + d
    GET /desk/calendar/bookings/<ref>
    POST /desk/calendar/bookings/<ref>/payment  reason=Here
    GET /desk/calendar/bookings/<ref>/move
    POST /desk/calendar/bookings/<ref>/move  reason=Asked
    GET /desk/calendar/bookings/<ref>/cancellation
    POST /desk/calendar/bookings/<ref>/cancellation  by=house reason=Ill

# A facilitator sees the booking, and has no goodwill to give.
d -- -0 +0 +0 + d
    POST /desk/bookings/<ref>/goodwill  amount=1 reason=Sorry

# Every manager of the house may look at prices and terms; only its owner changes them.
d -- 00 ++ +0 + d
    GET /desk/terms  merchant={house}
    GET /desk/prices  merchant={house}
    GET /desk/codes  merchant={house}
    GET /desk/gift-cards  merchant={house}
    GET /desk/services  merchant={house}
    GET /desk/people  merchant={house}
    GET /desk/addons  merchant={house}
    GET /desk/house  merchant={house}
d -- 00 -- +0 + d
    GET /desk/services/new  merchant={house}
    POST /desk/services/new  merchant={house} name=Flow kind=session
    GET /desk/people/new  merchant={house}
    POST /desk/people/new  merchant={house} name=Ravi
    GET /desk/addons/new  merchant={house}
    POST /desk/addons/new  merchant={house} name=Flipchart
    POST /desk/house  merchant={house} name=Ours
    POST /desk/terms/goodwill  merchant={house} limit=50
    POST /desk/terms/uses  merchant={house}
    GET /desk/prices/new  merchant={house}
    POST /desk/prices/new  merchant={house} kind=weekend name=Weekend percent=10
    POST /desk/codes/coupons  merchant={house} code=SUMMER percent=10
    POST /desk/codes/coupons/<int:coupon_id>/ending  merchant={house}
    POST /desk/codes/deposits  merchant={house} percent=30
    POST /desk/codes/deposits/<int:rule_id>/removal  merchant={house}
    POST /desk/codes/tax  merchant={house} name=VAT percent=19
    POST /desk/codes/tax/removal  merchant={house}
    POST /desk/gift-cards  merchant={house} amount=10
    POST /desk/gift-cards/<int:card_id>/ending  merchant={house}

# What only an owner opens is not there for the others of the house.
d -- 00 00 +0 + d
    GET /desk/services/<int:service_id>
    POST /desk/services/<int:service_id>  name=Flow
    POST /desk/services/<int:service_id>/link
    GET /desk/services/<int:service_id>/questions
    POST /desk/services/<int:service_id>/questions  words-0=Allergies?
    GET /desk/people/<int:facilitator_id>
    POST /desk/people/<int:facilitator_id>  name=Ravi
    GET /desk/addons/<int:addon_id>
    POST /desk/addons/<int:addon_id>  name=Flipchart
    GET /desk/terms/new  merchant={house}
    POST /desk/terms/new  merchant={house} name=Gentle
    GET /desk/terms/<int:terms_id>
    POST /desk/terms/<int:terms_id>
    GET /desk/prices/<int:rule_id>
    POST /desk/prices/<int:rule_id>
    POST /desk/prices/<int:rule_id>/standing  act=off
    GET /desk/money/cases/<int:case_id>
    POST /desk/money/cases/<int:case_id>/decision  decision=close note=Seen
    GET /desk/statements/<int:statement_id>
    GET /desk/statements/<int:statement_id>.pdf
    GET /desk/statements/<int:statement_id>.csv

# Venues and rooms: their manager and their owner; what is said of a venue only the owner changes.
d -- 00 ++ ++ + d
    GET /desk/places
d -- 00 +0 +0 + d
    GET /desk/venues/<int:venue_id>
    GET /desk/rooms/new  venue={venue_id}
    POST /desk/rooms/new  venue={venue_id} name=Attic
    GET /desk/rooms/<int:room_id>
    POST /desk/rooms/<int:room_id>  name=Attic
    POST /desk/rooms/<int:room_id>/listing  act=unlist
    GET /desk/venues/<int:venue_id>/hours
    POST /desk/venues/<int:venue_id>/hours  act=save
    POST /desk/venues/<int:venue_id>/closures  first=soon
    GET /desk/rooms/<int:room_id>/hours
    POST /desk/rooms/<int:room_id>/hours  act=save
    POST /desk/rooms/<int:room_id>/closures  first=soon
    POST /desk/closures/<int:closure_id>/removal
    GET /desk/photos/<kind>/<int:thing_id>
    POST /desk/photos/<kind>/<int:thing_id>  alt=Tables
    POST /desk/photos/<int:photo_id>  alt=Tables
    POST /desk/photos/<int:photo_id>/place  act=later
    POST /desk/photos/<int:photo_id>/removal
    GET /desk/rooms/<int:room_id>/timeslots
    POST /desk/rooms/<int:room_id>/timeslots  act=make first=soon
d -- 00 -0 +0 + d
    POST /desk/venues/<int:venue_id>  name=House
    POST /desk/venues/<int:venue_id>/listing  act=unlist
d -- 00 -- +0 + d
    GET /desk/venues/new  merchant={house}
    POST /desk/venues/new  merchant={house} name=House

# Who works for a house: its managers look, its owner changes; a house's first steps are its owner's.
d -- 00 ++ +0 + d
    GET /desk/members  merchant={house}
d -- 00 -- +0 + d
    POST /desk/members/invitations  merchant={house} email=new@example.org role=owner
    POST /desk/members/invitations/<int:invitation_id>/renewal
    POST /desk/members/invitations/<int:invitation_id>/withdrawal
    GET /desk/members/<int:user_id>  merchant={house}
    POST /desk/members/<int:user_id>  merchant={house} act=remove
    GET /desk/beginning  merchant={house}
    POST /desk/beginning/venue  merchant={house} name=House
    POST /desk/beginning/room  merchant={house} name=Attic
    POST /desk/beginning/hours  merchant={house} opens=9
    POST /desk/beginning/terms  merchant={house} terms={terms_id}

# Lists of what one owns; the other owner sees theirs.
d -- 00 00 ++ + d
    GET /desk/money
d -- -- -- ++ + d
    GET /desk/statements

# Customers: a facilitator's own, those of one's venues, of one's house, anybody's. Nobody without one sees a list.
d -- ++ ++ ++ + d
    GET /desk/clients
    GET /desk/clients.csv
d -- 00 +0 +0 + d
    GET /desk/clients/<int:client_id>  of={house}

# What a facilitator writes down about a client, or to them, is nobody else's, whatever they run.
d -- +0 00 00 0 d
    GET /desk/clients/<int:client_id>  of=_own
    POST /desk/clients/<int:client_id>/tags  tag=knee
    POST /desk/clients/<int:client_id>/tags/removal  tag=knee
    POST /desk/clients/<int:client_id>/notes  text=Slowly
    POST /desk/clients/<int:client_id>/notes/<int:note_id>/removal
    POST /desk/clients/<int:client_id>/messages  subject=Hello words=You
    POST /desk/hours/time-off/<int:closure_id>/removal

# Somebody's hours: their own, and for the owner of their house everybody's.
d -- +0 00 +0 + d
    GET /desk/hours  facilitator={host}

# One's own hours, profile and feed: the address names nobody, and who does not host has none.
d -- ++ 00 00 0 d
    GET /desk/hours
    POST /desk/hours  act=save
    POST /desk/hours/time-off  first=soon
    GET /desk/feed
    POST /desk/feed
    POST /desk/feed/removal
    GET /desk/profile
    POST /desk/profile  years=3

# The platform's money.
d -- 00 00 -0 + d
    POST /desk/statements/<int:statement_id>/payout
d -- 00 00 00 + d
    GET /desk/money/reconciliation
    POST /desk/money/reconciliation
""",
    Audience.ADMIN: """
# The platform as a whole.
d -- -- -- -- + d
    GET /desk/health
    GET /desk/jobs
    POST /desk/jobs/retry
    GET /desk/webhooks
    POST /desk/webhooks/<int:event_id>/retry
    GET /desk/audit
    GET /desk/users
    GET /desk/users/<int:user_id>
    POST /desk/users/<int:user_id>/standing  act=sign_out reason=Lost
    GET /desk/merchants
    GET /desk/merchants/<int:merchant_id>
    POST /desk/merchants/<int:merchant_id>/standing  act=close reason=Asked
    GET /desk/merchants/applications/<int:application_id>
    POST /desk/merchants/applications/<int:application_id>/decision  act=approve


# Who runs the platform.
d -- -- -- -- + d
    GET /desk/tokens
    POST /desk/tokens  name=Kiosk
    POST /desk/tokens/<int:token_id>/revocation
""",
}


def rows() -> Iterator[Row]:
    """The table, row by row. Raises ValueError for a line that is neither a comment, answers, nor a route."""
    for audience, table in MATRIX.items():
        answers = ""
        for line in table.splitlines():
            words = line.split()
            if not words or words[0] == "#":
                continue
            if not line.startswith(" "):
                answers = "".join(words)
                continue
            method, rule, *form = words
            yield Row(audience, method, rule, " ".join(form), answers)
