"""A guest opens an account: what was booked before is in it, once the email is theirs beyond doubt."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import steps
from tests.journeys.world import PASSWORD, World
from tests.support.browser import a_window
from tests.support.mailbox import links_in
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

EMAIL = "yuki@example.org"


def test_a_guest_finds_the_booking_in_the_account_opened_afterwards(
    stack: Stack, page: Page, browser: Browser, world: World
) -> None:
    chosen = steps.choose_seat(page, world, 2)
    ref = steps.check_out(page, chosen, name="Yuki Tanaka", email=EMAIL)
    steps.answer_as_the_bank(page, "^Pay €")
    steps.see_it_confirmed(page, ref)
    link = steps.read_the_mail(stack, EMAIL, chosen, ref)

    elsewhere = a_window(browser, stack.url)
    other = elsewhere.new_page()
    not_theirs = other.goto(f"/bookings/{ref}")
    assert not_theirs is not None
    assert not_theirs.status == 404
    other.goto(link)
    expect(other.get_by_role("heading", level=1)).to_have_text(chosen.title)
    elsewhere.clear_cookies()

    other.goto("/register")
    other.get_by_label("Name").fill("Yuki Tanaka")
    other.get_by_label("Email").fill(EMAIL)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Open my account").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Check your mail")
    letter = stack.mailbox.wait_for(EMAIL, "Confirm your email")
    assert stack.value("SELECT customer_id FROM booking WHERE ref = %s", ref) is None
    other.goto(next(link for link in links_in(letter) if "/email/verify/" in link))
    other.get_by_label("Password of your account").fill(PASSWORD)
    other.get_by_role("button", name="Confirm and sign in").click()
    other.goto("/bookings")
    expect(other.get_by_role("main")).to_contain_text(chosen.title)
    other.locator(f"a[href='/bookings/{ref}']").first.click()
    expect(other).to_have_url(re.compile(f"/bookings/{ref}$"))
    elsewhere.close()
