"""A facilitator with a phone: a session moved, a series over a clock change, a retreat called off with its refunds."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.scheduling.actions.sessions import create_session
from bookapp.values.timespan import Span, instant_near, wall
from tests.builders import a_facilitator, a_room, a_service
from tests.builders.booking import a_booking, an_open_room
from tests.journeys import steps
from tests.journeys.test_pages import look
from tests.support.books import assert_balanced
from tests.support.browser import PHONE
from tests.support.eventually import eventually
from tests.support.losses import forget_leases
from tests.support.mailbox import text_of
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

BERLIN = "Europe/Berlin"
LOGIN = "priya-of-sessions"
SEATS = 12
SECONDS = 60


@dataclass(frozen=True)
class House:
    """What the journeys are about: ids, and the day after the clocks change."""

    session: int
    retreat: int
    refs: tuple[str, ...]
    monday: dt.date


def after_the_clock_change() -> dt.date:
    """The day after the next change that is at least a month away."""
    day = clock.now().date() + dt.timedelta(days=31)
    noon = dt.time(12)
    while (instant_near(day, noon, BERLIN) - instant_near(day - dt.timedelta(days=1), noon, BERLIN)).days == 1:
        day += dt.timedelta(days=1)
    return day + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def house(stack: Stack) -> House:
    """A class with one person in it, a full retreat, and something in the way of a series."""
    now = clock.now()
    with stack.app.app_context(), stack.app.test_request_context():
        room = an_open_room(name="Lotus")
        merchant = room.venue.merchant
        user = create_user(
            name="Priya Sharma", email="priya@sessions.example", username=LOGIN, password=steps.PASSWORD, now=now
        )
        grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="facilitator")
        host = a_facilitator(merchant, name="Priya Sharma", user_id=user.id)
        service = a_service(
            merchant, name="Slow flow", hosts=[host], rooms=[room, a_room(room.venue, name="Small Lotus")]
        )
        monday, day = after_the_clock_change(), now.date() + dt.timedelta(days=9)

        def hour(on: dt.date, clock_: str) -> Span:
            start = instant_near(on, dt.time.fromisoformat(clock_), BERLIN)
            return Span(start, start + dt.timedelta(hours=1))

        def make(span: Span, **facts: object) -> int:
            made = create_session(
                SYSTEM, service.id, span=span, now=now, facilitator_id=host.id, **{"room_id": room.id} | facts
            )  # type: ignore[arg-type]
            return int(made.id)

        session = make(hour(day, "09:00"))
        a_booking(SeatWish(session, 1), now=now, email="mover@sessions.example")
        make(hour(monday, "09:30"), title="Evening talk")
        first = hour(day + dt.timedelta(days=20), "16:00")
        parts = [("Arriving", first), ("Leaving", first.moved(dt.timedelta(days=2)))]
        retreat = make(Span(first.start, parts[1][1].end), parts=parts, title="Three quiet days", price_minor=28000)
        refs = tuple(
            a_booking(SeatWish(retreat, 1), now=now, email=f"guest{n}@sessions.example").ref for n in range(SEATS)
        )
        return House(session, retreat, refs, monday)


@pytest.fixture
def desk(page: Page, house: House) -> Page:
    """Priya's phone, signed in."""
    page.set_viewport_size(PHONE)
    steps.sign_in(page, LOGIN)
    return page


def test_a_session_at_another_time_and_a_series_over_the_clock_change(stack: Stack, desk: Page, house: House) -> None:
    desk.goto("/desk/sessions")
    look(desk)
    desk.set_viewport_size(PHONE)
    desk.locator(f"a[href='/desk/sessions/{house.session}/edit']").click()
    preview = desk.locator("#preview")
    expect(preview).to_contain_text("1 person will be told")
    desk.get_by_label("Begins at").fill("10:30")
    desk.get_by_label("Begins at").press("Tab")
    expect(preview.locator(".meets")).to_contain_text("Free")
    look(desk)
    desk.set_viewport_size(PHONE)
    desk.get_by_label("Why").fill("The floor is polished in the morning.")
    desk.get_by_role("button", name="Save and tell everybody").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Sessions")
    expect(desk.get_by_text("1 person is told")).to_be_visible()
    mail = stack.mailbox.wait_for("mover@sessions.example", "Changed", timeout=SECONDS)
    assert "The floor is polished in the morning." in text_of(mail)
    make_a_series(desk, house)
    made = stack.rows(
        "SELECT starts_at, title FROM session WHERE starts_at >= %s AND title = 'Slow flow' AND state = 'scheduled'"
        " ORDER BY starts_at",
        instant_near(house.monday - dt.timedelta(days=10), dt.time(0), BERLIN),
    )
    walls = [wall(row["starts_at"], BERLIN) for row in made]
    assert [f"{at:%H:%M}" for at in walls] == ["09:00"] * 4
    assert len({at.utcoffset() for at in walls}) == 2, "before and after the clock change"
    assert house.monday not in {at.date() for at in walls}


def make_a_series(page: Page, house: House) -> None:
    """Five Mondays around the change; on one of them she is somewhere else, and sees it before anything is written."""
    page.get_by_role("link", name="New session").click()
    page.locator("#day").fill((house.monday - dt.timedelta(days=7)).isoformat())
    page.get_by_label("How often").select_option(label="Every week")
    for box in page.locator("#weekdays input:checked").all():
        box.uncheck()
    page.locator(f"#weekdays input[value='{house.monday.weekday()}']").check()
    page.get_by_label("Until").fill((house.monday + dt.timedelta(days=21)).isoformat())
    page.get_by_label("Until").press("Tab")
    dates = page.locator("table.dates tbody tr")
    expect(dates).to_have_count(5)
    expect(dates.nth(1)).to_contain_text("Clash")
    expect(dates.nth(1)).to_contain_text("Evening talk, 09:30 to 10:30")
    expect(page.locator("#preview")).to_contain_text("4 of 5 dates are chosen.")
    look(page)
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Put on the timetable").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    expect(page.get_by_text("4 sessions are on the timetable.")).to_be_visible()


def test_a_retreat_called_off_with_twelve_refunds_while_the_worker_dies(stack: Stack, desk: Page, house: House) -> None:
    desk.goto("/desk/sessions")
    row = desk.locator(".planned li").filter(has_text="Three quiet days")
    expect(row).to_contain_text("12 of 12 seats")
    row.get_by_role("link", name="Cancel").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Cancel Three quiet days?")
    stack.stop("worker")
    desk.get_by_role("button", name="Cancel session, €3,360.00 back").click()
    progress = desk.locator("#progress")
    expect(progress).to_contain_text("12")
    stack.start("worker")
    done = "SELECT count(*) FROM booking WHERE ref = ANY(%s) AND state = 'cancelled'"
    eventually(lambda: stack.value(done, list(house.refs)) > 0, SECONDS)
    stack.kill("worker")
    forget_leases(stack)
    stack.start("worker")
    expect(progress).to_contain_text("Everybody has been told and paid back.", timeout=4 * SECONDS * 1000)
    expect(progress.locator("progress")).to_have_attribute("value", str(SEATS))
    expect(progress).to_contain_text(re.compile("€3,360.00"))
    look(desk)
    sent = stack.rows(
        "SELECT s.amount_minor FROM sandbox_refund s JOIN refund r ON r.key = s.key"
        " JOIN payment p ON p.id = r.payment_id WHERE p.reference = ANY(%s) AND r.state = 'processed'",
        list(house.refs),
    )
    assert [row["amount_minor"] for row in sent] == [28000] * SEATS
    assert_balanced(stack, SECONDS)
