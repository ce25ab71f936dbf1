"""Every route and who it is for, as a list one reads. A route that is not on it fails: adding one is a decision."""

import pytest
from flask import Flask

from bookapp.web.areas import Audience, audience_of
from tests.builders.booking import a_booking, a_hold
from tests.support.client import Client

# Anyone may come; what is not listed, and whose booking it is not, is not there.
PUBLIC = """
/ /search /at/<slug> /at/<slug>/qr.svg /venues/<slug> /rooms/<slug> /services/<slug> /people/<slug>
/sessions /sessions/<int:session_id> /static/<path:filename>
/hold /checkout/<ref> /checkout/<ref>/extension /checkout/<ref>/release
/checkout/<ref>/code /checkout/<ref>/code/removal /bookings/<ref>/rest /manage/<token>/rest
/bookings /bookings/<ref> /bookings/<ref>/confirmed /bookings/<ref>/cancellation /bookings/<ref>/qr.svg
/bookings/<ref>/move /bookings/<ref>/move/to /bookings/<ref>/move/payment /bookings/<ref>/move/release
/bookings/<ref>/part /bookings/<ref>/calendar.ics /bookings/<ref>/confirmation.pdf
/bookings/<ref>/invoice.pdf /bookings/<ref>/receipt.pdf
/bookings/<ref>/invoices/<int:number>.pdf /bookings/<ref>/credit-notes/<int:number>.pdf /bookings/find /manage/<token>
/payments/return/<uuid:key> /sandbox/pay/<charge_id>
/login /logout /register /register/sent /password/forgotten /password/forgotten/sent /password/reset/<token>
/email/verify/<token> /email/change/<token>
/dev/mail /dev/mail/<name> /dev/mail/<name>/page /dev/mail/<name>/files/<int:number>
"""
SIGNED_IN = """
/account /account/profile /account/email /account/password /account/verification
/account/sign-ins/ending /account/sign-ins/<int:sign_in_id>/ending /favourites /wallet /wallet/gift-cards
"""
# People with a role at a merchant; whose session or booking it is, the views ask the policies.
STAFF = """
/desk /desk/sessions/<int:session_id>/cancellation /desk/bookings/<ref> /desk/bookings/<ref>/goodwill
/desk/statements /desk/statements/<int:statement_id> /desk/statements/<int:statement_id>/payout
/desk/statements/<int:statement_id>.pdf /desk/statements/<int:statement_id>.csv
/desk/terms /desk/terms/new /desk/terms/<int:terms_id> /desk/terms/uses /desk/terms/goodwill
/desk/money /desk/money/cases/<int:case_id> /desk/money/cases/<int:case_id>/decision /desk/money/reconciliation
/desk/prices /desk/prices/new /desk/prices/<int:rule_id> /desk/prices/<int:rule_id>/standing
/desk/codes /desk/codes/coupons /desk/codes/coupons/<int:coupon_id>/ending /desk/codes/tax /desk/codes/tax/removal
/desk/codes/deposits /desk/codes/deposits/<int:rule_id>/removal /desk/gift-cards /desk/gift-cards/<int:card_id>/ending
"""
# No cookie counts here: a signature does, or there is nothing to hide.
MACHINE = "/healthz /readyz /metrics /payments/webhooks/<gateway_name>"

ABOUT_ONE_BOOKING = (
    "/bookings/{ref}", "/bookings/{ref}/confirmed", "/bookings/{ref}/cancellation", "/bookings/{ref}/qr.svg",
    "/bookings/{ref}/calendar.ics", "/bookings/{ref}/confirmation.pdf", "/bookings/{ref}/invoice.pdf",
    "/bookings/{ref}/invoices/1.pdf", "/bookings/{ref}/credit-notes/1.pdf", "/bookings/{ref}/receipt.pdf",
    "/checkout/{ref}", "/bookings/{ref}/move", "/bookings/{ref}/move/to", "/bookings/{ref}/part",
)  # fmt: skip
CHANGES = (
    "/bookings/{ref}/move/to",
    "/bookings/{ref}/move/payment",
    "/bookings/{ref}/move/release",
    "/bookings/{ref}/part",
    "/bookings/{ref}/cancellation",
    "/checkout/{ref}",
    "/checkout/{ref}/extension",
    "/checkout/{ref}/release",
)


def test_each_route_is_for_whom_we_said(app: Flask) -> None:
    declared = {rule.rule: audience_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    said = {
        **dict.fromkeys(PUBLIC.split(), Audience.PUBLIC),
        **dict.fromkeys(SIGNED_IN.split(), Audience.SIGNED_IN),
        **dict.fromkeys(STAFF.split(), Audience.STAFF),
        **dict.fromkeys(MACHINE.split(), Audience.MACHINE),
    }
    assert declared == said


@pytest.mark.parametrize("path", SIGNED_IN.split())
def test_who_is_not_signed_in_is_led_to_the_door(client: Client, path: str) -> None:
    path = path.replace("<int:sign_in_id>", "1")
    answers = [client.open(path, method=method) for method in ("GET", "POST")]
    led = [answer for answer in answers if answer.status_code != 405]
    assert led
    assert all(answer.status_code == 303 and answer.location.startswith("/login?next=") for answer in led)


@pytest.mark.parametrize("path", ABOUT_ONE_BOOKING)
def test_somebody_elses_booking_reads_as_none_at_all(client: Client, path: str) -> None:
    theirs, held = a_booking(), a_hold()
    for ref in (theirs.ref, held.ref, "B7K2QF", "B7K2QF".lower(), "x"):
        assert client.get(path.format(ref=ref)).status_code == 404


@pytest.mark.parametrize("path", CHANGES)
def test_somebody_elses_booking_is_not_changed(client: Client, path: str) -> None:
    held = a_hold()
    answer = client.post(path.format(ref=held.ref), data={"name": "Mallory", "email": "mallory@example.org"})
    assert answer.status_code == 404
