"""A facilitator and the people who come: found, tagged, noted, written to and booked in again; a week set by keys."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from bookapp.booking.rules import AppointmentWish
from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.scheduling.actions.hours import set_working_hours
from bookapp.scheduling.rules import Hours
from tests.builders import a_facilitator, a_merchant, a_service, a_user, actor_of
from tests.builders.booking import a_booking
from tests.journeys import steps
from tests.journeys.test_keyboard import Keys
from tests.journeys.world import PASSWORD
from tests.support.browser import PHONE, assert_accessible, assert_no_sideways_scroll
from tests.support.eventually import eventually
from tests.support.mailbox import text_of
from tests.support.stack import Stack
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.stack]

NARROW = {"width": 320, "height": 700}
WIDE = {"width": 1440, "height": 900}


@dataclass(frozen=True)
class Practice:
    """Who hosts, and a client who was there once."""

    username: str
    client_email: str


@pytest.fixture
def practice(stack: Stack, request: pytest.FixtureRequest) -> Practice:
    """A facilitator of one's own, who works round the clock, with two clients."""
    now = clock.now()
    username = f"host-{request.node.name[5:10].strip('_')}"
    with stack.app.app_context():
        merchant = a_merchant(email="hello@practice.example", zone="UTC")
        user = create_user(
            name="Priya Sharma", email=f"{username}@example.org", username=username, password=PASSWORD, now=now
        )
        person = a_facilitator(merchant, name="Priya Sharma", user_id=user.id, zone="UTC")
        grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="facilitator")
        halves = ((dt.time(0), dt.time(12)), (dt.time(12), dt.time(0)))
        set_working_hours(SYSTEM, person.id, [Hours(day, *half) for day in range(7) for half in halves])
        service = a_service(
            merchant, kind="appointment", name="First talk", lengths=((60, 7000),), hosts=[person], online=True
        )
        hannah, tom = (a_user(name=name) for name in ("Hannah Lind", "Tom Alder"))
        start = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
        for number, client in enumerate((hannah, tom)):
            wish = AppointmentWish(service.id, person.id, start + dt.timedelta(hours=3 * number), 60)
            a_booking(wish, actor=actor_of(client), now=now, email=client.email)
        return Practice(username, hannah.email)


def test_a_client_is_found_noted_written_to_and_booked_again(stack: Stack, page: Page, practice: Practice) -> None:
    page.set_viewport_size(PHONE)
    steps.sign_in(page, practice.username)
    page.goto("/desk/clients")
    page.get_by_label("Name or email").fill("hannah")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".clients tbody tr")).to_have_count(1)
    look(page)
    page.get_by_role("link", name="Hannah Lind").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hannah Lind")
    page.get_by_label("New tag").fill("Sleep")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#tags .tag")).to_have_text(["sleep"])
    page.get_by_label("New note").fill("Sleeps four hours.\nStart slowly.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".notes .words")).to_contain_text("Start slowly.")
    look(page)
    page.get_by_label("Subject").fill("Tomorrow")
    page.get_by_label("Message").fill("Please bring a scarf.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your message is on its way.")).to_be_visible()
    (mail,) = eventually(lambda: stack.mailbox.to(practice.client_email, "Tomorrow") or _nothing(), 40)
    assert mail["Reply-To"] == "hello@practice.example"
    assert "Please bring a scarf." in text_of(mail)
    page.get_by_role("link", name="Book again").click()
    expect(page.get_by_text("Booking Hannah Lind in.")).to_be_visible()
    page.locator("a[rel=next], .day-head a[aria-label]").last.click()
    page.locator(".dayline a[data-state=free]").last.click()
    expect(page.get_by_role("textbox", name="Email (optional)")).to_have_value(practice.client_email)
    look(page)
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_text(re.compile("Booked for Hannah Lind"))).to_be_visible()
    page.goto("/desk/clients?tag=sleep")
    expect(page.locator(".clients tbody tr")).to_have_count(1)


def test_a_week_is_set_by_keys_and_read_as_a_calendar(stack: Stack, page: Page, practice: Practice) -> None:
    keys = Keys(page)
    steps.sign_in(page, practice.username)
    page.goto("/desk/hours")
    keys.to("^Sun from, stretch 2")
    keys.press("Control+a", "Delete")
    keys.to("^Sun to, stretch 2")
    keys.press("Control+a", "Delete")
    keys.press("Enter")
    expect(page.get_by_text("Saved. What is booked already stays.")).to_be_visible()
    expect(page.locator("#from-6-0")).to_have_value("00:00")
    expect(page.locator("#from-6-1")).to_have_count(0)
    keys.to("One more stretch on Sun")
    keys.press("Enter")
    expect(page.locator("#from-6-1")).to_be_visible()
    page.locator("#from-6-1").fill("11")
    page.locator("#to-6-1").fill("1")
    page.get_by_role("button", name="Save the week").last.click()
    expect(page.get_by_role("alert")).to_contain_text("This overlaps another stretch of your week.")
    look(page)
    page.goto("/desk/hours")
    day = (clock.now() + dt.timedelta(days=1)).date()
    page.get_by_label("From", exact=True).fill(str(day))
    page.get_by_label("Reason").fill("Holiday")
    page.get_by_role("button", name="Take it off").click()
    expect(page.get_by_text(re.compile("stands? in it, and stays?:"))).to_be_visible()
    look(page)
    for address in ("/desk/profile", "/bookings/feed"):
        page.goto(address)
        look(page)
    page.goto("/desk/feed")
    page.get_by_role("button", name="Make an address").click()
    url = page.get_by_role("textbox", name="Address").input_value()
    look(page)
    answer = Visitor(stack.url).get(url[url.index("/feeds/") :])
    told = [str(event["SUMMARY"]) for event in Calendar.from_ical(answer.text).walk("VEVENT")]
    assert told.count("First talk, Miriam") == 2
    assert "Blocked: Holiday" in told


def look(page: Page) -> None:
    """Nothing axe objects to in either colours, and nothing too wide, on a phone and on a desk."""
    before = page.viewport_size
    for colours, size in (("light", PHONE), ("dark", WIDE)):
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        page.set_viewport_size(size)
        assert_accessible(page)
    page.set_viewport_size(NARROW)
    assert_no_sideways_scroll(page)
    if before is not None:
        page.set_viewport_size(before)


def _nothing() -> None:
    raise AssertionError("no mail has arrived")
