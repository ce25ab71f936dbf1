"""To a dearer hour and to a cheaper one, in a real browser: what the page says beforehand is what happens."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from bookapp.booking.queries import manage_url
from bookapp.booking.rules import RoomWish
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.states import RuleKind
from bookapp.values.timespan import Span, wall
from tests.builders.booking import a_booking, an_open_room
from tests.journeys import steps
from tests.support.books import assert_balanced
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

EMAIL = "mover@example.org"
TEN = dt.time(10)


@pytest.fixture
def booked(stack: Stack, page: Page) -> tuple[str, dt.datetime]:
    """Two hours at ten, in ten days, and weekends that cost a quarter more; the browser has the mailed link."""
    now = clock.now()
    with stack.app.app_context(), stack.app.test_request_context():
        room = an_open_room(name="Esche")
        zone = room.venue.zone
        day = wall(now + dt.timedelta(days=10), zone).date()
        monday = day + dt.timedelta(days=7 - day.weekday())
        start = dt.datetime.combine(monday, TEN, wall(now, zone).tzinfo).astimezone(dt.UTC)
        create_price_rule(
            SYSTEM, room.venue.merchant_id, kind=RuleKind.WEEKEND, name="Weekend +25 %", parameters={"percent": 25}
        )
        booking = a_booking(RoomWish(room.id, Span(start, start + dt.timedelta(hours=2))), now=now, email=EMAIL)
        link, ref = manage_url(booking), booking.ref
    page.goto(link[link.index("/manage/") :])
    return ref, start


def choose(page: Page, ref: str, day: str, words: str) -> None:
    """From the booking to the calendar, and there the time at ten of that day, with its difference."""
    page.goto(f"/bookings/{ref}")
    page.get_by_role("link", name="Move", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move Esche")
    of_day = page.locator(".move-week section").filter(has=page.locator(f"time[datetime='{day}']"))
    of_day.get_by_role("link", name=re.compile("^10:00")).click()
    expect(page.locator(".from-to")).to_contain_text(words)


def test_to_a_dearer_hour_and_back_to_a_cheaper_one(stack: Stack, page: Page, booked: tuple[str, dt.datetime]) -> None:
    ref, start = booked
    saturday = (start + dt.timedelta(days=5)).date().isoformat()
    choose(page, ref, saturday, "+€13.50")
    page.get_by_role("button", name="Move, pay €13.50").click()
    expect(page.get_by_text("This is a sandbox.")).to_be_visible()
    page.goto(f"/bookings/{ref}")
    expect(page.get_by_text("A move waits for its payment.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Pay €13.50")).click()
    steps.answer_as_the_bank(page, "^Pay €")
    expect(page).to_have_url(re.compile(f"/bookings/{ref}$"))
    expect(page.locator(".ticket .when")).to_contain_text("Saturday")
    steps.mail_about(stack, EMAIL, "Moved", ref)

    choose(page, ref, (start + dt.timedelta(days=4)).date().isoformat(), "−€13.50")
    page.get_by_role("button", name=re.compile("^Move, €10.1[23] back$")).click()
    expect(page).to_have_url(re.compile(f"/bookings/{ref}$"))
    expect(page.locator(".ticket .when")).to_contain_text("Friday")
    expect(page.get_by_role("main")).to_contain_text("−€13.50, of which €10.1")
    assert_balanced(stack)
