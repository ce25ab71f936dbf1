"""The budget of every page: how many statements it may send when nothing has changed since it was last shown, and how
many kilobytes it may be with 50 rooms and many rows.

To add a page (a page without a line fails): write who asks, then `statements kilobytes path`, the path as Flask writes
it with what is asked for behind it; `{word}` stands for a thing of tests/security/world.py. `->` instead of kilobytes:
the page only leads on. Run `pytest tests/budgets`. A page that became better gets a smaller number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BUDGETS = {
    "nobody": """
 3  20 /
 3  40 /search?what=room&where=Berlin&date={day}&from=10:00&to=12:00&people=2
 2  20 /search?what=session&date={day}
 3  20 /search?what=person&date={day}
 3  40 /search?what=room&date={day}&from=10:00&to=12:00&people=900
 5  35 /at/<slug>
 2   5 /at/<slug>/qr.svg
 4  65 /venues/<slug>
 4  40 /rooms/<slug>?date={day}
 4  30 /rooms/<slug>?view=week&date={day}
 4  25 /rooms/<slug>?view=month&date={day}
 3  15 /services/<slug>
 4  20 /people/<slug>
 4  20 /people/<slug>?date={day}
 6  25 /sessions?date={day}
 6  25 /sessions
 4  15 /sessions/<int:session_id>
 0   5 /live?session={session_id}
 1  10 /login
 1  -> /login/second-step
 1  10 /register
 1   5 /register/sent
 1   5 /password/forgotten
 1   5 /password/forgotten/sent
 1   5 /bookings/find
 2   5 /password/reset/<token>
 2   5 /email/verify/<token>
 2   5 /email/change/<token>
 2   5 /invitations/<token>
 2  -> /manage/<token>
 2  -> /manage/<token>/rest
 5  -> /payments/return/<uuid:key>
 2   5 /sandbox/pay/<charge_id>
 1  -> /checkout/<ref>/code
 1  -> /checkout/<ref>/code/removal
 8  10 /feeds/<token>.ics
 1   5 /uploads/<name>
 1   5 /static/<path:filename>
 1   5 /dev/mail
 1   5 /dev/mail/<name>
 1   5 /dev/mail/<name>/page
 1   5 /dev/mail/<name>/files/<int:number>
 1   5 /healthz
 2   5 /readyz
 2 400 /metrics
 1 175 /api/v1/openapi.json
 1 280 /api/v1/docs
 4  15 /api/v1/rooms
 3 105 /api/v1/rooms/search?date={day}
 2   5 /api/v1/rooms/<int:room_id>
 4  15 /api/v1/rooms/<int:room_id>/timeslots?date={day}
 3   5 /api/v1/rooms/<int:room_id>/availability?date={day}
 9  10 /api/v1/services
 5   5 /api/v1/facilitators
 3   5 /api/v1/facilitators/<int:facilitator_id>/availability
 4  10 /api/v1/sessions
 5   5 /api/v1/sessions/<int:session_id>
""",
    "customer A": """
 6  20 /
 7  40 /search?what=room&where=Berlin&date={day}&from=10:00&to=12:00&people=2
 8  40 /rooms/<slug>?date={day}
 7  15 /sessions/<int:session_id>
 6  20 /bookings
 5  10 /wallet
 4   5 /sell
 5  10 /notifications
 2   5 /notifications/count
 4  10 /account
10  20 /account/security
 6  10 /account/security/app
 5   5 /account/security/app/code.svg
 3  10 /account/security/passkeys/new
 9  10 /account/security/proof/<act>
 9  10 /account/security/proof/<act>/<int:passkey_id>
 4   5 /bookings/feed
 7  10 /checkout/<ref>
18  10 /bookings/<ref>
12  10 /bookings/<ref>/confirmed
16  10 /bookings/<ref>/cancellation
 5  -> /bookings/<ref>/rest
 9   5 /bookings/<ref>/qr.svg
10   5 /bookings/<ref>/calendar.ics
 9  30 /bookings/<ref>/confirmation.pdf
18  10 /bookings/<ref>/move
21  10 /bookings/<ref>/move/to?session={other_session}
 6  -> /bookings/<ref>/part
 6  30 /bookings/<ref>/invoice.pdf
 6  30 /bookings/<ref>/invoices/<int:number>.pdf
 6  25 /bookings/<ref>/credit-notes/<int:number>.pdf
11  30 /bookings/<ref>/receipt.pdf
 6  10 /api/v1/bookings
11   5 /api/v1/bookings/<ref>
 9  30 /api/v1/bookings/<ref>/confirmation.pdf
10   5 /api/v1/bookings/<ref>/calendar.ics
 6  30 /api/v1/bookings/<ref>/invoice.pdf
 3   5 /api/v1/wallet
 4   5 /api/v1/wallet/transactions
""",
    "facilitator A": """
 2  -> /desk
12  10 /desk/day?date={day}
12  10 /desk/week?date={day}
 6  10 /desk/day/gap?facilitator={host}&date={day}
 7  10 /desk/day/<key>/message
 3   5 /desk/live
 7  10 /desk/inbox
 3   5 /desk/inbox/unread
 3   5 /desk/check-in
11   5 /check-in/<ref>
 7  20 /desk/bookings?from={day}
 8  20 /desk/sessions
 8  15 /desk/sessions/new
