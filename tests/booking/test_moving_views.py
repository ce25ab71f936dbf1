"""The pages of moving and of giving a part back, by what stands on them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from sqlalchemy import select

from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries import manage_url
from bookapp.booking.rules import AppointmentWish, SeatWish, Wish
from bookapp.catalog.models import Membership
from bookapp.identity.actions import create_user
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from tests.builders import a_facilitator, a_room, a_service, a_session, a_venue, an_addon, works
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, always_open, an_open_room, at
from tests.support.client import Client
from tests.support.select import one, texts
from tests.support.select import select as find
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def frozen():
    """The clock stands at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


def mine(client: Client, wish: Wish | None = None) -> Booking:
    """A booking that this browser holds the mailed link of."""
    booking = a_booking(wish)
    assert client.get(urlsplit(manage_url(booking)).path).status_code == 303
    return booking


def fields(html: str, form: str) -> dict[str, str]:
    """What a form would send."""
    sent = {field["name"]: field["value"] for field in find(html, f"{form} input[type=hidden]")}
    return sent | {field["name"]: field["value"] for field in find(html, f"{form} input[checked]")}


def confirm(client: Client, booking: Booking, **to: Any) -> str:
    """The page that asks whether to move it there."""
    answer = client.get(f"/bookings/{booking.ref}/move/to", query_string=to)
    assert answer.status_code == 200, answer.text
    return answer.text


def iso(days: float, hours: float = 0) -> str:
    return at(days, hours).strftime("%Y-%m-%dT%H:%MZ")


def test_each_free_time_says_what_it_costs_more_or_less(client: Client) -> None:
    room = an_open_room()
    dear = a_room(room.venue, rate_minor=3000, name="Eiche")
    booking = mine(client, a_wish(room))
    page = client.get(f"/bookings/{booking.ref}/move").text
    assert "same price" in texts(page, ".move-week .slot")[0]
    assert "Eiche" in texts(page, ".tabs")[0]
    other = client.get(f"/bookings/{booking.ref}/move?room={dear.slug}&week=2027-03-15").text
    assert "+€6" in texts(other, ".move-week .slot")[0]
    longer = client.get(f"/bookings/{booking.ref}/move?minutes=60").text
    assert "−€27" in texts(longer, ".move-week .slot")[0]


def test_a_cheaper_time_is_one_button_and_what_comes_back_is_on_it(client: Client) -> None:
    booking = mine(client)
    page = confirm(client, booking, start=iso(9), end=iso(9, 1))
    assert one(page, "form[data-once] button").text == "Move, €20.25 back"
    answer = client.post(f"/bookings/{booking.ref}/move/to", data=fields(page, "form[data-once]"))
    assert answer.location == f"/bookings/{booking.ref}"
    shown = client.get(answer.location).text
    assert "Moved" in " ".join(texts(shown, ".section"))
    assert "−€27, of which €20.25 came back" in " ".join(texts(shown, ".section"))
    again = client.post(f"/bookings/{booking.ref}/move/to", data=fields(page, "form[data-once]"))
    assert again.location == f"/bookings/{booking.ref}"
    assert len(db.session.scalars(select(BookingChange.id)).all()) == 1


def test_a_dearer_time_leads_to_the_payment_page_and_back_to_the_booking(client: Client) -> None:
    booking = mine(client)
    page = confirm(client, booking, start=iso(9), end=iso(9, 3))
    assert one(page, "form[data-once] button").text == "Move, pay €27"
    paying = client.post(f"/bookings/{booking.ref}/move/to", data=fields(page, "form[data-once]")).location
    assert paying.startswith("/sandbox/pay/") or "/sandbox/pay/" in paying
    waiting = client.get(f"/bookings/{booking.ref}").text
    assert "A move waits for its payment." in " ".join(texts(waiting, ".notice"))
    assert not find(waiting, "a[href$='/move']"), "one move at a time"
    back = client.post(urlsplit(paying).path, data={"answer": "pay"}).location
    assert client.get(back).location == f"/bookings/{booking.ref}"
    db.session.refresh(booking)
    assert (booking.starts_at, booking.total_minor) == (at(9), 8100)


def test_let_go_it_stays_and_can_be_moved_again(client: Client) -> None:
    booking = mine(client)
    page = confirm(client, booking, start=iso(9), end=iso(9, 3))
    paying = client.post(f"/bookings/{booking.ref}/move/to", data=fields(page, "form[data-once]")).location
    client.post(urlsplit(paying).path, data={"answer": "decline"})
    sign_in(house := client.application.test_client(), merchant_id=booking.merchant_id)
    assert house.post(f"/bookings/{booking.ref}/move/release").location == f"/desk/bookings/{booking.ref}"
    assert client.post(f"/bookings/{booking.ref}/move/release").location == f"/bookings/{booking.ref}"
    assert client.get(f"/bookings/{booking.ref}").status_code == 200


def test_taken_meanwhile_is_said_with_other_times(client: Client) -> None:
    room = an_open_room()
    booking = mine(client, a_wish(room))
    page = confirm(client, booking, start=iso(9), end=iso(9, 2))
    a_hold(a_wish(room, start=at(9)))
    answer = client.post(f"/bookings/{booking.ref}/move/to", data=fields(page, "form[data-once]"))
    assert answer.status_code == 409
    ways = [link["href"] for link in find(answer.text, ".nearest a")]
    assert len(ways) == 3
    assert all(way.startswith(f"/bookings/{booking.ref}/move/to?") for way in ways)


