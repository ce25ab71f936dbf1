"""The booking's pages, by what stands on them: hold, checkout, sandbox, confirmed, My bookings, cancel."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bookapp.booking.models import Booking
from bookapp.booking.queries import manage_url
from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.payments.models import Payment, Refund
from bookapp.scheduling.models import WorkingHours
from tests.builders import a_facilitator, a_room, a_service, a_session, an_addon
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, an_open_room, at
from tests.support.client import Client
from tests.support.select import one, texts
from tests.support.select import select as find

pytestmark = pytest.mark.usefixtures("frozen")
WHO = {"name": "Miriam Okafor", "email": "Miriam@Example.org", "gateway": "sandbox"}


@pytest.fixture
def frozen():
    """The clock stands at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


def reserve(client: Client, room: Room, /, **changes: str) -> TestResponse:
    """Send the reserve form of a room's page."""
    form = {
        "kind": "room", "room": room.slug, "date": "2027-03-08", "from": "09:00", "to": "11:00", "people": "2",
        "total": "5400", "idempotency_key": "first-click",
    } | changes  # fmt: skip
    return client.post("/hold", data=form)


def held(client: Client, **changes: str) -> str:
    """Reserve a room; the ref of the hold."""
    answer = reserve(client, an_open_room(), **changes)
    assert answer.status_code == 303
    return answer.location.rpartition("/")[2]


def paid(client: Client, ref: str) -> None:
    """Through checkout and sandbox, and back."""
    page = client.post(f"/checkout/{ref}", data=WHO).location
    back = client.post(page, data={"answer": "pay"}).location
    assert client.get(back).location == f"/checkout/{ref}"


def test_reserve_leads_to_the_checkout_with_the_hold_and_its_price(client: Client) -> None:
    ref = held(client)
    page = client.get(f"/checkout/{ref}")
    assert page.status_code == 200
    assert one(page.text, ".held [data-countdown]").text == "15:00"
    assert "€54" in one(page.text, "#checkout .btn--wide").text
    assert "09:00–11:00" in one(page.text, "aside .sheet").text
    assert not find(page.text, ".site-nav"), "no menu to wander off into"


def test_the_same_form_twice_is_one_hold(client: Client) -> None:
    room = an_open_room()
    assert reserve(client, room).location == reserve(client, room).location
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1


def test_taken_is_said_with_the_nearest_yes(client: Client) -> None:
    room = an_open_room()
    sister = a_room(room.venue)
    a_hold(a_wish(room, start=at(hours=0)))
    answer = reserve(client, room)
    assert answer.status_code == 409
    ways = [link["href"] for link in find(answer.text, ".slots a")]
    assert len(ways) == 3
    assert any(way.startswith(f"/rooms/{sister.slug}?date=2027-03-08&from=09%3A00") for way in ways)


def test_a_full_session_names_others_and_its_last_seats(client: Client) -> None:
    service = a_service()
    session = a_session(service, starts_at=at(), capacity=2)
    later = a_session(service, starts_at=at(8))
    answer = client.post("/hold", data={"kind": "session", "session": session.id, "seats": "3"})
    assert answer.status_code == 409
    ways = [link["href"] for link in find(answer.text, ".slots a")]
    assert ways == [f"/sessions/{session.id}?seats=2", f"/sessions/{later.id}?seats=3"]


def test_an_appointment_that_is_taken_names_the_next_times(client: Client) -> None:
    host = a_facilitator()
    db.session.add_all(
        WorkingHours(facilitator_id=host.id, weekday=day, starts=dt.time(9), ends=dt.time(17)) for day in range(7)
    )
    service = a_service(host.merchant, kind="appointment", lengths=((60, 7000),), hosts=[host], online=True)
    form = {
        "kind": "appointment", "service": service.slug, "facilitator": host.slug, "start": at(hours=2).isoformat(),
        "minutes": "60", "total": "7000",
    }  # fmt: skip
    assert client.post("/hold", data=form).status_code == 303
    answer = client.post("/hold", data=form | {"idempotency_key": "another-click"})
    assert answer.status_code == 409
    assert all("/people/" in link["href"] for link in find(answer.text, ".slots a"))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"kind": "boat"}, 422),
        ({"date": "soon"}, 422),
        ({"from": "25:00"}, 422),
        ({"people": "99"}, 422),
        ({"room": "nowhere"}, 404),
        ({"total": "5300"}, 409),
        ({"date": "2027-02-01"}, 409),
        ({"date": "0001-01-01"}, 422),
        ({"date": "9999-12-31"}, 422),
        ({"date": "2027-03-28", "from": "02:30", "to": "04:00"}, 422),
    ],
)
def test_what_cannot_be_held_is_refused_in_words(client: Client, changes: dict, status: int) -> None:
    answer = reserve(client, an_open_room(), **changes)
    assert answer.status_code == status
    assert not db.session.scalar(select(func.count()).select_from(Booking))


