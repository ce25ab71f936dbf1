"""An account's whole life in a real browser, with a real worker and a real mail server."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import DESKTOP, PHONE, assert_accessible, assert_no_sideways_scroll
from tests.support.mailbox import links_in
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

EMAIL = "ann.journey@example.org"
FIRST, SECOND = "quiet lake at noon", "seven green bottles"


def look(page: Page) -> None:
    """Accessible, and fitting a phone and a desk."""
    assert_accessible(page)
    for size in ({"width": 320, "height": 700}, PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert_no_sideways_scroll(page)


def path_in_mail(stack: Stack, subject: str, beginning: str, *, count: int = 1) -> str:
    """The path of the link in the newest letter about `subject`."""
    (link,) = [link for link in links_in(stack.mailbox.wait_for(EMAIL, subject, count=count)) if beginning in link]
    assert link.startswith(stack.url)
    return link.removeprefix(stack.url)


def test_an_account_from_its_first_letter_to_its_last(stack: Stack, page: Page) -> None:
    page.goto("/login?next=/search")
    look(page)
    page.get_by_role("link", name="Open an account").click()
    look(page)
    page.get_by_label("Name").fill("Ann Journey")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill("password1")
    page.get_by_role("button", name="Open my account").click()
    expect(page.locator("form.sheet .error")).to_contain_text("Many people use this one")
    look(page)
    page.get_by_label("Password").fill(FIRST)
    page.get_by_role("button", name="Open my account").click()
    expect(page.locator("h1")).to_have_text("Check your mail")
    look(page)

    page.goto(path_in_mail(stack, "Confirm your email", "/email/verify/"))
    look(page)
    page.get_by_label("Password of your account").fill(FIRST)
    page.get_by_role("button", name="Confirm and sign in").click()
    expect(page).to_have_url(re.compile(r"/search$"))

    page.goto("/account")
    expect(page.get_by_text("Confirmed")).to_be_visible()
    look(page)
    page.get_by_text("Change my email").click()
    page.get_by_text("Change my password").click()
    look(page)
    page.get_by_role("link", name="Second factor and sign-ins").click()
    look(page)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.locator("#toasts")).to_contain_text("signed out everywhere")

    page.get_by_role("link", name="Forgotten your password?").click()
    look(page)
    page.get_by_label("Email of your account").fill(EMAIL)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.locator("h1")).to_have_text("Check your mail")
    look(page)
    reset = path_in_mail(stack, "Set a new password", "/password/reset/")
    page.goto(reset)
    look(page)
    page.get_by_label("New password").fill(SECOND)
    page.get_by_role("button", name="Set it and sign in").click()
    page.goto("/account")
    expect(page.locator("h1")).to_have_text("Account and security")
    stack.mailbox.wait_for(EMAIL, "Your password was changed")
    page.goto(reset)
    expect(page.get_by_role("link", name="Ask for a new link")).to_be_visible()
    look(page)
