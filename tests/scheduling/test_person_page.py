"""/people/<slug>: what and how long, which day, which time; full times stay visible."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest
import time_machine

from bookapp.booking.models import Booking
from bookapp.booking.queries import AppointmentWish
from bookapp.catalog.models import Service
from bookapp.infra.db import db
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, opens, works
from tests.builders.booking import a_booking
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, select, texts

# A Monday, 09:00 in Berlin.
NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
WEEKDAYS = range(5)


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def priya(app):
    """Works on weekdays from nine to five; 50 minutes at 70, 30 at 45, online, every hour."""
    person = a_facilitator(a_merchant(), name="Dr. Priya Sharma", headline="Meditation", level="expert", years=14)
    works(person, weekdays=WEEKDAYS)
    a_service(
        person.merchant, kind="appointment", name="Conversation", lengths=((50, 7000), (30, 4500)), hosts=[person],
        online=True, step_minutes=60,
    )  # fmt: skip
    return person


def page(client: Client, **query: str) -> str:
    return client.get("/people/dr-priya-sharma", query_string=query).text


def test_it_says_who(client: Client, priya) -> None:
    html = page(client)
    assert one(html, "h1").text == "Dr. Priya Sharma"
    assert "Meditation · 14 years · expert" in one(html, "main .row--top p.muted").text
    assert select(html, 'main a[href^="/at/merchant-"]')


def test_what_and_how_long_are_links(client: Client, priya) -> None:
    choices = select(page(client), ".choices a")
    assert [choice.text for choice in choices] == ["Conversation30 min, online€45", "Conversation50 min, online€70"]
    assert choices[0]["aria-current"] == "true"
    assert choices[1]["href"] == "/people/dr-priya-sharma?service=conversation&minutes=50"


def test_the_month_counts_what_is_left(client: Client, priya) -> None:
    # On Thursday a whole day of another house takes her time: the person is the resource.
    service = a_service(kind="appointment", hosts=[priya], online=True, lengths=((480, 100_00),))
    a_booking(AppointmentWish(service.id, priya.id, NOW + 3 * DAY, 480), now=NOW)
    html = page(client)
    days = {day.text for day in select(html, ".month > *")}
    assert {"Monday 1 March, 18 left", "Tuesday 2 March, 28 left", "Saturday 6 March, 6off"} <= days
    assert "Thursday 4 March, 4full" in days
    assert one(html, ".month [aria-current]").text.startswith("Monday 1 March")
    assert one(html, ".month a.full")["href"].endswith("date=2027-03-04#times")


def test_full_times_are_struck_through_not_gone(client: Client, priya) -> None:
    html = page(client, date="2027-03-02", minutes="50")
    assert texts(html, "#times .slot") == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    a_booking(AppointmentWish(priya_service().id, priya.id, NOW + DAY + 2 * HOUR, 50), now=NOW)
    html = page(client, date="2027-03-02", minutes="50")
    assert one(html, "#times s").text == "11:00 full"
    assert texts(html, "#times h3") == ["Morning", "Afternoon"]


def priya_service():
    return db.session.query(Service).filter_by(slug="conversation").one()


def test_a_chosen_time_is_reserved_with_its_price_and_terms(client: Client, priya) -> None:
    html = page(client, minutes="50", start="2027-03-03T10:00Z")
    assert one(html, "#times [aria-current]").text == "11:00"
    form = one(html, "#times form")
    assert "Conversation, 50 min" in form.text
    assert "Wed 3 Mar, 11:00–11:50 (Berlin)" in form.text
    assert "75 % of it back until Mon 1 Mar, 11:00 (Berlin)." in form.text
    assert one(html, "#times form button").text == "Reserve €70"
    answer = client.post(form["action"], data=form_values(html, "#times form"))
    assert answer.status_code == 303
    booking = db.session.query(Booking).one()
    assert (booking.starts_at, booking.total_minor) == (NOW + 2 * DAY + 2 * HOUR, 7000)


def test_a_time_that_is_gone_is_said_with_the_next_one(client: Client, priya) -> None:
    a_booking(AppointmentWish(priya_service().id, priya.id, NOW + 2 * DAY, 50), now=NOW)
    html = page(client, minutes="50", start="2027-03-03T08:00Z")
    assert texts(html, "#choose [role=alert] a") == ["Wed 3 Mar, 10:00", "Wed 3 Mar, 11:00", "Wed 3 Mar, 12:00"]
    assert "not to be had any more" in one(html, "#choose [role=alert]").text
    assert not select(html, "#times form")


@pytest.mark.parametrize(
    "start", ["", "soon", "2027-03-03T10:00", "2020-01-01T10:00Z", "9999-12-31T23:00Z", "0001-01-01T00:00Z"]
)
def test_a_start_that_makes_no_sense_is_none(client: Client, priya, start: str) -> None:
    html = page(client, start=start)
    assert not select(html, "#times form")
    assert select(html, "#times .slot")


def test_a_start_with_an_offset_is_the_same_instant(client: Client, priya) -> None:
    answer = client.get(f"/people/dr-priya-sharma?start={quote('2027-03-03T11:00:00+01:00')}")
    assert one(answer.text, "#times [aria-current]").text == "11:00"
    # An offset that was pasted without being quoted.
    answer = client.get("/people/dr-priya-sharma?start=2027-03-03T11:00:00+01:00")
    assert one(answer.text, "#times [aria-current]").text == "11:00"


@pytest.mark.parametrize(
    "query", [{"service": "x"}, {"minutes": "x"}, {"minutes": "7"}, {"date": "2031-01-01"}, {"month": "2026-13"}]
)
def test_an_address_that_makes_no_sense_shows_what_there_is(client: Client, priya, query: dict[str, str]) -> None:
    html = page(client, **query)
    assert one(html, "#month-h").text == "March"
    assert select(html, "#times .slot")


def test_another_month_can_be_turned_to(client: Client, priya) -> None:
    html = page(client, month="2027-04")
    assert one(html, "#month-h").text == "April"
    assert one(html, "#times-h").text == "Thursday 1 April"
    assert one(html, 'a[rel="prev"]')["href"].endswith("minutes=30&month=2027-03")


def test_a_day_off_has_no_times(client: Client, priya) -> None:
    html = page(client, date="2027-03-06")
    assert one(html, "#times-h").text == "Saturday 6 March"
    assert "No times on this day." in one(html, "#times").text


def test_in_a_room_it_takes_the_zone_of_the_house_and_a_room_that_is_free(client: Client, app) -> None:
    merchant = a_merchant(zone="Europe/Berlin")
    venue = a_venue(merchant, zone="Europe/London", name="Mill", city="London")
    room = a_room(venue)
    opens(venue, at="10:00", until="12:00")
    person = a_facilitator(merchant, name="Jonas")
    works(person)
    a_service(merchant, kind="appointment", lengths=((60, 9000),), hosts=[person], rooms=[room], step_minutes=60)
    html = client.get("/people/jonas?date=2027-03-02").text
    assert texts(html, "#times .slot") == ["10:00", "11:00"]
    assert "London time" in one(html, "#times").text
    assert "Mill, London" in client.get("/people/jonas?start=2027-03-02T10:00Z").text


def test_who_hosts_only_sessions_shows_them(client: Client) -> None:
    person = a_facilitator(name="Kavya")
    a_session(a_service(person.merchant, name="Restorative"), starts_at=NOW + DAY, facilitator=person)
    html = client.get("/people/kavya").text
    assert not select(html, "#choose")
    assert texts(html, ".agenda h3") == ["Restorative"]


def test_who_has_nothing_on_says_so(client: Client) -> None:
    a_facilitator(name="Kavya")
    assert one(client.get("/people/kavya").text, ".empty h2").text == "Nothing to book at the moment"


def test_nobody_and_who_is_not_listed_are_not_found(client: Client) -> None:
    a_facilitator(name="Kavya", listed=False)
    assert client.get("/people/kavya").status_code == client.get("/people/nobody").status_code == 404


def test_htmx_gets_the_panes_alone(client: Client, priya) -> None:
    html = client.htmx("/people/dr-priya-sharma?date=2027-03-03").text
    assert one(html, "#choose")
    assert "<h1" not in html


def test_the_number_of_queries_does_not_depend_on_how_much_is_booked(client: Client, priya) -> None:
    def cost() -> int:
        page(client, start="2027-03-05T10:00Z")
        with counted() as statements:
            page(client, start="2027-03-05T10:00Z")
        return len(statements)

    cost()  # what is remembered is read once
    before = cost()
    for hour in range(4):
        a_booking(AppointmentWish(priya_service().id, priya.id, NOW + DAY + hour * HOUR, 50), now=NOW)
    assert cost() == before <= 24
