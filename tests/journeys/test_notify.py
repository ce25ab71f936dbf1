"""News reaches a page that is open: from another program, and from a booking made elsewhere."""

from __future__ import annotations

import datetime as dt
import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from bookapp.booking.rules import AppointmentWish, SeatWish
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.crm.actions.tokens import make_token
from bookapp.identity.actor import SYSTEM
from bookapp.identity.passwords import hashed
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.live import VISITORS
from bookapp.infra.parts import Part
from bookapp.infra.processes import free_port
from bookapp.infra.supervisor import WEB_PROCESSES, command_for, wait_until_ready
from bookapp.infra.turns import STREAMS
from config import ROOT
from tests.builders import a_facilitator, a_service, a_session, a_user, actor_of, works
from tests.builders.booking import a_booking, a_hold, a_wish, an_open_room
from tests.crm.hosts import Host, a_host
from tests.journeys.test_pages import look
from tests.support.browser import PHONE
from tests.support.eventually import eventually
from tests.support.stack import Stack
from tests.support.staff import PASSWORD
from tests.support.visitor import Visitor
from tests.support.watchers import watching

pytestmark = [pytest.mark.journey, pytest.mark.stack]


@pytest.fixture(scope="module")
def crm(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The CRM in a process of its own, of the same image; the worker tells that one. Answers its log."""
    folder = tmp_path_factory.mktemp("crm")
    port = free_port()
    environment = {name: value for name, value in stack.environment.items() if not name.startswith("COV")}
    web = Part("crm", command_for("web", port=port), ROOT, environment | {"PORT": str(port)}, folder / "crm.log")
    told = environment | {"CRM_NOTIFY_URL": f"http://127.0.0.1:{port}/notify"}
    worker = Part("worker", command_for("worker"), ROOT, told, folder / "worker.log")
    stack.stop("worker")
    try:
        web.start()
        worker.start()
        wait_until_ready([web, worker], f"http://127.0.0.1:{port}/healthz")
        yield folder / "crm.log"
    finally:
        worker.stop()
        web.stop()
        stack.start("worker")


@pytest.fixture
def host(stack: Stack) -> Host:
    with stack.app.app_context():
        return a_host()


@pytest.fixture
def class_id(stack: Stack, host: Host) -> int:
    """A class of theirs next week."""
    with stack.app.app_context():
        house = db.session.get_one(Merchant, host.merchant.id)
        person = db.session.get_one(Facilitator, host.person.id)
        start = clock.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=7)
        return int(a_session(a_service(house, hosts=[person]), starts_at=start, facilitator=person).id)


def open_inbox(page: Page, host: Host) -> None:
    page.goto("/login?next=/desk/inbox")
    page.get_by_label("Email or username").fill(host.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    page.evaluate("window.neverLoadedAgain = true")


def notify(stack: Stack, token: str, body: dict[str, object]) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)) as connection:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/notify", json.dumps(body), headers)
        return connection.getresponse().status


def test_a_program_tells_and_the_open_page_shows_it(stack: Stack, page: Page, host: Host) -> None:
    with stack.app.app_context():
        token = make_token(SYSTEM, name="Studio kiosk", merchant_id=host.merchant.id, key=f"kiosk-{host.person.id}")
    open_inbox(page, host)
    expect(page.get_by_role("main")).to_contain_text("Nothing yet")
    body = {"booking_id": 101, "user": "Bhavin", "event": "Meditation Retreat", "facilitator_id": host.person.id}
    assert [notify(stack, token, body) for _ in range(2)] == [201, 200]
    line = page.get_by_role("listitem").filter(has_text="Meditation Retreat")
    expect(line).to_contain_text("Bhavin")
    expect(line).to_contain_text("from Studio kiosk")
    count = page.locator("#inbox-unread")
    expect(count).to_have_text("1 not read")
    look(page)
    line.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_role("main")).to_contain_text("Everything is read")
    expect(count).to_be_empty()
    assert page.evaluate("window.neverLoadedAgain"), "nothing of this was a new page"


def test_a_booking_made_elsewhere_appears_on_the_open_page(
    stack: Stack, page: Page, crm: Path, host: Host, class_id: int
) -> None:
    page.set_viewport_size(PHONE)
    open_inbox(page, host)
    with stack.app.app_context():
        booking = a_booking(SeatWish(class_id), now=clock.now(), email="guest@example.org")
        ref, title = booking.ref, booking.title
    line = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=ref))
    expect(line).to_contain_text(title, timeout=30_000)
    expect(line).to_contain_text("Booked")
    assert page.evaluate("window.neverLoadedAgain")
    calls = [row for row in map(json.loads, crm.read_text().splitlines()) if row.get("path") == "/notify"]
    assert [row["status"] for row in calls] == [201], "the worker told the other process, once"
    line.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def test_the_bell_rings_on_the_open_page(stack: Stack, page: Page, class_id: int) -> None:
    with stack.app.app_context():
        customer = a_user(password_hash=hashed(PASSWORD))
    page.goto("/login?next=/notifications")
    page.get_by_label("Email or username").fill(customer.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("main")).to_contain_text("Nothing yet")
    with stack.app.app_context():
        a_booking(SeatWish(class_id), actor=actor_of(customer), now=clock.now(), email=customer.email)
    expect(page.locator("#notices").get_by_role("listitem")).to_have_count(1)
    look(page)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)


def test_what_is_taken_changes_under_the_eyes_of_who_looks(stack: Stack, page: Page, class_id: int) -> None:
    with stack.app.app_context():
        customer = a_user(password_hash=hashed(PASSWORD))
        room, day = (
            an_open_room(),
            clock.now().replace(hour=12, minute=0, second=0, microsecond=0) + dt.timedelta(days=5),
        )
        person = a_facilitator()
        works(person)
        service = a_service(
            person.merchant, kind="appointment", hosts=[person], lengths=((60, 7000),), online=True, step_minutes=60
        )
    page.goto(f"/login?next=/sessions/{class_id}")
    page.get_by_label("Email or username").fill(customer.email)
    page.get_by_label("Password").fill(PASSWORD)
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url) if "/live" in request.url else None)
    page.get_by_role("button", name="Sign in").click()
    box, seats = page.locator("#reserve"), page.get_by_role("spinbutton", name="Seats")
    expect(box).to_contain_text("12 of 12 left")
    seats.fill("3")
    seats.blur()
    expect(box).to_contain_text("Reserve €48")
    seats.focus()
    page.evaluate("window.neverLoadedAgain = true")
    with stack.app.app_context():
        a_booking(SeatWish(class_id), actor=actor_of(customer), now=clock.now(), email=customer.email)
    expect(box).to_contain_text("11 of 12 left")
    expect(seats).to_have_value("3")
    expect(seats).to_be_focused()
    expect(page.locator("#bell-count")).to_have_text("1 not read")
    assert page.evaluate("window.neverLoadedAgain")
    assert {url.partition("ago")[0].rstrip("&?") for url in streams if f"session={class_id}" in url} == {
        f"{stack.url}/live?session={class_id}"
    }, "one connection for the seats and the bell"
    local = day.astimezone(ZoneInfo("Europe/Berlin"))
    page.goto(f"/rooms/{room.slug}?date={local:%Y-%m-%d}&from={local:%H:%M}&to={local.hour + 2}:00&people=2")
    reserve = page.locator("#book").get_by_role("button", name="Reserve")
    expect(reserve).to_be_visible()
    with stack.app.app_context():
        a_hold(a_wish(room, start=day), now=clock.now())
    expect(reserve).to_have_count(0)
    expect(page.locator("#calendar").get_by_role("status")).not_to_be_empty()
    page.goto(f"/people/{person.slug}?date={local:%Y-%m-%d}")
    free = page.locator("#times a.slot")
    expect(free).not_to_have_count(0)
    left = free.count() - 1
    with stack.app.app_context():
        a_hold(AppointmentWish(service.id, person.id, day, 60), now=clock.now())
    expect(free).to_have_count(left)


def test_there_are_so_many_streams_and_pages_go_on(stack: Stack, host: Host, class_id: int) -> None:
    visitor = Visitor(stack.url)
    visitor.post("/login", {"login": host.user.email, "password": PASSWORD})

    def is_stream(kept: ExitStack) -> bool:
        connection = kept.enter_context(closing(http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)))
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        connection.request("GET", "/desk/live", headers={"Cookie": cookies})
        return connection.getresponse().readline() == b"retry: 1000\n"

    places = WEB_PROCESSES * STREAMS
    with ExitStack() as kept:
        assert STREAMS <= [is_stream(kept) for _ in range(places + 10)].count(True) <= places
        for _ in range(10):
            assert visitor.get("/desk/inbox").status == 200
    # Everybody has left, and five hundred come to look at one session.
    with watching(stack.port, [f"/live?session={class_id}"], 500, pause=5) as crowd, ExitStack() as kept:
        eventually(lambda: sum(crowd.statuses.values()) >= 500, 60)
        assert set(crowd.statuses) == {200}
        eventually(lambda: crowd.streams >= VISITORS, 30)
        assert crowd.streams <= WEB_PROCESSES * VISITORS
        assert is_stream(kept), "some places are kept for the desk"
        seen = {each: each.looks for each in crowd.all}
        with stack.app.app_context():
            a_hold(SeatWish(class_id), now=clock.now())
        assert visitor.get(f"/sessions/{class_id}").status == 200
        eventually(lambda: all(each.looks > seen[each] for each in crowd.all), 60)
        assert (set(crowd.statuses), crowd.lost) == ({200}, 0)