11  10 /desk/sessions/<int:session_id>/edit
 8  15 /desk/sessions/<int:session_id>/roster
 9  10 /desk/sessions/<int:session_id>/cancellation
 8  10 /desk/clients
 7   5 /desk/clients.csv
11  20 /desk/clients/<int:client_id>?of=_own
 8  20 /desk/hours
 5   5 /desk/feed
 4  10 /desk/profile
 6   5 /api/v1/sessions/<int:session_id>/participants
 5   5 /api/v1/facilitators/<int:facilitator_id>/sessions
 7  10 /api/v1/facilitators/<int:facilitator_id>/bookings
""",
    "owner here": """
12  10 /desk/day?facilitator={host}&date={day}
12  10 /desk/week?facilitator={host}&date={day}
 8  20 /desk/hours?facilitator={host}
 3  -> /desk/calendar
10 110 /desk/calendar?venue={venue_slug}&date={day}&view=week
10  30 /desk/calendar?venue={venue_slug}&date={day}&view=day
10  20 /desk/calendar?venue={venue_slug}&date={day}&view=list
 3   5 /desk/calendar/live?venue={venue_slug}
 6  15 /desk/calendar/new?venue={venue_slug}
15  10 /desk/calendar/bookings/<ref>
12   5 /desk/calendar/bookings/<ref>/move
18  10 /desk/calendar/bookings/<ref>/cancellation
 7  30 /desk/bookings
 7  25 /desk/bookings?q=miriam
 5   5 /desk/bookings.csv
27  20 /desk/bookings/<ref>
13  10 /desk/bookings/<ref>/cancellation
 8  15 /desk/bookings/acts/new?act=cancel&all=1
 6  10 /desk/bookings/acts/<int:bulk_id>
 7  10 /desk/clients
12  10 /desk/clients/<int:client_id>?of={house}
 5  10 /desk/house?merchant={house}
10  10 /desk/beginning?merchant={house}
 9  15 /desk/members?merchant={house}
 7  10 /desk/members/<int:user_id>?merchant={house}
 8  30 /desk/places
 4  50 /desk/venues/new?merchant={house}
 5  55 /desk/venues/<int:venue_id>
 9  20 /desk/venues/<int:venue_id>/hours
 6  15 /desk/rooms/new?venue={venue_id}
 6  15 /desk/rooms/<int:room_id>
10  20 /desk/rooms/<int:room_id>/hours
 9  10 /desk/rooms/<int:room_id>/timeslots
 7  20 /desk/photos/<kind>/<int:thing_id>
 7  10 /desk/services?merchant={house}
 8  20 /desk/services/new?merchant={house}
13  20 /desk/services/<int:service_id>
 9  10 /desk/services/<int:service_id>/questions
 7  10 /desk/people?merchant={house}
 5  40 /desk/people/new?merchant={house}
 6  45 /desk/people/<int:facilitator_id>
 6  10 /desk/addons?merchant={house}
 5  10 /desk/addons/new?merchant={house}
 6  10 /desk/addons/<int:addon_id>
 8  45 /desk/terms?merchant={house}
 4  10 /desk/terms/new?merchant={house}
 5  10 /desk/terms/<int:terms_id>
 9  15 /desk/prices?merchant={house}
 4  10 /desk/prices/new?merchant={house}
10  25 /desk/prices/<int:rule_id>
14  25 /desk/codes?merchant={house}
 6  10 /desk/gift-cards?merchant={house}
 7  10 /desk/money
 7  10 /desk/money/cases/<int:case_id>
 6  10 /desk/statements
 5   5 /desk/statements/<int:statement_id>
 4  25 /desk/statements/<int:statement_id>.pdf
 4   5 /desk/statements/<int:statement_id>.csv
""",
    "admin": """
 7  30 /desk/bookings?from={day}
 8  10 /desk/clients
 7  10 /desk/money
 6  10 /desk/money/reconciliation
12  10 /desk/health
 5  10 /desk/jobs
 5  15 /desk/webhooks
 5  10 /desk/audit
 5  15 /desk/users
 7  10 /desk/users/<int:user_id>
 8  15 /desk/merchants
 9  10 /desk/merchants/<int:merchant_id>
 4  10 /desk/merchants/applications/<int:application_id>
 5  15 /desk/tokens
 6  15 /api/v1/admin/bookings
""",
}
_LEADS_ON = "->"


@dataclass(frozen=True, slots=True)
class Budget:
    """One page as `who` asks for it: a route and its query, as World.ask takes them."""

    who: str
    rule: str
    query: str
    statements: int
    kilobytes: int
    status: int

    def __str__(self) -> str:
        return " ".join(filter(None, (self.who, self.rule, self.query)))


def budgets() -> Iterator[Budget]:
    """The table, line by line. Raises ValueError for a line that is none."""
    for who, lines in BUDGETS.items():
        for line in filter(None, lines.splitlines()):
            statements, size, path = line.split()
            rule, _asked, query = path.partition("?")
            leads_on = size == _LEADS_ON
            yield Budget(
                who,
                rule,
                query.replace("&", " "),
                int(statements),
                1 if leads_on else int(size),
                303 if leads_on else 200,
            )
