"""A manager fills a room's month with timeslots, sees how far it is, and books in somebody who calls."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.scheduling.actions.hours import add_closure, set_opening_hours
from bookapp.values.timespan import day_span
from tests.builders import a_merchant, a_room, a_venue
from tests.journeys import steps
from tests.journeys.world import ALL_DAY, BERLIN, PASSWORD
from tests.support.browser import assert_accessible, assert_no_sideways_scroll
from tests.support.eventually import eventually
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

# One of the days is a holiday.
DAYS, SLOTS_A_DAY = 31, 48


@pytest.fixture
def room_id(stack: Stack) -> int:
    """A room of a house of one's own, and Mona, who manages its venue."""
    with stack.app.app_context():
        merchant = a_merchant(name="Mona's house")
        venue = a_venue(merchant, name="Ateliers")
        set_opening_hours(SYSTEM, ALL_DAY, venue_id=venue.id)
        room = a_room(venue, name="Kiln room")
        user = create_user(
            name="Mona Voss", email="mona@example.org", username="mona", password=PASSWORD, now=clock.now()
        )
        grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="manager", venue_id=venue.id)
        holiday = first_day() + dt.timedelta(days=10)
        add_closure(SYSTEM, day_span(holiday, "Europe/Berlin"), venue_id=venue.id, reason="Holiday")
        return room.id


def first_day() -> dt.date:
    return clock.now().astimezone(BERLIN).date() + dt.timedelta(days=2)


def test_a_month_of_timeslots_and_a_caller(stack: Stack, page: Page, room_id: int) -> None:
    steps.sign_in(page, "mona")
    page.goto("/desk/places")
    page.get_by_role("row", name=re.compile("Kiln room")).get_by_role("link", name="Timeslots").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kiln room")
    fill_in(page)
    # The preview follows what is typed, and leaves the holiday out.
    wanted = (DAYS - 1) * SLOTS_A_DAY
    expect(page.locator("#preview")).to_contain_text(f"{wanted} new timeslots")
    expect(page.locator("#preview")).to_contain_text("left out: Holiday")
    assert_accessible(page)
    assert_no_sideways_scroll(page)

    bar = page.get_by_role("progressbar", name="Timeslots made")
    with nobody_at_work(stack):  # how far it is stands still, and can be looked at
        page.get_by_role("button", name="Make the timeslots").click()
        expect(bar).to_have_attribute("max", str(wanted))
        page.reload()
        expect(bar).to_have_attribute("value", "0")
        expect(page.get_by_role("main")).to_contain_text(f"0 of {wanted} are there")
    # Nothing is pressed: the page asks by itself until all of them are there.
    runs = page.locator("#runs")
    expect(runs.get_by_text(f"{wanted} new")).to_be_visible(timeout=60_000)
    expect(bar).to_have_count(0)
    count = "SELECT count(*) FROM session WHERE room_id = %s AND on_grid"
    assert eventually(lambda: stack.value(count, room_id), 5) == wanted

    fill_in(page)
    expect(page.locator("#preview")).to_contain_text("0 new timeslots")
    page.get_by_role("button", name="Make the timeslots").click()
    expect(page.get_by_text("Nothing new:")).to_be_visible()
    assert stack.value(count, room_id) == wanted

    book_in(page, stack, room_id)


@contextmanager
def nobody_at_work(stack: Stack) -> Iterator[None]:
    stack.stop("worker")
    try:
        yield
    finally:
        stack.start("worker")


def fill_in(page: Page) -> None:
    first = first_day()
    page.get_by_label("From", exact=True).fill(first.isoformat())
    page.get_by_label("To and including").fill((first + dt.timedelta(days=DAYS - 1)).isoformat())
    page.get_by_label("The first one begins at").fill("8")
    page.get_by_label("The last one ends by").fill("20")
    page.get_by_label("Each lasts").fill("15")
    page.get_by_label("Each lasts").press("Tab")


def book_in(page: Page, stack: Stack, room_id: int) -> None:
    """Somebody calls: two hours of the room, on a day that has timeslots as well."""
    venue = stack.value(
        "SELECT venue.slug FROM venue JOIN room ON room.venue_id = venue.id WHERE room.id = %s", room_id
    )
    page.goto(f"/desk/calendar/new?venue={venue}")
    form = page.locator("#new-booking")
    form.get_by_label("Room").select_option(str(room_id))
    form.get_by_label("Day").fill((first_day() + dt.timedelta(days=3)).isoformat())
    form.get_by_label("From").fill("14:00")
    form.get_by_label("To", exact=True).fill("16:00")
    form.get_by_label("People").fill("4")
    form.get_by_label("Name").fill("Otto Kern")
    form.get_by_label("Email").fill("otto.kern@example.org")
    form.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Otto Kern")
    ref = stack.value("SELECT ref FROM booking WHERE room_id = %s AND state = 'confirmed'", room_id)
    steps.mail_about(stack, "otto.kern@example.org", "Booked", ref)
    page.goto(f"/desk/bookings/{ref}")
    expect(page.get_by_role("main")).to_contain_text("Otto Kern")