def test_details_that_cannot_be_are_said_at_their_field_and_nothing_typed_is_lost(client: Client) -> None:
    ref = held(client)
    answer = client.post(f"/checkout/{ref}", data={"name": "Miriam", "email": "miriam@", "phone": "x", "notes": "Hi"})
    assert answer.status_code == 422
    assert one(answer.text, "#email")["aria-invalid"] == "true"
    assert one(answer.text, "#name")["value"] == "Miriam"
    assert one(answer.text, "#notes").text == "Hi"
    assert not db.session.scalar(select(func.count()).select_from(Payment))


def test_a_booking_paid_confirmed_and_found_again(client: Client) -> None:
    ref = held(client)
    paid(client, ref)
    confirmed = client.get(f"/checkout/{ref}", follow_redirects=True)
    assert one(confirmed.text, ".ref").text == ref
    assert client.get(one(confirmed.text, "img.qr")["src"]).mimetype == "image/svg+xml"
    assert one(client.get(f"/bookings/{ref}").text, "img.qr")["src"] == one(confirmed.text, "img.qr")["src"]
    mine = client.get("/bookings")
    assert one(mine.text, ".ticket .badge").text == "Confirmed"
    shown = client.get(f"/bookings/{ref}")
    assert texts(shown.text, ".timeline b") == ["Held for you", "Paid", "Confirmed"]
    assert client.get(f"/bookings/{ref}/calendar.ics").mimetype == "text/calendar"
    assert client.get(f"/bookings/{ref}/confirmation.pdf").data.startswith(b"%PDF")


def test_a_declined_card_comes_back_to_a_place_that_is_still_held(client: Client) -> None:
    ref = held(client)
    page = client.post(f"/checkout/{ref}", data=WHO).location
    back = client.post(page, data={"answer": "decline"}).location
    again = client.get(client.get(back).location)
    assert "did not go through" in one(again.text, ".notice[role=alert]").text
    assert one(client.get(page).text, "main").text.count("closed")
    paid(client, ref)
    assert client.get(f"/checkout/{ref}").location == f"/bookings/{ref}/confirmed"


def test_walking_away_leads_back_and_the_payment_goes_on(client: Client) -> None:
    ref = held(client)
    page = client.post(f"/checkout/{ref}", data=WHO).location
    assert client.post(page, data={"answer": "leave"}).location.endswith(f"/checkout/{ref}")
    assert "payment page is open" in client.get(f"/checkout/{ref}").text
    assert client.post(f"/checkout/{ref}", data=WHO).location == page
    assert client.post(page, data={"answer": "bribe"}).status_code == 422
    assert client.get("/sandbox/pay/none").status_code == 404


def test_the_second_click_of_a_paid_booking_leads_to_it(client: Client) -> None:
    ref = held(client)
    paid(client, ref)
    assert client.post(f"/checkout/{ref}", data=WHO).location == f"/bookings/{ref}/confirmed"


def test_what_cannot_be_held_says_why_in_full(client: Client) -> None:
    answer = reserve(client, an_open_room(capacity=6), people="7")
    assert "This room seats up to 6." in one(answer.text, "main").text
    dearer = reserve(client, an_open_room(), total="5300")
    assert "it is now €54.00" in one(dearer.text, "main").text


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2027-03-08T10:00:00"])
def test_a_start_beyond_the_calendar_is_refused_in_words(client: Client, start: str) -> None:
    host = a_facilitator()
    service = a_service(host.merchant, kind="appointment", lengths=((60, 7000),), hosts=[host], online=True)
    form = {"kind": "appointment", "service": service.slug, "facilitator": host.slug, "start": start, "minutes": "60"}
    assert client.post("/hold", data=form).status_code == 422


