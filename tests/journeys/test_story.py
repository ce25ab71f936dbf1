"""An admin finds a refund that failed, sends it again, and reads the whole story of its booking on one page."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from bookapp.booking.rules import RoomWish
from bookapp.identity.actions import create_user
from bookapp.infra import clock
from bookapp.values.timespan import Span
from tests.builders import a_merchant, a_room, a_venue
from tests.builders.booking import a_booking, always_open
from tests.journeys import steps
from tests.support.books import assert_balanced
from tests.support.browser import PHONE, assert_accessible, assert_no_sideways_scroll
from tests.support.eventually import eventually
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

EMAIL, LOGIN = "stuck@example.org", "olga"


@pytest.fixture(scope="module")
def ref(stack: Stack) -> str:
    """A paid booking in a house of its own, and an admin who does not belong to it."""
    now = clock.now()
    start = (now + dt.timedelta(days=9)).replace(hour=10, minute=0, second=0, microsecond=0)
    with stack.app.app_context():
        create_user(name="Olga Admin", email="olga@example.org", username=LOGIN, password=steps.PASSWORD, now=now)
        room = a_room(always_open(a_venue(a_merchant())))
        made: str = a_booking(
            RoomWish(room.id, Span(start, start + dt.timedelta(hours=2)), 2), now=now, email=EMAIL
        ).ref
    stack.rows(f"UPDATE user_account SET is_admin = true WHERE username = '{LOGIN}'")
    return made


def refunds(stack: Stack, ref: str) -> list[str]:
    """Their states, oldest first."""
    of_booking = f"JOIN payment ON payment.id = payment_id WHERE reference = '{ref}' ORDER BY refund.id"
    return [row["state"] for row in stack.rows(f"SELECT refund.state AS state FROM refund {of_booking}")]


def wait_for_refunds(stack: Stack, ref: str, *states: str) -> None:
    """Until the worker has been at them."""
    eventually(lambda: refunds(stack, ref) == list(states), 40)


def look(page: Page) -> None:
    """On a phone as well."""
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_failed_refund_is_found_sent_again_and_the_story_read(stack: Stack, page: Page, ref: str) -> None:
    charge = f"(SELECT provider_id FROM payment WHERE reference = '{ref}')"
    # The provider will not have it: to it this charge was never paid.
    stack.rows(f"UPDATE sandbox_charge SET state = 'failed' WHERE id = {charge}")
    steps.sign_in(page, LOGIN)
    page.goto("/desk/bookings")
    page.get_by_role("searchbox", name="Find a booking").fill(ref)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(ref)
    page.get_by_role("link", name="Cancel it").click()
    page.get_by_label("Why").fill("Water in the cellar")
    look(page)
    page.get_by_role("button", name="Cancel booking, €54 back").click()
    wait_for_refunds(stack, ref, "failed")

    page.goto("/desk/money?kind=refund_failed")
    row = page.get_by_role("row").filter(has_text=ref)
    row.get_by_role("link").first.click()
    page.get_by_role("main").get_by_role("link", name=ref).first.click()
    money = page.get_by_role("region", name="Payments and refunds")
    expect(money).to_contain_text("Failed")
    look(page)
    stack.rows(f"UPDATE sandbox_charge SET state = 'paid' WHERE id = {charge}")
    money.get_by_label("Note").fill("The provider had lost the charge for an hour.")
    money.get_by_role("button", name="Send it again").click()
    wait_for_refunds(stack, ref, "failed", "processed")

    page.reload()
    expect(money).to_contain_text("went in its place")
    expect(money.get_by_role("button", name="Send it again")).to_have_count(0)
    story = page.get_by_role("region", name="What happened")
    for words in ("Held", "Payment arrived", "Cancelled", "Override", "Water in the cellar",
                  "Refund failed", "Put before a person", "Refund sent again", "The provider had lost the charge",
                  "Olga Admin", "Refund sent"):  # fmt: skip
        expect(story).to_contain_text(words)
    said = page.get_by_role("region", name="Messages")
    for words in ("Confirmation", "Cancellation", "Refund sent", EMAIL):
        expect(said).to_contain_text(words)
    look(page)
    page.goto("/desk/money?kind=refund_failed")
    expect(page.get_by_role("main")).not_to_contain_text(ref)
    page.goto("/desk/audit?only=override")
    expect(page.get_by_role("row").filter(has_text=ref)).to_contain_text(re.compile("Water in the cellar"))
    steps.mail_about(stack, EMAIL, "on its way back to you", ref)
    assert_balanced(stack)
