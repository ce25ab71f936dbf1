"""/sessions/<id>: what it is, what it costs, and a seat to reserve."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from bookapp.booking.models import Booking
from bookapp.booking.queries import SeatWish
from bookapp.catalog import actions
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, actor_of
from tests.builders.booking import a_booking, a_hold
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, select, texts

# A Monday, 09:00 in Berlin.
NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def address(session) -> str:
    return f"/sessions/{session.id}"


def test_it_says_what_when_where_and_with_whom(client: Client) -> None:
    merchant = a_merchant(name="Stillwater", zone="Europe/London")
    room = a_room(a_venue(merchant, name="Mill", city="London"), name="Studio One")
    service = a_service(merchant, name="Slow flow", tagline="For stiff mornings", bring="A blanket")
    host = a_facilitator(merchant, name="Arjun Patel", headline="Yoga")
    session = a_session(service, starts_at=NOW + 3 * DAY, room=room, facilitator=host)
    html = client.get(address(session)).text
    assert one(html, "h1").text == "Slow flow"
    assert one(html, ".when-line").text.startswith("Thu 4 Mar, 08:00–09:00 (London, 1 h)")
    facts = dict(zip(texts(html, ".facts-list dt"), texts(html, ".facts-list dd"), strict=True))
    assert facts["When"] == "Thu 4 Mar, 08:00–09:00 (London)"
    assert facts["Where"] == "Studio One, Mill, Kastanienallee 12, 10435 London"
    assert facts["With"] == "Arjun PatelYoga"
    assert facts["Bring"] == "A blanket"
    assert select(html, f'a[href="/people/{host.slug}"]')
    assert select(html, 'a[href="/sessions?merchant=stillwater"]')


def test_terms_have_dates(client: Client) -> None:
    session = a_session(starts_at=NOW + 3 * DAY)
    assert texts(client.get(address(session)).text, ".terms li") == [
        "75 %back until Tue 2 Mar, 09:00 (Berlin)",
        "50 %back until Wed 3 Mar, 09:00 (Berlin)",
        "25 %back after that",
    ]


def test_a_retreat_has_its_parts_by_day(client: Client) -> None:
    start = NOW + 4 * DAY
    session = a_session(
        starts_at=start,
        minutes=26 * 60,
        parts=(
            ("Arriving", start, start + HOUR),
            ("Dinner", start + 9 * HOUR, start + 10 * HOUR),
            ("Walk", start + DAY, start + DAY + 2 * HOUR),
        ),
    )
    html = client.get(address(session)).text
    assert texts(html, "main h3.h4") == ["Friday 5 March", "Saturday 6 March"]
    assert texts(html, ".parts li") == ["09:00–10:00Arriving", "18:00–19:00Dinner", "09:00–11:00Walk"]
    assert one(html, ".when-line").text.startswith("Fri 5 Mar, 09:00 to Sat 6 Mar, 11:00")


def test_the_form_reserves_seats(client: Client) -> None:
    session = a_session(starts_at=NOW + DAY)
    html = client.get(f"{address(session)}?seats=3").text
    assert one(html, "#price .sum:last-child").text == "€48.00"
    assert one(html, "#price button").text == "Reserve €48"
    values = form_values(html, "#reserve form")
    assert {name: values[name] for name in ("kind", "session", "seats")} == {
        "kind": "session",
        "session": str(session.id),
        "seats": "3",
    }
    answer = client.post(one(html, "#reserve form")["action"], data=values)
    assert answer.status_code == 303
    booking = db.session.query(Booking).one()
    assert answer.location == f"/checkout/{booking.ref}"
    assert (booking.people, booking.total_minor) == (3, 4800)


def test_the_box_asks_for_itself_when_seats_are_told(client: Client) -> None:
    session = a_session(starts_at=NOW + DAY, capacity=1)
    box = one(client.get(address(session)).text, "#reserve")
    assert (box["data-live"], box["hx-trigger"]) == (f"/live?session={session.id}", "live")
    a_hold(SeatWish(session.id), now=NOW)
    html = client.htmx(f"{box['hx-get']}&seats=1").text
    assert "Fully booked" in one(html, "#reserve").text
    assert "hidden" in one(html, "#to-seats").attributes
    assert not select(html, "h1")


def test_htmx_gets_the_price_alone(client: Client) -> None:
    session = a_session(starts_at=NOW + DAY)
    html = client.htmx(f"{address(session)}?seats=2").text
    assert one(html, "#price button").text == "Reserve €32"
    assert "<form" not in html


@pytest.mark.parametrize(("seats", "shown"), [("99", "2"), ("0", "1"), ("x", "1"), ("-1", "1"), ("", "1")])
def test_seats_are_between_one_and_what_is_left(client: Client, seats: str, shown: str) -> None:
    session = a_session(starts_at=NOW + DAY, seats_taken=10)
    field = one(client.get(f"{address(session)}?seats={seats}").text, "#seats")
    assert (field["value"], field["min"], field["max"]) == (shown, "1", "2")


def test_a_full_session_names_the_next(client: Client) -> None:
    service = a_service(capacity=2)
    session = a_session(service, starts_at=NOW + DAY, seats_taken=2)
    also_full = a_session(service, starts_at=NOW + 2 * DAY, seats_taken=2)
    following = a_session(service, starts_at=NOW + 3 * DAY)
    html = client.get(address(session)).text
    assert "Fully booked" in one(html, "#reserve").text
    assert not select(html, "#reserve form")
    assert [link["href"] for link in select(html, "#reserve a")] == [address(following)]
    assert not select(html, f'a[href="{address(also_full)}"]')


def test_a_cancelled_one_and_one_that_has_begun_cannot_be_reserved(client: Client) -> None:
    cancelled = client.get(address(a_session(starts_at=NOW + DAY, state="cancelled"))).text
    assert one(cancelled, ".notice b").text == "This session is cancelled."
    assert not select(cancelled, "#reserve form")
    begun = client.get(address(a_session(starts_at=NOW - HOUR))).text
    assert "Has begun" in one(begun, "#reserve").text
    assert not select(begun, "#reserve form")


def test_whoever_is_booked_is_told(client: Client) -> None:
    person, session = a_person(), a_session(starts_at=NOW + DAY)
    booking = a_booking(SeatWish(session.id), actor=actor_of(person), now=NOW)
    html = come_in(client, person).get(address(session)).text
    assert one(html, ".notice b").text == "You are booked."
    assert one(html, ".notice a")["href"] == f"/bookings/{booking.ref}"


def test_online_it_says_so(client: Client) -> None:
    session = a_session(starts_at=NOW + DAY, online=True)
    assert "Online; the link comes with the confirmation." in texts(client.get(address(session)).text, "dd")


def test_a_private_one_and_a_hidden_one_are_not_found_by_their_number(client: Client) -> None:
    assert client.get(address(a_session(a_service(private=True), starts_at=NOW + DAY))).status_code == 404
    assert client.get(address(a_session(a_service(listed=False), starts_at=NOW + DAY))).status_code == 404
    assert client.get("/sessions/999999999").status_code == 404
    assert client.get("/sessions/99999999999999999999").status_code == 404


def test_the_number_of_queries_does_not_depend_on_how_many_others_there_are(client: Client) -> None:
    service = a_service()
    actions.add_photo(SYSTEM, service, path="scenes/yoga.svg", alt="A room with mats")
    session = a_session(service, starts_at=NOW + DAY)
    a_session(service, starts_at=NOW + 2 * DAY)
    path = address(session)

    def cost() -> int:
        client.get(path)
        with counted() as statements:
            client.get(path)
        return len(statements)

    before = cost()
    for day in range(3, 9):
        a_session(service, starts_at=NOW + day * DAY)
    assert cost() == before <= 6