def test_what_costs_nothing_is_confirmed_at_once(client: Client) -> None:
    answer = reserve(client, an_open_room(rate_minor=0), total="0")
    ref = answer.location.rpartition("/")[2]
    assert "Confirm" in one(client.get(answer.location).text, "#checkout .btn--wide").text
    assert client.post(answer.location, data=WHO).location == f"/bookings/{ref}/confirmed"


def test_more_time_once_and_letting_go(client: Client) -> None:
    ref = held(client)
    assert client.post(f"/checkout/{ref}/extension").location == f"/checkout/{ref}"
    page = client.get(f"/checkout/{ref}")
    assert one(page.text, "[data-countdown]").text == "25:00"
    assert not find(page.text, "#more-time")
    assert client.post(f"/checkout/{ref}/release").location == "/search"
    over = client.get(f"/checkout/{ref}")
    assert (over.status_code, one(over.text, "h1").text) == (409, "The hold has ended")
    assert client.post(f"/checkout/{ref}", data=WHO).status_code == 409


def test_companions_are_named_and_shown(client: Client) -> None:
    ref = held(client)
    wrong = client.post(f"/checkout/{ref}", data=WHO | {"companions": "Ann, not-an-email"})
    assert "Ann, not-an-email" in one(wrong.text, ".field .error").text
    client.post(f"/checkout/{ref}", data=WHO | {"companions": "Ann Lee, ann@example.org\nBo"})
    people = one(client.get(f"/bookings/{ref}").text, "main").text
    assert "Ann Lee" in people
    assert "Bo" in people


def test_cancelling_states_the_money_first_and_pays_it_back(client: Client) -> None:
    ref = held(client)
    paid(client, ref)
    panel = client.get(f"/bookings/{ref}/cancellation")
    assert one(panel.text, ".btn--bad").text == "Cancel booking, €40.50 back"
    assert texts(panel.text, ".terms b") == ["€40.50", "€27", "€13.50"]
    assert client.post(f"/bookings/{ref}/cancellation", data={"reason": "ill"}).location == f"/bookings/{ref}"
    assert db.session.scalars(select(Refund.amount_minor)).all() == [4050]
    shown = client.get(f"/bookings/{ref}")
    assert "€40.50 of the €54.00" in shown.text
    assert client.get(f"/bookings/{ref}/cancellation").location == f"/bookings/{ref}"
    assert client.post(f"/bookings/{ref}/cancellation").status_code == 303
    past = client.get("/bookings?tab=past")
    assert one(past.text, ".booking .badge").text == "Cancelled"


def test_somebody_elses_booking_is_not_there(client: Client) -> None:
    theirs = a_booking()
    for path in ("", "/confirmed", "/cancellation", "/calendar.ics", "/confirmation.pdf"):
        assert client.get(f"/bookings/{theirs.ref}{path}").status_code == 404
    assert client.get(f"/checkout/{theirs.ref}").status_code == 404
    assert client.post(f"/checkout/{theirs.ref}", data=WHO).status_code == 404


def test_the_mailed_link_opens_exactly_one_booking(client: Client) -> None:
    theirs, other = a_booking(), a_booking(email="other@example.org")
    answer = client.get(re.sub(r"^https?://[^/]+", "", manage_url(theirs)))
    assert answer.location == f"/bookings/{theirs.ref}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(f"/bookings/{theirs.ref}").status_code == 200
    assert client.get(f"/bookings/{other.ref}").status_code == 404
    assert client.get("/manage/forged").status_code == 404


def test_find_my_booking_answers_everybody_alike(client: Client) -> None:
    theirs = a_booking()
    known = client.post("/bookings/find", data={"email": theirs.email})
    unknown = client.post("/bookings/find", data={"email": "nobody@example.org"})
    assert known.text.replace(theirs.email, "") == unknown.text.replace("nobody@example.org", "")
    assert client.post("/bookings/find", data={"email": "x"}).status_code == 422
    assert client.get("/bookings/find").status_code == 200


def test_my_bookings_is_kind_when_it_is_empty(client: Client) -> None:
    page = client.get("/bookings")
    assert one(page.text, ".empty")
    assert one(client.get("/bookings?tab=past").text, ".empty")


def test_addons_are_priced_and_held(client: Client) -> None:
    room = an_open_room()
    projector = an_addon(room.venue)
    answer = reserve(client, room, **{f"addon-{projector.id}": "1", "total": "6600"})
    assert projector.name in client.get(answer.location).text
