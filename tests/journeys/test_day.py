"""A facilitator's morning on a phone: who is there, who is not, an hour blocked, a client booked into a gap."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from bookapp.booking import actions as booking
from bookapp.booking.models import Participant
from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import set_working_hours
from bookapp.scheduling.rules import Hours
from tests.builders import a_facilitator, a_merchant, a_service, a_session
from tests.journeys import steps
from tests.journeys.test_keyboard import Keys
from tests.journeys.world import PASSWORD
from tests.support.books import assert_balanced
from tests.support.browser import PHONE, assert_accessible, assert_no_sideways_scroll
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

# Somewhere on earth it is morning: there the facilitator lives, so that the day has hours left whenever this runs.
_ZONES = (
    "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Pacific/Auckland", "Asia/Tokyo",
    "Asia/Kolkata", "Asia/Dubai",
)  # fmt: skip
_PEOPLE = ("Hannah Lind", "Ravi Menon", "Tom Alder")


@dataclass(frozen=True)
class Morning:
    """A class that is on: its roster, and the ref and participant of each of those who booked it."""

    username: str
    zone: ZoneInfo
    refs: dict[str, str]
    participants: dict[str, int]


@pytest.fixture
def morning(stack: Stack, request: pytest.FixtureRequest) -> Morning:
    """A facilitator of one's own, with a class that began ten minutes ago."""
    now = clock.now()
    zone = next(one for one in _ZONES if 5 <= now.astimezone(ZoneInfo(one)).hour <= 15)
    username = f"priya-{request.node.name[5:12].strip('_')}"
    with stack.app.app_context():
        merchant = a_merchant(zone=zone)
        user = create_user(
            name="Dr. Priya Sharma", email=f"{username}@example.org", username=username, password=PASSWORD, now=now
        )
        person = a_facilitator(merchant, name="Dr. Priya Sharma", user_id=user.id)
        grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="facilitator")
        set_working_hours(SYSTEM, person.id, [Hours(day, dt.time(5), dt.time(23)) for day in range(7)])
        a_service(
            merchant, kind="appointment", name="First conversation", lengths=((30, 4500),), hosts=[person], online=True
        )
        service = a_service(merchant, name="Breath and stillness", lengths=((60, 1800),), hosts=[person])
        start = now.replace(second=0, microsecond=0) - dt.timedelta(minutes=10)
        session = a_session(service, facilitator=person, starts_at=start, online=True)
        refs, participants = {}, {}
        for name in _PEOPLE:
            made = booking.book_for_client(
                SYSTEM, SeatWish(session.id), name=name, email=address(name, username),
                customer_id=None, now=now, key=f"{username}-{name}",
            )  # fmt: skip
            refs[name] = made.ref
            participants[name] = db.session.scalars(
                select(Participant.id).where(Participant.booking_id == made.id)
            ).one()
    return Morning(username, ZoneInfo(zone), refs, participants)


def address(name: str, username: str) -> str:
    return f"{name.split()[0].lower()}-{username}@example.org"


def look(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def key_of(page: Page, who: str, mark: str) -> Locator:
    return page.get_by_role("group", name=f"Attendance of {who}").get_by_role("button", name=mark)


def test_a_morning_on_a_phone(stack: Stack, page: Page, morning: Morning) -> None:
    page.set_viewport_size(PHONE)
    steps.sign_in(page, morning.username)
    page.goto("/desk")
    expect(page).to_have_url(re.compile("/desk/day$"))
    expect(page.locator(".now")).to_contain_text("Breath and stillness")
    expect(page.locator(".now")).to_contain_text("0 of 3 arrived")
    look(page)

    # Somebody shows their code: the camera opens this link.
    page.goto(f"/check-in/{morning.refs['Hannah Lind']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hannah Lind")
    look(page)
    page.get_by_role("button", name="Check in").click()
    expect(page.locator(".big-tick")).to_have_text("Checked in")
    page.get_by_role("button", name="Take €18 at the venue").click()
    expect(page.get_by_role("main")).to_contain_text("Everything is paid.")
    look(page)

    page.goto("/desk/day")
    expect(key_of(page, "Hannah Lind", "Arrived")).to_have_attribute("aria-pressed", "true")
    key_of(page, "Ravi Menon", "No-show").click()
    expect(key_of(page, "Ravi Menon", "No-show")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#roster")).to_contain_text("1 of 3 arrived")
    expect(page.locator("#roster")).to_contain_text("No-show: the price is kept (€18). Late: no charge.")

    # A colleague at the door marks somebody: it shows here without a reload.
    with stack.app.app_context():
        booking.mark(SYSTEM, morning.participants["Tom Alder"], "late", now=clock.now())
    expect(key_of(page, "Tom Alder", "Late")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".now")).to_contain_text("2 of 3 arrived")

    in_two_hours = (clock.now() + dt.timedelta(hours=2)).astimezone(morning.zone)
    block(page, f"{in_two_hours.hour:02}:00", f"{in_two_hours.hour + 1:02}:00")
    look(page)
    expect(page.locator(".dayline")).to_contain_text("Blocked: Dentist")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".dayline")).not_to_contain_text("Blocked: Dentist")

    page.locator(".dayline a[data-state=free]").first.click()
    look(page)
    page.get_by_role("main").get_by_label("Name").fill("Ines Costa")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator(".dayline")).to_contain_text("First conversation, Ines Costa")
    page.goto("/desk/week")
    expect(page.get_by_role("link", name=re.compile("Ines Costa"))).to_be_visible()
    look(page)
    assert_balanced(stack)


def block(page: Page, start: str, end: str) -> None:
    page.get_by_role("link", name="Block time").click()
    page.locator("#block-from").fill(start)
    page.get_by_label("To", exact=True).fill(end)
    page.get_by_label("What for").fill("Dentist")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page).to_have_url(re.compile("/desk/day"))


def test_marks_and_a_message_by_keys_alone(stack: Stack, page: Page, morning: Morning) -> None:
    steps.sign_in(page, morning.username)
    page.goto("/desk/day")
    keys = Keys(page)
    keys.to("^Running late")
    keys.press("Enter")
    keys.to("^10 min")
    keys.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("3 people are told that you are 10 minutes late.")
    for name in _PEOPLE:
        stack.mailbox.wait_for(address(name, morning.username), "10 minutes late")
    page.goto("/desk/day")
    keys.to("^Arrived")
    keys.press("Enter")
    expect(key_of(page, "Hannah Lind", "Arrived")).to_have_attribute("aria-pressed", "true")
    keys.to("^Late")
    keys.press("Space")
    expect(key_of(page, "Hannah Lind", "Late")).to_have_attribute("aria-pressed", "true")
