"""Every page, on a phone in light and on a desk in dark: nothing that axe-core objects to, nothing too wide."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bookapp.catalog.actions import grant_role
from bookapp.identity.actions import create_user
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from tests.journeys import steps
from tests.journeys.world import World
from tests.support.browser import PHONE, a_window, assert_accessible, assert_no_sideways_scroll, watched
from tests.support.stack import Stack
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.stack]

WIDE = {"width": 1440, "height": 900}
# New colours come in two frames and, where they fade, at the end of that. Not waited for: what turns until an answer is
# there, which never ends, and the frames of a page that is not drawn.
SETTLED = """() => Promise.race([
  new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => Promise.allSettled(
    document.getAnimations()
      .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
      .map((one) => one.finished))),
  new Promise((enough) => setTimeout(enough, 5000)),
])"""
NARROWEST, WIDEST = {"width": 320, "height": 700}, {"width": 1920, "height": 1080}

PAGES: dict[str, Callable[[World], str]] = {
    "home": lambda world: "/",
    "rooms": lambda world: f"/search?what=room&date={world.day}&from=14:00&to=16:00&people=4",
    "rooms, nearly": lambda world: (
        f"/search?what=room&date={world.day}&from=09:00&to=11:00&people=70&amenity=projector"
    ),
    "rooms, nothing": lambda world: "/search?what=room&where=Atlantis",
    "rooms, not understood": lambda world: "/search?date=soon&people=many&from=12:00",
    "seats": lambda world: "/search?what=session",
    "people": lambda world: "/search?what=person",
    "merchant": lambda world: world.merchant,
    "venue": lambda world: world.venue,
    "service": lambda world: world.service,
    "service by appointment": lambda world: world.consulting,
    "room, day": lambda world: f"{world.room}?date={world.day}&from=14:00&to=16:00&people=4",
    "room, taken": lambda world: f"{world.room}?date={world.day}&from=09:00&to=11:00&people=4",
    "room, week": lambda world: f"{world.room}?date={world.day}&view=week",
    "room, month": lambda world: f"{world.room}?date={world.day}&view=month",
    "timetable": lambda world: "/sessions",
    "session": lambda world: world.session,
    "retreat": lambda world: world.retreat,
    "person": lambda world: f"{world.person}?date={world.day}",
    "my bookings, empty": lambda world: "/bookings",
    "find my booking": lambda world: "/bookings/find",
    "sign in": lambda world: "/login",
    "sign up": lambda world: "/register",
    "forgotten password": lambda world: "/password/forgotten",
    "the API": lambda world: "/api/v1/docs",
    "not there": lambda world: "/nowhere",
    "a dead link": lambda world: "/manage/nonsense",
}


@pytest.fixture(scope="module")
def tab(browser: Browser, stack: Stack) -> Iterator[Page]:
    """One tab for all pages: a browser that knows our styles, scripts and letters already shows one twice as soon."""
    context = a_window(browser, stack.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """That tab, with somebody new before it. The test fails if a page complains on its console."""
    tab.context.clear_cookies()
    with watched(tab, request):
        yield tab


def look(page: Page) -> None:
    """As it is, in every size."""
    for colours, size in (("light", PHONE), ("dark", WIDE)):
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        page.set_viewport_size(size)
        # As tall as the page: what stays at the window's edge covers something, until one scrolls.
        page.set_viewport_size(size | {"height": page.evaluate("document.documentElement.scrollHeight")})
        page.evaluate(SETTLED)
        assert_accessible(page)
    for size in (NARROWEST, WIDEST):
        page.set_viewport_size(size)
        assert_no_sideways_scroll(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_anybody_can_open(page: Page, world: World, name: str) -> None:
    page.goto(PAGES[name](world))
    look(page)


def test_the_pages_of_a_booking(stack: Stack, page: Page, world: World) -> None:
    chosen = steps.choose_person(page, world, 14)
    look(page)
    page.get_by_label("Email", exact=False).first.fill("nobody@")
    page.get_by_role("button", name="Pay €70 now").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    look(page)
    ref = steps.check_out(page, chosen, name="Axel Core", email="axe@example.org")
    look(page)
    payment_page = page.url
    steps.answer_as_the_bank(page, "Decline")
    expect(page.get_by_role("alert")).to_be_visible()
    look(page)
    page.goto(payment_page)
    look(page)
    page.goto(f"/checkout/{ref}")
    steps.check_out(page, chosen)
    steps.answer_as_the_bank(page, "^Pay €")
    steps.see_it_confirmed(page, ref)
    look(page)
    for address in ("/bookings", f"/bookings/{ref}", f"/bookings/{ref}/move", f"/bookings/{ref}/cancellation"):
        page.goto(address)
        look(page)
    page.get_by_role("button", name=re.compile("Cancel booking")).click()
    expect(page.get_by_role("main")).to_contain_text("This booking is cancelled.")
    look(page)
    page.goto("/bookings?tab=past")
    look(page)


def test_the_pages_of_somebody_with_an_account(page: Page, world: World) -> None:
    steps.sign_in(page, "tom")
    for address in (
        "/", "/bookings?tab=past", "/account", "/account/security", "/wallet", "/notifications", "/sell",
    ):  # fmt: skip
        page.goto(address)
        look(page)
    steps.choose_seat(page, world, 2)
    look(page)
    page.get_by_role("button", name="Let it go").click()


DESK = (
    "/desk/day", "/desk/check-in", "/desk/calendar",
    "/desk/money", "/desk/money/reconciliation", "/desk/prices", "/desk/prices/new?kind=peak", "/desk/codes",
    "/desk/gift-cards", "/desk/statements", "/desk/terms", "/desk/terms/new", "/desk/bookings?from=2020-01-01",
    "/desk/bookings/acts/new?act=cancel&all=1&from=2020-01-01", "/desk/webhooks", "/desk/health",
    "/desk/jobs?state=done", "/desk/audit", "/desk/tokens", "/desk/users", "/desk/users/1",
    "/desk/members", "/desk/merchants", "/desk/merchants/1", "/desk/beginning",
)  # fmt: skip


def test_the_pages_of_the_desk(stack: Stack, page: Page, world: World) -> None:
    with stack.app.app_context():
        chief = create_user(
            name="Ada Chief", email="ada@example.org", username="ada", password=steps.PASSWORD, now=clock.now()
        )
        grant_role(SYSTEM, user_id=chief.id, merchant_id=stack.value("SELECT min(id) FROM merchant"), role="owner")
    stack.rows("UPDATE user_account SET is_admin = true WHERE username = 'ada'")
    steps.sign_in(page, "ada")
    ref = stack.value("SELECT ref FROM booking WHERE state = 'confirmed' ORDER BY id LIMIT 1")
    of_one_thing = (
        f"/desk/bookings/{ref}",
        f"/desk/bookings/{ref}/cancellation",
        f"/desk{world.retreat}/cancellation",
        f"/check-in/{ref}",
    )
    week = f"/desk/calendar?venue={world.venue.removeprefix('/venues/')}&date={world.day}"
    at_calendar = f"/desk/calendar/bookings/{ref}"
    of_a_venue = (week, f"{week}&view=list", at_calendar, f"{at_calendar}/move", f"{at_calendar}/cancellation",
                  week.replace("calendar?", "calendar/new?"))  # fmt: skip
    name = world.person.removeprefix("/people/")
    of_somebody = tuple(f"/desk/{what}?facilitator={name}&date={world.day}" for what in ("day", "week", "day/gap"))
    slug = world.room.removeprefix("/rooms/")
    room, venue = stack.value("SELECT id FROM room WHERE slug = %s", slug), world.venue.removeprefix("/venues/")
    house = stack.value("SELECT id FROM venue WHERE slug = %s", venue)
    places = ("/desk/places", "/desk/venues/new", f"/desk/rooms/new?venue={house}", f"/desk/photos/room/{room}")
    of_a_place = tuple(f"/desk/{one}{part}" for one in (f"venues/{house}", f"rooms/{room}") for part in ("", "/hours"))
    places = (*places, *of_a_place, f"/desk/rooms/{room}/timeslots")
    for address in (*DESK, *places, *of_one_thing, *of_a_venue, *of_somebody, f"/desk{world.session}/roster"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        look(page)


def test_a_refusal_with_the_nearest_yes(stack: Stack, page: Page, world: World) -> None:
    """The form of a page that was open while somebody else took the time; a day on which no other journey books."""
    day = str(world.day + dt.timedelta(days=1))
    page.goto(f"{world.room}?date={day}&from=20:00&to=21:00&people=4")
    taken = {"kind": "room", "room": "linden", "date": day, "from": "20:00", "to": "21:00", "people": "1"}
    assert Visitor(stack.url).post("/hold", taken).status == 303
    page.get_by_role("button", name=re.compile("Reserve")).click()
    expect(page.get_by_role("heading", name="Instead")).to_be_visible()
    look(page)


def test_the_page_that_says_something_broke(stack: Stack, page: Page, world: World) -> None:
    stack.rows("ALTER TABLE review RENAME TO review_away")
    stack.rows("UPDATE merchant SET name = name")  # what web remembers of reviews counts no more
    try:
        answer = page.goto(world.room)
        assert answer is not None
        assert answer.status == 500
        look(page)
    finally:
        stack.rows("ALTER TABLE review_away RENAME TO review")
