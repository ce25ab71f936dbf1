"""/sessions: what is on, by day, as the address narrows it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from bookapp.booking.queries import SeatWish
from bookapp.infra.db import db
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, actor_of
from tests.builders.booking import a_booking, a_hold
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, select, texts

# A Monday, 09:00 in Berlin.
NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def titles(html: str) -> list[str]:
    return texts(html, ".agenda h3")


def test_sessions_stand_under_their_days(client: Client) -> None:
    service = a_service(name="Slow flow")
    for start in (NOW + HOUR, NOW + 3 * HOUR, NOW + DAY, NOW + 4 * DAY):
        a_session(service, starts_at=start)
    html = client.get("/sessions").text
    assert texts(html, ".dayhead h2") == ["Monday 1 March", "Tuesday 2 March", "Friday 5 March"]
    assert texts(html, ".dayhead span") == ["today", "tomorrow"]
    assert texts(html, ".agenda time") == ["10:00", "12:00", "09:00", "09:00"]
    assert one(html, "main .row--base p").text == "All times are Berlin time."


def test_a_line_says_when_what_where_how_many_and_for_how_much(client: Client) -> None:
    merchant = a_merchant()
    room = a_room(a_venue(merchant, name="Mill", city="Berlin"), name="Studio One")
    service = a_service(merchant, name="Slow flow", lengths=((75, 1800),))
    session = a_session(
        service, starts_at=NOW + HOUR, minutes=75, room=room, facilitator=a_facilitator(merchant, name="Arjun Patel"),
        seats_taken=9,
    )  # fmt: skip
    html = client.get("/sessions").text
    assert texts(html, ".agenda .when > *") == ["10:00", "1 h 15 min"]
    assert texts(html, ".agenda h3, .agenda p") == ["Slow flow", "Arjun Patel · Studio One, Berlin"]
    assert texts(html, ".agenda .do > *") == ["3 of 12 left", "€18", "Book Slow flow, 10:00"]
    assert {link["href"] for link in select(html, ".agenda a")} == {f"/sessions/{session.id}"}


def test_what_is_full_cancelled_or_a_retreat_says_so(client: Client) -> None:
    service = a_service(capacity=4)
    a_session(service, starts_at=NOW + HOUR, seats_taken=4)
    a_session(service, starts_at=NOW + 2 * HOUR, state="cancelled")
    a_session(service, starts_at=NOW + 3 * HOUR, minutes=47 * 60)
    a_session(service, starts_at=NOW + 4 * HOUR, online=True)
    html = client.get("/sessions").text
    assert texts(html, ".agenda .do > span:first-child") == ["Fully booked", "Cancelled", "4 of 4 left", "4 of 4 left"]
    assert "to Wed, 11:00" in texts(html, ".agenda .when")[2]
    assert "online, link after booking" in texts(html, ".agenda li")[3]
    assert [link.text.split()[0] for link in select(html, ".agenda .btn")] == ["See", "See", "Book"]


def test_what_has_begun_is_private_or_hidden_is_not_there(client: Client) -> None:
    a_session(starts_at=NOW - HOUR)
    a_session(a_service(private=True), starts_at=NOW + HOUR)
    a_session(a_service(listed=False), starts_at=NOW + HOUR)
    a_session(a_service(a_merchant(listed=False)), starts_at=NOW + HOUR)
    a_session(starts_at=NOW + HOUR, state="completed")
    html = client.get("/sessions").text
    assert titles(html) == []
    assert one(html, ".empty h2").text == "Nothing is on"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=class", ["Class"]),
        ("kind=retreat", ["Retreat"]),
        ("with=arjun", ["Class"]),
        ("online=1", ["Talk"]),
        ("merchant=stillwater", ["Class", "Talk"]),
        ("where=london", ["Class"]),
        ("date=2027-03-03", ["Talk", "Retreat"]),
        ("kind=class&online=1", []),
        ("kind=%00&date=never&page=x", ["Class", "Talk", "Retreat"]),
        ("date=0001-01-01&month=9999-12", ["Class", "Talk", "Retreat"]),
        ("date=9999-12-31&month=0000-00", ["Class", "Talk", "Retreat"]),
        ("page=2", []),
    ],
)
def test_the_address_narrows_it(client: Client, query: str, found: list[str]) -> None:
    stillwater = a_merchant(name="Stillwater", zone="Europe/London")
    london = a_room(a_venue(stillwater, city="London"))
    other = a_merchant(name="Other")
    arjun = a_facilitator(stillwater, name="Arjun")
    a_session(a_service(stillwater, name="Class", theme="class"), starts_at=NOW + DAY, room=london, facilitator=arjun)
    a_session(a_service(stillwater, name="Talk"), starts_at=NOW + 2 * DAY, online=True)
    a_session(a_service(other, name="Retreat", theme="retreat"), starts_at=NOW + 3 * DAY)
    answer = client.get(f"/sessions?{query}")
    assert answer.status_code == 200
    assert titles(answer.text) == found


def test_a_filter_that_is_on_can_be_taken_away_and_the_rest_stays(client: Client) -> None:
    merchant = a_merchant()
    a_session(a_service(merchant, theme="class"), starts_at=NOW + DAY, online=True)
    html = client.get("/sessions?kind=class&online=1&date=2027-03-02").text
    on = {link.text.split()[0]: link["href"] for link in select(html, ".chip[aria-current]")}
    assert on == {"Class": "/sessions?online=1&date=2027-03-02", "Online": "/sessions?kind=class&date=2027-03-02"}


def test_times_of_several_zones_say_theirs(client: Client) -> None:
    a_session(a_service(a_merchant(zone="Europe/London")), starts_at=NOW + HOUR)
    a_session(a_service(a_merchant(zone="Asia/Tokyo")), starts_at=NOW + 16 * HOUR)
    html = client.get("/sessions").text
    assert texts(html, ".agenda .when") == ["09:001 hLondon", "09:001 hTokyo"]
    # 01:00 on the second in Berlin, but already the morning of the second in Tokyo.
    assert texts(html, ".dayhead h2") == ["Monday 1 March", "Tuesday 2 March"]


def test_the_month_says_what_is_left_on_each_day(client: Client) -> None:
    service = a_service(capacity=2)
    a_session(service, starts_at=NOW + DAY)
    a_session(service, starts_at=NOW + DAY + HOUR)
    a_session(service, starts_at=NOW + 2 * DAY, seats_taken=2)
    html = client.get("/sessions?kind=&date=2027-03-02").text
    days = {day.text for day in select(html, ".month > *")}
    assert {"Tuesday 2 March, 22 on", "Wednesday 3 March, 3full", "Thursday 4 March, 4none"} <= days
    assert one(html, "aside .month a.full")["href"] == "/sessions?date=2027-03-03"
    assert one(html, "aside .month [aria-current]")["href"] == "/sessions?date=2027-03-02"
    assert one(html, 'aside a[rel="next"]')["href"] == "/sessions?date=2027-03-02&month=2027-04"
    assert not select(html, 'aside a[rel="prev"]')


def test_a_later_month_can_be_turned_to_and_back(client: Client) -> None:
    html = client.get("/sessions?month=2027-12").text
    assert one(html, "aside h2").text == "December"
    assert one(html, 'aside a[rel="next"]')["href"] == "/sessions?month=2028-01"
    assert one(html, 'aside a[rel="prev"]')["href"] == "/sessions?month=2027-11"
    assert not select(client.get("/sessions?month=2029-03").text, 'aside a[rel="next"]')


def test_long_lists_come_in_pages(client: Client) -> None:
    service = a_service()
    for number in range(35):
        a_session(service, starts_at=NOW + number * HOUR + HOUR, room=None, online=True)
    first = client.get("/sessions?online=1").text
    assert len(titles(first)) == 30
    assert one(first, 'nav a[rel="next"]')["href"] == "/sessions?online=1&page=2"
    second = client.get("/sessions?online=1&page=2").text
    assert len(titles(second)) == 5
    assert one(second, 'nav a[rel="prev"]')["href"] == "/sessions?online=1"


def test_the_next_retreat_stands_aside(client: Client) -> None:
    a_session(a_service(name="Three quiet days"), starts_at=NOW + 60 * DAY, minutes=48 * 60 + 30)
    assert one(client.get("/sessions").text, "aside .offer h3").text == "Three quiet days"


def test_ones_own_seats_are_marked(client: Client) -> None:
    person = a_person()
    paid, held, free = (a_session(starts_at=NOW + hours * HOUR) for hours in (24, 25, 26))
    booking = a_booking(SeatWish(paid.id), actor=actor_of(person), now=NOW)
    hold = a_hold(SeatWish(held.id), actor=actor_of(person), now=NOW)
    html = come_in(client, person).get("/sessions").text
    assert texts(html, ".agenda .do > span:first-child") == ["You are booked", "Held for you", "12 of 12 left"]
    assert [link["href"] for link in select(html, ".agenda .btn")] == [
        f"/bookings/{booking.ref}",
        f"/checkout/{hold.ref}",
        f"/sessions/{free.id}",
    ]


def test_htmx_gets_the_timetable_alone(client: Client) -> None:
    html = client.htmx("/sessions?kind=class").text
    assert "<html" not in html
    assert one(html, "#timetable h1").text == "Sessions"


def test_the_number_of_queries_does_not_depend_on_what_is_on(client: Client) -> None:
    merchant = a_merchant()

    def fill(number: int) -> None:
        for hour in range(number):
            room = a_room(a_venue(merchant))
            host = a_facilitator(merchant)
            a_session(
                a_service(merchant, theme="class"), starts_at=NOW + (hour + 1) * HOUR, room=room, facilitator=host
            )

    def cost() -> int:
        db.session.commit()
        client.get("/sessions")
        with counted() as statements:
            client.get("/sessions")
        return len(statements)

    fill(1)
    before = cost()
    fill(10)
    assert cost() == before <= 6
