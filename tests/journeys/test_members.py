"""A new merchant from the application to the first sale in one sitting; somebody invited who comes by the letter."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.infra import clock
from tests.builders import a_venue
from tests.journeys import steps
from tests.journeys.world import PASSWORD
from tests.support.browser import a_window, assert_accessible
from tests.support.mailbox import links_in
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]
HOUSE = "Atelier Lyon"
PARIS = ZoneInfo("Europe/Paris")


@contextmanager
def another_browser(browser: Browser, stack: Stack) -> Iterator[Page]:
    """Somebody else's."""
    context = a_window(browser, stack.url)
    yield context.new_page()
    context.close()


def an_account(stack: Stack, name: str, **facts: bool) -> User:
    """Somebody who signs in with PASSWORD, by their name in small letters."""
    username = name.lower()
    with stack.app.app_context():
        return create_user(
            name=name, email=f"{username}@example.org", username=username, password=PASSWORD, now=clock.now(), **facts
        )


def link_in_the_mail(stack: Stack, email: str, subject: str, path: str) -> str:
    """Where the letter leads."""
    return next(link for link in links_in(stack.mailbox.wait_for(email, subject)) if path in link)


def test_a_new_merchant_sells_in_one_sitting(stack: Stack, page: Page, browser: Browser) -> None:
    an_account(stack, "Chief", is_admin=True)
    an_account(stack, "Colette")
    steps.sign_in(page, "colette")
    page.goto("/")
    page.get_by_role("contentinfo").get_by_role("link", name="Sell here").click()
    page.get_by_label("Name of your house").fill(HOUSE)
    page.get_by_label("What you offer").fill("A studio under the roof.")
    page.get_by_label("City").fill("Lyon")
    page.get_by_label("Country").select_option("FR")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("Time zone").select_option("Europe/Paris")
    assert_accessible(page)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("main")).to_contain_text("We are looking at it")

    with another_browser(browser, stack) as office:
        steps.sign_in(office, "chief")
        office.goto(link_in_the_mail(stack, "chief@example.org", HOUSE, "/desk/merchants/applications/"))
        expect(office.get_by_role("heading", level=1)).to_have_text(HOUSE)
        assert_accessible(office)
        office.get_by_role("button", name="Approve").click()
        expect(office.get_by_text("Approved", exact=True)).to_be_visible()

    page.goto(link_in_the_mail(stack, "colette@example.org", "can sell on Bookapp", "/desk/beginning"))
    expect(page.get_by_role("main")).to_contain_text("There is no venue yet.")
    assert_accessible(page)
    now = page.locator("[aria-current=step]")
    expect(now.get_by_label("City")).to_have_value("Lyon")
    now.get_by_label("Street and number").fill("Rue du Four 1")
    now.get_by_role("button", name="Make the place").click()
    now.get_by_label("Name").fill("Studio under the roof")
    now.get_by_label("Type").select_option("studio")
    now.get_by_label("People").fill("6")
    now.get_by_label("An hour costs").fill("20")
    now.get_by_role("button", name="Make the room").click()
    now.get_by_label("Sat").check()
    now.get_by_label("Sun").check()
    now.get_by_label("From").fill("8")
    now.get_by_label("Until").fill("22:00")
    now.get_by_role("button", name="Open").click()
    expect(page.get_by_role("main")).to_contain_text("You can sell.")
    assert_accessible(page)
    door = page.locator(".steps a[href^='/at/']").first.get_attribute("href")
    assert door is not None

    day = clock.now().astimezone(PARIS).date() + dt.timedelta(days=5)
    with another_browser(browser, stack) as guest:
        guest.goto(door)
        guest.get_by_role("link", name=HOUSE).first.click()
        guest.get_by_role("link", name="Studio under the roof").first.click()
        guest.goto(f"{guest.url.partition('?')[0]}?date={day}&from=14:00&to=16:00&people=4")
        guest.get_by_role("button", name=re.compile("Reserve €40")).click()
        starts_at = dt.datetime.combine(day, dt.time(14), PARIS)
        chosen = steps.Chosen("Studio under the roof", starts_at, starts_at + dt.timedelta(hours=2), "€40", "€30")
        ref = steps.check_out(guest, chosen, name="Greta Guest", email="greta@example.org")
        steps.answer_as_the_bank(guest, "^Pay €")
        steps.see_it_confirmed(guest, ref)

    page.goto("/desk")
    page.get_by_role("link", name="Bookings", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Greta Guest")


def test_somebody_invited_comes_by_the_letter(stack: Stack, page: Page, browser: Browser) -> None:
    email = "nelly@example.org"
    boss = an_account(stack, "Bruno")
    with stack.app.app_context():
        venue = a_venue(name="Hof Drei")
        grant_role(SYSTEM, user_id=boss.id, merchant_id=venue.merchant_id, role="owner")
    steps.sign_in(page, boss.email)
    page.goto("/desk/members")
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("As", exact=True).select_option(label=f"Manager of {venue.name}")
    assert_accessible(page)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("listitem").filter(has_text=email)).to_contain_text("good until")

    with another_browser(browser, stack) as other:
        other.goto(link_in_the_mail(stack, email, "Work with", "/invitations/"))
        assert_accessible(other)
        register(stack, other, "Nelly", email)
        expect(other.get_by_role("heading", level=1)).to_contain_text("Work with")
        other.get_by_role("button", name="Accept").click()
        other.goto("/desk/places")
        expect(other.get_by_role("main")).to_contain_text(venue.name)

    page.reload()
    expect(page.get_by_role("row").filter(has_text=email)).to_contain_text(f"Manager of {venue.name}")


def register(stack: Stack, page: Page, name: str, email: str) -> None:
    """From the invitation to an account, and by its letter back to the invitation."""
    page.get_by_role("link", name="Open an account").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open my account").click()
    page.goto(link_in_the_mail(stack, email, "Confirm your email", "/email/verify/"))
    page.get_by_label("Password of your account").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and sign in").click()
