"""An owner at the desk: dearer evenings seen before they are saved, and a private service booked by its link."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from bookapp.booking.rules import RoomWish
from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.states import RuleKind
from bookapp.values.timespan import Span, instant_near, wall
from tests.builders import a_service, a_session
from tests.builders.booking import a_booking, an_open_room
from tests.journeys import steps
from tests.support.books import assert_balanced
from tests.support.browser import PHONE, assert_accessible, assert_no_sideways_scroll
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

WIDE = {"width": 1440, "height": 900}


@dataclass(frozen=True)
class House:
    """An owner, a room with evenings 10 % dearer, what was booked in it yesterday, and a class nobody can find yet."""

    login: str
    ref: str
    rule: int
    service: int
    slug: str


@pytest.fixture
def house(stack: Stack, request: pytest.FixtureRequest) -> House:
    """A house of one's own for each journey."""
    now = clock.now()
    login = f"owner-{'link' if 'link' in request.node.name else 'rule'}"
    with stack.app.app_context(), stack.app.test_request_context():
        room = an_open_room(name="Weide")
        merchant = room.venue.merchant
        owner = create_user(
            name="Olga Weide", email=f"{login}@offers.example", username=login, password=steps.PASSWORD, now=now
        )
        grant_role(SYSTEM, user_id=owner.id, merchant_id=merchant.id, role="owner")
        rule = create_price_rule(
            SYSTEM, merchant.id, kind=RuleKind.PEAK, name="Evening",
            parameters={"weekdays": list(range(7)), "from_minute": 18 * 60, "to_minute": 22 * 60, "percent": 10},
        )  # fmt: skip
        evening = instant_near(wall(now, room.venue.zone).date() + dt.timedelta(days=4), dt.time(18), room.venue.zone)
        wish = RoomWish(room.id, Span(evening, evening + dt.timedelta(hours=2)))
        booked = a_booking(wish, now=now - dt.timedelta(days=1), email=f"early-{login}@offers.example")
        service = a_service(merchant, name=f"Quiet circle {login}", lengths=((60, 0),), rooms=[room])
        a_session(service, starts_at=now + dt.timedelta(days=5), room=room, price_minor=0)
        return House(login, booked.ref, rule.id, service.id, service.slug)


def look(page: Page) -> None:
    """Accessible as it is, and no wider than the phone."""
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.set_viewport_size(WIDE)


def test_dearer_evenings_are_seen_before_they_are_saved_and_yesterday_stays(
    stack: Stack, page: Page, house: House
) -> None:
    page.set_viewport_size(WIDE)
    steps.sign_in(page, house.login)
    page.goto(f"/desk/bookings/{house.ref}")
    expect(page.get_by_role("main")).to_contain_text("€59.40")
    page.goto("/desk/prices")
    page.get_by_role("link", name="Evening").click()
    preview = page.locator("#preview")
    page.get_by_label("Dearer or cheaper by").fill("50")
    page.get_by_label("Dearer or cheaper by").press("Tab")
    # An hour of 27.00: as it is on evenings now, and as it would be.
    expect(preview.locator("td.changes").first).to_contain_text("€29.70")
    expect(preview.locator("td.changes").first).to_contain_text("€40.50")
    assert stack.value("SELECT parameters ->> 'percent' FROM price_rule WHERE id = %s", house.rule) == "10"
    look(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Price rules")
    page.goto(f"/desk/bookings/{house.ref}")
    expect(page.get_by_role("main")).to_contain_text("€59.40")
    assert_balanced(stack)


def test_a_private_service_with_a_question_is_booked_by_its_link(stack: Stack, page: Page, house: House) -> None:
    page.set_viewport_size(WIDE)
    steps.sign_in(page, house.login)
    page.goto("/desk/services")
    look(page)
    page.get_by_role("link", name=re.compile("^Quiet circle")).click()
    page.get_by_label("Private:").check()
    page.get_by_role("button", name="Save", exact=True).click()
    link = page.get_by_label("Its link", exact=True).input_value()
    look(page)
    page.get_by_role("link", name="0 questions at checkout").click()
    page.get_by_label("In your words").first.fill("Who told you about us?")
    page.get_by_label("An answer is needed").first.check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("In your words").first).to_have_value("Who told you about us?")
    look(page)
    for address in ("/desk/services/new", "/desk/addons", "/desk/addons/new", "/desk/people", "/desk/people/new",
                    "/desk/house"):  # fmt: skip
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        look(page)
    page.context.clear_cookies()

    address = link[link.index("/services/") :]
    found = page.goto(address.partition("?")[0])
    assert found is not None
    assert found.status == 404
    page.goto(address)
    page.get_by_role("main").get_by_role("link", name=re.compile("^Book ")).click()
    page.get_by_role("button", name=re.compile("Reserve")).click()
    page.get_by_label("Name").fill("Gita Guest")
    page.get_by_label("Email").fill("gita@offers.example")
    page.get_by_role("button", name="Confirm, nothing to pay").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    expect(page.get_by_label("Name")).to_have_value("Gita Guest")
    look(page)
    page.get_by_label("Who told you about us?").fill("My sister")
    page.get_by_role("button", name="Confirm, nothing to pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is yours.")
    ref = page.locator(".ref").inner_text()
    page.goto(f"/bookings/{ref}")
    expect(page.get_by_role("main")).to_contain_text("My sister")
    look(page)
