"""What those who host and run a house do by program: roster, attendance, sessions, rooms, timeslots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import func, select

from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from tests.api.calling import Program, an_account
from tests.builders import a_facilitator, a_room, a_service, a_session, a_venue
from tests.builders.booking import NOW, a_booking, always_open, an_open_room, at
from tests.support.client import Client
from tests.support.jobs import work_off


@pytest.fixture(autouse=True)
def _stands_still() -> Iterator[None]:
    """The clock stands at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


class House:
    """A house with a host, a class with two bookings, and the programs of its people."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.venue = always_open(a_venue())
        self.merchant = db.session.get_one(Merchant, self.venue.merchant_id)
        user = an_account()
        self.person = a_facilitator(self.merchant, user_id=user.id)
        self.host = self.program(user, "facilitator")
        self.room = a_room(self.venue)
        service = a_service(self.merchant, hosts=[self.person], rooms=[self.room])
        self.session = a_session(service, starts_at=at(7), facilitator=self.person, room=self.room)
        self.bookings = [a_booking(SeatWish(self.session.id), email=f"guest{n}@example.org") for n in range(2)]
        self.path = f"facilitators/{self.person.id}/sessions/{self.session.id}"

    def program(self, user=None, role="owner", venue=None) -> Program:
        """A program of somebody with this role."""
        user = user or an_account()
        venue_id = venue.id if venue else None
        grant_role(SYSTEM, user_id=user.id, merchant_id=self.merchant.id, role=role, venue_id=venue_id)
        return Program(self.client, user)


@pytest.fixture
def house(client: Client) -> House:
    return House(client)


def test_the_roster_and_who_came(house: House) -> None:
    found = house.host.get(f"sessions/{house.session.id}/participants").json
    assert (found["total"], len(found["items"])) == (2, 2)
    first = found["items"][0]
    assert (first["attendance"], first["booking_status"], first["seats"]) == ("unknown", "confirmed", 1)
    assert (
        house.host.get(f"sessions/{house.session.id}/participants?page=2&limit=1").json["items"] == found["items"][1:]
    )
    mark = {"participant_id": first["participant_id"], "attendance": "arrived"}
    early = house.host.post(f"sessions/{house.session.id}/attendance", json=mark)
    assert (early.status_code, early.json["code"]) == (409, "not_marked_now")
    with time_machine.travel(house.session.starts_at, tick=False):
        host = Program(house.client, house.host.user)
        for _ in range(2):
            marked = host.post(f"sessions/{house.session.id}/attendance", json=mark)
            assert (marked.status_code, marked.json["attendance"]) == (200, "arrived")
        other = a_session(a_service(house.merchant), starts_at=at(8), facilitator=house.person)
        wrong = host.post(f"sessions/{other.id}/attendance", json=mark)
        assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["participant_id"])


def test_a_facilitators_sessions_and_bookings(house: House) -> None:
    service = a_service(house.merchant, hosts=[house.person])
    off = a_session(service, starts_at=at(9), facilitator=house.person, state="cancelled")
    found = house.host.get(f"facilitators/{house.person.id}/sessions").json
    assert [one["id"] for one in found["items"]] == [house.session.id, off.id]
    assert found["items"][0]["seats_taken"] == 2
    some = house.host.get(f"facilitators/{house.person.id}/sessions", query_string={"status": "cancelled"}).json
    assert [one["id"] for one in some["items"]] == [off.id]
    some = house.host.get(f"facilitators/{house.person.id}/sessions", query_string={"from": at(8).isoformat()}).json
    assert [one["id"] for one in some["items"]] == [off.id]
    booked = house.host.get(f"facilitators/{house.person.id}/bookings").json
    assert {one["ref"] for one in booked["items"]} == {booking.ref for booking in house.bookings}
    assert booked["counts"]["confirmed"] == 2
    assert {one["email"] for one in booked["items"]} == {"guest0@example.org", "guest1@example.org"}
    until = {"to": at(7).isoformat()}
    assert house.host.get(f"facilitators/{house.person.id}/bookings", query_string=until).json["items"] == []


def test_another_venues_manager_sees_nothing_of_it(house: House) -> None:
    manager = house.program(role="manager", venue=a_venue(house.merchant))
    assert manager.get(f"facilitators/{house.person.id}/sessions").json["items"] == []
    assert manager.get(f"sessions/{house.session.id}/participants").status_code == 404


def test_changing_a_session_takes_its_bookings_along(house: House) -> None:
    change = {"version": 1, "start": at(8).isoformat(), "capacity": 20, "reason": "The heating is broken."}
    answer = house.host.put(house.path, json=change)
    assert answer.status_code == 202
    assert (answer.json["session"]["capacity"], answer.json["session"]["version"]) == (20, 2)
    assert dt.datetime.fromisoformat(answer.json["session"]["starts_at"]) == at(8)
    assert {name: answer.json["progress"][name] for name in ("finished", "bookings", "done", "waiting")} == {
        "finished": False, "bookings": 2, "done": 0, "waiting": 2,
    }  # fmt: skip
    work_off("booking.tell_of_session")
    again = house.host.put(house.path, json=change).json["progress"]
    assert (again["finished"], again["done"]) == (True, 2), "the same changes are done already"
    stale = house.host.put(house.path, json=change | {"capacity": 30})
    assert (stale.status_code, stale.json["code"]) == (409, "changed_meanwhile")
    assert (stale.json["current"]["version"], stale.json["current"]["capacity"]) == (2, 20)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "body"),
        ({"capacity": 1}, "capacity"),
        ({"price": {"amount": "20.00", "currency": "GBP"}}, "price"),
        ({"price": {"amount": "20.001", "currency": "EUR"}}, "price.amount"),
        ({"start": at(-1).isoformat()}, "start"),
        ({"duration_minutes": 0}, "duration_minutes"),
    ],
)
def test_a_session_that_cannot_be_so(house: House, change, field: str) -> None:
    answer = house.host.put(house.path, json={"version": 1} | change)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_price_title_and_host_of_a_session(house: House) -> None:
    change = {"version": 1, "price": {"amount": "20.00", "currency": "EUR"}, "title": "Evening flow"}
    session = house.host.put(house.path, json=change).json["session"]
    assert (session["price"]["amount"], session["title"]) == ("20.00", "Evening flow")
    owner = house.program()
    gone = owner.put(house.path, json={"version": 2, "facilitator_id": None})
    assert (gone.status_code, gone.json["session"]["facilitator_id"]) == (202, None)
    assert owner.get(f"facilitators/{house.person.id}/sessions").json["total"] == 0


def test_calling_a_session_off_says_how_far_it_is(house: House) -> None:
    def off() -> dict:
        answer = house.host.call("DELETE", house.path, query_string={"reason": "The teacher is ill."})
        assert answer.status_code == 202
        return answer.json

    begun = off()
    assert begun["session"]["status"] == "cancelled"
    assert begun["progress"] == {
        "finished": False, "bookings": 2, "done": 0, "waiting": 2, "failed": [],
        "refunds_due": {"amount": "32.00", "currency": "EUR"}, "refunds_sent": {"amount": "0.00", "currency": "EUR"},
    }  # fmt: skip
    work_off("booking.call_off_one", "payments.send_refund")
    done = off()["progress"]
    assert (done["finished"], done["done"], done["refunds_sent"]["amount"]) == (True, 2, "32.00")


def test_only_under_the_name_of_its_host(house: House) -> None:
    other = a_facilitator(house.merchant)
    path = f"facilitators/{other.id}/sessions/{house.session.id}"
    assert house.host.put(path, json={"version": 1, "capacity": 30}).status_code == 404
    assert house.host.call("DELETE", path).status_code == 404
    assert house.host.get(f"facilitators/{other.id}/sessions").status_code == 404
    assert house.host.get("facilitators/987654/sessions").status_code == 404


ROOM = {"name": "Attic", "type": "meeting", "capacity": 6, "rate": {"amount": "27.50", "currency": "EUR"}}


def test_a_room_is_made_once(house: House) -> None:
    manager = house.program(role="manager", venue=house.venue)
    asked = ROOM | {"venue_id": house.venue.id, "amenities": ["wifi"], "day_rate": {"amount": "150", "currency": "EUR"}}
    made = manager.post("admin/rooms", json=asked, key="k")
    assert made.status_code == 201
    assert (made.json["rate"]["amount"], made.json["day_rate"]["amount"], made.json["amenities"]) == (
        "27.50", "150.00", ["wifi"],
    )  # fmt: skip
    assert manager.post("admin/rooms", json=asked, key="k").json == made.json
    assert db.session.scalar(select(func.count()).select_from(Room)) == 2
    plain = manager.post("admin/rooms", json=ROOM | {"venue_id": house.venue.id})
    assert plain.json["day_rate"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rate": {"amount": "27.50", "currency": "GBP"}}, "rate"),
        ({"rate": {"amount": "-1.00", "currency": "EUR"}}, "rate"),
        ({"type": "cave"}, "type"),
        ({"amenities": ["dragon"]}, "amenities.0"),
        ({"min_minutes": 90, "max_minutes": 60}, "max_minutes"),
        ({"owner": 1}, "owner"),
    ],
)
def test_a_room_that_cannot_be(house: House, change, field: str) -> None:
    answer = house.program().post("admin/rooms", json=ROOM | {"venue_id": house.venue.id} | change)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_who_may_make_rooms(house: House) -> None:
    asked = ROOM | {"venue_id": house.venue.id}
    assert house.host.post("admin/rooms", json=asked).status_code == 403
    assert Program(house.client, an_account()).post("admin/rooms", json=asked).status_code == 403
    assert house.program().post("admin/rooms", json=asked | {"venue_id": 987654}).status_code == 404


def test_timeslots_are_there_once(client: Client) -> None:
    room = an_open_room()
    user = an_account()
    merchant_id = db.session.get_one(Venue, room.venue_id).merchant_id
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant_id, role="owner")
    owner = Program(client, user)
    asked = {"room_id": room.id, "start_date": "2027-03-08", "end_date": "2027-03-09", "duration_minutes": 60}
    made = owner.post("admin/timeslots/generate", json=asked, key="k")
    assert (made.status_code, made.json) == (
        201, {"message": "16 timeslots were made.", "count": 16, "wanted": 16, "finished": True},
    )  # fmt: skip
    assert owner.post("admin/timeslots/generate", json=asked, key="k").json == made.json
    assert owner.post("admin/timeslots/generate", json=asked).json["count"] == 0
    assert db.session.scalar(select(func.count()).select_from(Session)) == 16
    backwards = owner.post("admin/timeslots/generate", json=asked | {"end_date": "2027-03-07"})
    assert (backwards.status_code, list(backwards.json["errors"])) == (422, ["end_date"])


def test_the_bookings_of_a_house(house: House) -> None:
    a_booking()
    owner = house.program()
    found = owner.get("admin/bookings").json
    assert {one["ref"] for one in found["items"]} == {booking.ref for booking in house.bookings}
    assert (found["total"], found["counts"]["confirmed"]) == (2, 2)
    assert found["items"][0]["email"]
    assert owner.get("admin/bookings", query_string={"status": "cancelled"}).json["total"] == 0
    assert owner.get("admin/bookings", query_string={"facilitator_id": house.person.id}).json["total"] == 2
    assert owner.get("admin/bookings", query_string={"session_id": house.session.id + 1}).json["total"] == 0
    admin = Program(house.client, an_account(is_admin=True))
    assert admin.get("admin/bookings").json["total"] == 3
    assert Program(house.client, an_account()).get("admin/bookings").status_code == 403
