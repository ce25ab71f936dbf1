"""A manager at the calendar of a venue: a booking goes to another room by the mouse and again by keys, a caller is
booked in, pays at the counter and cancels by telephone. What others do meanwhile is seen without a reload."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from bookapp.booking import actions as booking
from bookapp.booking.rules import RoomWish
from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.scheduling.actions.hours import set_opening_hours
from bookapp.values.timespan import Span
from tests.builders import a_merchant, a_room, a_venue, an_addon
from tests.builders.booking import a_booking
from tests.builders.numbers import another
from tests.journeys import steps
from tests.journeys.world import ALL_DAY, BERLIN, PASSWORD
from tests.support.books import assert_balanced
from tests.support.browser import assert_accessible
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Desk:
    """A venue of one's own with two rooms and nobody in them, and the Monday that the journey is about."""

    username: str
    venue: str
    rooms: tuple[int, int]
    monday: dt.date

    @property
    def week(self) -> str:
        """Where it is seen."""
        return f"/desk/calendar?venue={self.venue}&date={self.monday}"

    def at(self, hour: int, day: int = 0) -> dt.datetime:
        """An hour of that week; wall time in Berlin."""
        date = self.monday + dt.timedelta(days=day)
        return dt.datetime.combine(date, dt.time(hour), BERLIN).astimezone(dt.UTC)

    def book(self, stack: Stack, name: str, hour: int, *, room: int = 0, day: int = 0) -> str:
        """Somebody has two hours of a room; the ref."""
        span = Span(self.at(hour, day), self.at(hour, day) + 2 * HOUR)
        with stack.app.app_context():
            return booking.book_for_client(
                SYSTEM, RoomWish(self.rooms[room], span, 4), name=name, email=_mail(name), customer_id=None,
                now=clock.now(), key=f"{self.username}-{name}",
            ).ref  # fmt: skip


@pytest.fixture
def desk(stack: Stack, page: Page) -> Desk:
    """The manager of it is at the browser."""
    username = f"lena-{another()}"
    now = clock.now()
    day = now.astimezone(ZoneInfo("Europe/Berlin")).date()
    with stack.app.app_context():
        merchant = a_merchant(name="Buchenhof")
        venue = a_venue(merchant, name="Buchenhof Nord", zone="Europe/Berlin")
        set_opening_hours(SYSTEM, ALL_DAY, venue_id=venue.id)
        rooms = [a_room(venue, name=name, capacity=seats) for name, seats in (("Esszimmer", 30), ("Stube", 20))]
        an_addon(venue, name="Projector", price_minor=900)
        user = create_user(
            name="Lena Brandt", email=f"{username}@example.org", username=username, password=PASSWORD, now=now
        )
        grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="manager", venue_id=venue.id)
        monday = day + dt.timedelta(days=14 - day.weekday())
        made = Desk(username, venue.slug, (rooms[0].id, rooms[1].id), monday)
    steps.sign_in(page, username)
    return made


def _mail(name: str) -> str:
    return f"{name.split()[0].lower()}@buchenhof.example"


def run_of(page: Page, name: str) -> Locator:
    return page.locator("a.run").filter(has_text=name)


def lane(page: Page, desk: Desk, room: int, day: int = 0) -> Locator:
    date = desk.monday + dt.timedelta(days=day)
    return page.locator(f"[data-room='{desk.rooms[room]}'][data-day='{date}']")


