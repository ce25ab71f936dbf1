"""The code on a booking: one tap for who serves it, nothing for anybody else."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bookapp.booking.models import Booking, Participant
from bookapp.booking.queries.resting import rest_of
from bookapp.infra.db import db
from tests.builders.staff import a_host
from tests.crm.hosting import a_class, a_host_at, now_is, seat
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.select import one
from tests.support.select import select as found
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten to ten."""
    now_is(monkeypatch, "09:50")


def marks(booking: Booking) -> list[str]:
    return list(db.session.scalars(select(Participant.attendance).where(Participant.booking_id == booking.id)))


def test_the_host_sees_who_and_what_is_due_and_checks_in_with_one_tap(client: Client) -> None:
    booking = seat(a_class(a_host_at(client)))
    page = client.get(f"/check-in/{booking.ref.lower()}").text
    assert one(page, "h1").text == "Miriam Okafor"
    assert "Take €18 at the venue" in page
    done = client.post(one(page, "form:has(.big-tick)")["action"])
    assert done.location == f"/check-in/{booking.ref}"
    assert marks(booking) == ["arrived"]
    assert one(client.get(done.location).text, ".big-tick").text == "Checked in"


def test_money_is_taken_once_however_often_it_is_pressed(client: Client) -> None:
    booking = seat(a_class(a_host_at(client)))
    page = client.get(f"/check-in/{booking.ref}").text
    path = f"/desk/check-in/{booking.ref}/payment"
    key = one(page, f"form[action='{path}'] [name=idempotency_key]")["value"]
    for _ in range(2):
        assert client.post(path, data={"idempotency_key": key}).location == f"/check-in/{booking.ref}"
    assert not rest_of(db.session.get_one(Booking, booking.id))
    assert "Everything is paid." in client.get(f"/check-in/{booking.ref}").text
    again = client.post(path, data={})
    assert (again.status_code, "Nothing is open for this booking." in again.text) == (409, True)


def test_a_stranger_learns_nothing_not_even_whether_it_exists(client: Client) -> None:
    booking = seat(a_class(a_host()[0]))
    strangers = [lambda: None, lambda: come_in(client, a_person()), lambda: a_host_at(client)]
    for become in strangers:
        become()
        for ref in (booking.ref, "NOSUCH"):
            answer = client.get(f"/check-in/{ref}")
            assert (answer.status_code, answer.location) == (303, f"/bookings/{ref}")
            assert "Miriam" not in answer.text
            assert client.get(answer.location).status_code == 404
        client.post("/logout")
    a_host_at(client)
    for path in (f"/desk/check-in/{booking.ref}", f"/desk/check-in/{booking.ref}/payment", "/desk/check-in/NOSUCH"):
        assert client.post(path, data={}).status_code == 404
    assert marks(booking) == ["unknown"]


def test_on_another_day_there_is_no_tick_to_press(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    booking = seat(a_class(a_host_at(client)), now="09:50")
    now_is(monkeypatch, "09:00", dt.date(2027, 3, 12))
    assert "Not today." in client.get(f"/check-in/{booking.ref}").text
    answer = client.post(f"/desk/check-in/{booking.ref}")
    assert (answer.status_code, "Who came is noted on the day itself." in answer.text) == (409, True)


def test_what_does_not_stand_says_so(client: Client) -> None:
    booking = seat(a_class(a_host_at(client)))
    booking.state = "cancelled"
    db.session.commit()
    page = client.get(f"/check-in/{booking.ref}").text
    assert "This booking does not stand: cancelled." in page
    assert not found(page, ".big-tick")


def test_by_the_letters_on_it(client: Client) -> None:
    booking = seat(a_class(a_host_at(client)))
    assert client.get("/desk/check-in").status_code == 200
    typed = f"{booking.ref[:3].lower()} {booking.ref[3:]}"
    assert client.get("/desk/check-in", query_string={"ref": typed}).location == f"/check-in/{booking.ref}"
    wrong = client.get("/desk/check-in?ref=NOSUCH")
    assert wrong.status_code == 422
    assert one(wrong.text, "#ref")["value"] == "NOSUCH"
    assert client.get("/desk/check-in", query_string={"ref": "x" * 50}).status_code == 422


def test_the_manager_checks_in_too(client: Client) -> None:
    booking = seat(a_class(a_host()[0]))
    sign_in(client, merchant_id=booking.merchant_id, role="manager")
    client.post(f"/desk/check-in/{booking.ref}")
    assert marks(booking) == ["arrived"]