def test_who_looked_at_an_older_state_looks_again(client: Client) -> None:
    booking = mine(client)
    page = confirm(client, booking, start=iso(9), end=iso(9, 2))
    other = confirm(client, booking, start=iso(10), end=iso(10, 2))
    client.post(f"/bookings/{booking.ref}/move/to", data=fields(page, "form[data-once]"))
    assert client.post(f"/bookings/{booking.ref}/move/to", data=fields(other, "form[data-once]")).status_code == 409


def test_other_sessions_of_the_service_with_seats_left_and_the_difference(client: Client) -> None:
    service = a_service()
    here = a_session(service, starts_at=at())
    a_session(service, starts_at=at(8), price_minor=2000)
    a_session(service, starts_at=at(9), capacity=1)
    booking = mine(client, SeatWish(here.id, 2))
    page = client.get(f"/bookings/{booking.ref}/move").text
    (row,) = texts(page, ".move-other")
    assert "12 seats left" in row
    assert "+€8" in row
    link = one(page, ".move-other a")["href"]
    assert dict(parse_qsl(urlsplit(link).query)).keys() == {"session"}
    assert one(client.get(link).text, "form[data-once] button").text == "Move, pay €8"


def test_an_appointment_shows_the_times_of_its_person_and_of_the_others(client: Client) -> None:
    venue = always_open(a_venue())
    jonas, ada = (a_facilitator(venue.merchant, name=name) for name in ("Jonas Weber", "Ada Lund"))
    service = a_service(
        venue.merchant, kind="appointment", lengths=((60, 9000),), hosts=[jonas, ada], rooms=[a_room(venue)]
    )
    for person in (jonas, ada):
        works(person)
    booking = mine(client, AppointmentWish(service.id, jonas.id, at(hours=2), 60))
    page = client.get(f"/bookings/{booking.ref}/move").text
    assert texts(page, ".tabs [aria-current]") == ["Jonas Weber"]
    assert find(page, ".move-week .slot")
    others = client.get(f"/bookings/{booking.ref}/move?person={ada.slug}").text
    asked = client.get(find(others, ".move-week .slot")[0]["href"]).text
    assert "Ada Lund" in one(asked, ".from-to").text


def test_too_late_says_until_when_and_whom_to_ask(client: Client) -> None:
    booking = mine(client)
    with time_machine.travel(booking.starts_at, tick=False):
        page = client.get(f"/bookings/{booking.ref}/move").text
        assert "can no longer be moved" in page
        assert not find(client.get(f"/bookings/{booking.ref}").text, "a[href$='/move']")
        assert client.get(f"/bookings/{booking.ref}/move/to?start={iso(9)}&end={iso(9, 1)}").status_code == 303


@pytest.mark.parametrize("query", ["", "start=x", "start=2027-03-10T08:00", "session=0", "room=nowhere&start=2027"])
def test_what_cannot_be_read_is_no_500(client: Client, query: str) -> None:
    booking = mine(client)
    for path in ("move/to", "move", "part"):
        assert client.get(f"/bookings/{booking.ref}/{path}?{query}").status_code in (200, 303, 404, 422)


def test_a_part_is_previewed_before_it_is_given_back(client: Client) -> None:
    room = an_open_room()
    projector = an_addon(room.venue)
    booking = mine(client, a_wish(room, addons=((projector.id, 2),)))
    page = client.get(f"/bookings/{booking.ref}/part?addon-{projector.id}=1").text
    assert one(page, "form[data-once] button").text == "Give back, €9 back"
    answer = client.post(f"/bookings/{booking.ref}/part", data=fields(page, "form[data-once]"))
    assert answer.location == f"/bookings/{booking.ref}"
    shown = " ".join(texts(client.get(answer.location).text, ".section"))
    assert "A part given back" in shown
    assert "Kept by the terms when it changed" in shown


def test_what_has_no_parts_leads_back(client: Client) -> None:
    booking = mine(client)
    assert client.get(f"/bookings/{booking.ref}/part").location == f"/bookings/{booking.ref}"
    too_many = client.get(f"/bookings/{booking.ref}/part?seats=7")
    assert too_many.status_code == 303


def test_the_house_moves_it_at_any_time_free_both_ways_and_says_why(client: Client) -> None:
    booking = a_booking()
    manager = create_user(name="Mana", email="mana@example.org", username="mana", password="correct-horse-9", now=NOW)
    db.session.add(
        Membership(user_id=manager.id, merchant_id=booking.merchant_id, venue_id=booking.venue_id, role="manager")
    )
    db.session.commit()
    client.post("/login", data={"login": "mana", "password": "correct-horse-9"})
    with time_machine.travel(booking.starts_at, tick=False):
        page = confirm(client, booking, start=iso(9), end=iso(9, 3))
        assert "not charged" in one(page, "form[data-once]").text
        sent = fields(page, "form[data-once]") | {"reason": "Water damage in the room."}
        assert client.post(f"/bookings/{booking.ref}/move/to", data=sent).location == f"/desk/bookings/{booking.ref}"
    db.session.refresh(booking)
    assert (booking.starts_at, booking.total_minor) == (at(9), 5400)
    mail = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "booking.moved")).one()
    assert "Water damage in the room." in mail.text