def test_to_another_room_by_the_mouse_and_again_by_keys(stack: Stack, page: Page, desk: Desk) -> None:
    ref = desk.book(stack, "Hartmann Ltd", 10)
    page.goto(desk.week)
    run = run_of(page, "Hartmann Ltd")
    expect(run).to_contain_text("10:00–12:00")
    box, target = run.bounding_box(), lane(page, desk, 1, 1).locator("ol").bounding_box()
    assert box
    assert target
    # Four hours to the right and into the other room of the next day.
    hour = target["width"] / 14
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 2, steps=3)
    page.mouse.move(box["x"] + 10 + 4 * hour, target["y"] + target["height"] / 2, steps=5)
    expect(page.locator(".carried-to")).to_have_text("14:00 Stube")
    page.mouse.up()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move Hartmann Ltd")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Stube, Tue .*14:00–16:00"))
    assert_accessible(page)
    page.get_by_label("Reason").fill("The heating has failed")
    page.get_by_role("button", name="Move it").click()
    moved = lane(page, desk, 1, 1).locator("a.run")
    expect(moved).to_contain_text("14:00–16:00")
    steps.mail_about(stack, _mail("Hartmann"), "Moved", ref)

    moved.focus()
    page.keyboard.press("Space")
    voice = page.get_by_role("status").filter(has_text=re.compile("Picked up: Hartmann Ltd"))
    expect(voice).to_be_attached()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status").filter(has_text=re.compile(r"Tue .*, 14:30, Esszimmer"))).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.locator(".carried-to")).to_have_count(0)
    expect(moved).to_be_focused()
    page.keyboard.press("Space")
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator(".carried-to")).to_have_text("13:00 Esszimmer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Move Hartmann Ltd")
    page.get_by_role("button", name="Move it").press("Enter")
    expect(lane(page, desk, 0, 1).locator("a.run")).to_contain_text("13:00–15:00")


def test_onto_somebody_else_it_says_so_and_where_it_could_go(stack: Stack, page: Page, desk: Desk) -> None:
    desk.book(stack, "Lind Choir", 10)
    desk.book(stack, "Weber Training", 10, room=1)
    page.goto(desk.week)
    run_of(page, "Lind Choir").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("Booked until 12:00")
    expect(page.get_by_label("From", exact=True)).to_have_value("10:00")
    assert_accessible(page)
    refused.get_by_role("link").first.click()
    expect(page.get_by_role("button", name="Move it")).to_be_visible()


def test_a_caller_is_booked_in_pays_and_another_cancels(stack: Stack, page: Page, desk: Desk) -> None:
    page.goto(desk.week)
    lane(page, desk, 0, 2).locator("a.free").click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name="Book for somebody")).to_be_focused()
    assert_accessible(page)
    panel.get_by_label("From", exact=True).fill("16:00")
    panel.get_by_label("To", exact=True).fill("18:00")
    panel.get_by_label("People").fill("6")
    panel.get_by_role("spinbutton", name="Projector").fill("1")
    panel.get_by_label("Name").fill("Costa Family")
    panel.get_by_label("Phone").fill("+49 30 1234567")
    panel.get_by_role("button", name="Book", exact=True).click()
    run = run_of(page, "Costa Family")
    expect(run).to_contain_text("€63 due")
    run.click()
    expect(page.locator("#panel")).to_contain_text("+49 30 1234567")
    page.get_by_role("button", name="€63 paid here").click()
    expect(page.get_by_text("€63.00 of Costa Family are noted as paid.")).to_be_visible()
    expect(run_of(page, "Costa Family")).not_to_contain_text("due")

    # Money out of a till goes back by hand; of what was paid by card the page says how much and sends it itself.
    with stack.app.app_context():
        span = Span(desk.at(9, 4), desk.at(11, 4))
        a_booking(RoomWish(desk.rooms[1], span, 4), now=clock.now(), email="miriam@buchenhof.example")
    page.goto(desk.week)
    run_of(page, "Miriam Okafor").click()
    page.locator("#panel").get_by_role("link", name="Cancel it").click()
    expect(page.get_by_role("main")).to_contain_text("The house cancels: €54.00 back")
    page.get_by_label("The customer asks for it").check()
    page.get_by_label("Reason").fill("Called: the aunt is ill")
    assert_accessible(page)
    page.get_by_role("button", name="Cancel the booking").click()
    expect(page.get_by_text("Cancelled: €40.50 go back.")).to_be_visible()
    expect(run_of(page, "Miriam Okafor")).to_have_count(0)

    # Somebody else books meanwhile: it appears by itself.
    desk.book(stack, "Tariq Aziz", 12, day=3)
    expect(run_of(page, "Tariq Aziz")).to_be_visible(timeout=20_000)
    assert_balanced(stack)
