"""The doors around bookings, one by one: what is refused, and in which words; whose it is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import func, select

from bookapp.api.views.description import described
from bookapp.booking import actions
from bookapp.booking.actions import revoke_links
from bookapp.booking.models import Booking, Participant
from bookapp.booking.queries.links import manage_token
from bookapp.catalog.actions import grant_role
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways.sandbox import SandboxGateway
from bookapp.payments.models import Payment
from tests.api.calling import Program, an_account
from tests.booking.paid import a_deposit_booking
from tests.builders import a_facilitator, a_service, a_session, actor_of, an_addon, works
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, an_open_room, at
from tests.builders.wallets import fill_wallet
from tests.support.client import Client
from tests.support.queries import counted


@pytest.fixture(autouse=True)
def _stands_still() -> Iterator[None]:
    """The clock stands at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(client: Client) -> Program:
    """Somebody's program."""
    return Program(client, an_account())


def a_room_asked(room=None, **more):
    room = room or an_open_room()
    return {"room_id": room.id, "start": at(7).isoformat(), "end": at(7, 2).isoformat(), **more}


def how_many(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"room_id": None}, "room_id"),
        ({"session_id": 1}, "session_id"),
        ({"end": at(7).isoformat()}, "end"),
        ({"end": at(22).isoformat()}, "end"),
        ({"start": "2027-03-08T09:00:00"}, "start"),
        ({"start": "soon"}, "start"),
        ({"seats": 2}, "seats"),
        ({"people": 0}, "people"),
        ({"people": "two"}, "people"),
        ({"people": 9}, "people"),
        ({"coupon": "NOSUCH"}, "coupon"),
        ({"gateway": "bank"}, "gateway"),
        ({"email": "nobody"}, "email"),
        ({"participants": [{"name": "Jo", "email": "nobody"}]}, "participants.0.email"),
        ({"participants": [{"name": "Jo", "age": 7}]}, "participants.0.age"),
        ({"addons": [{"addon_id": 1, "quantity": 0}]}, "addons.0.quantity"),
        ({"addons": [{"addon_id": 1, "quantity": 1}]}, "addons"),
        ({"addons": [{"addon_id": 1, "quantity": 1}, {"addon_id": 1, "quantity": 2}]}, "addons"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"a": "\u0000"}}, "metadata"),
        ({"metadata": {"\ud800": 1}}, "metadata"),
        ({"metadata": {"a": {"b": {"c": {"d": {"e": {}}}}}}}, "metadata"),
        ({"metadata": {"a": "x" * 8001}}, "metadata"),
        ({"notes": "\u0007"}, "notes"),
        ({"total": 1}, "total"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(program: Program, changes, field: str) -> None:
    asked = {name: value for name, value in (a_room_asked() | changes).items() if value is not None}
    answer = program.post("bookings", json=asked)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
    assert how_many(Booking) == 0


def test_numbers_no_database_holds_are_refused(program: Program) -> None:
    body = json.dumps(a_room_asked(metadata={"a": "much"})).replace('"much"', "1e999")
    answer = program.post("bookings", data=body, content_type="application/json")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["metadata"])


def test_what_belongs_to_an_appointment(program: Program) -> None:
    host = a_facilitator()
    works(host)
    service = a_service(host.merchant, kind="appointment", lengths=((30, 4000), (60, 7000)), hosts=[host], online=True)
    asked = {"service_id": service.id}
    assert list(program.post("bookings", json=asked).json["errors"]) == ["facilitator_id", "start"]
    asked |= {"facilitator_id": host.id, "start": at(7, 2).isoformat()}
    assert list(program.post("bookings", json=asked).json["errors"]) == ["duration_minutes"]
    answer = program.post("bookings", json=asked | {"duration_minutes": 45})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["duration_minutes"])
    answer = program.post("bookings", json=asked | {"duration_minutes": 30})
    assert answer.json["total"]["amount"] == "40.00"


def test_more_companions_than_seats(program: Program) -> None:
    session = a_session(starts_at=at(7))
    answer = program.post("bookings", json={"session_id": session.id, "participants": [{"name": "A"}, {"name": "B"}]})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["participants"])


def test_what_is_taken_is_409_and_what_is_not_there_404(program: Program) -> None:
    room = an_open_room()
    a_hold(a_wish(room))
    answer = program.post("bookings", json=a_room_asked(room))
    assert (answer.status_code, answer.json["code"]) == (409, "slot_taken")
    assert answer.json["alternatives"][0] == {
        "label": "2027-03-08T07:00:00+01:00/2027-03-08T09:00:00+01:00", "href": f"/api/v1/rooms/{room.id}",
    }  # fmt: skip
    assert program.post("bookings", json=a_room_asked(room, room_id=room.id + 1)).status_code == 404
    full = a_session(starts_at=at(7), capacity=1)
    answer = program.post("bookings", json={"session_id": full.id, "seats": 2})
    assert (answer.status_code, answer.json["code"]) == (409, "session_full")
    assert [one["href"] for one in answer.json["alternatives"]] == [f"/api/v1/sessions/{full.id}"], "its last seat"
    host = a_facilitator()
    works(host)
    service = a_service(host.merchant, kind="appointment", lengths=((60, 7000),), hosts=[host], online=True)
    asked = {"service_id": service.id, "facilitator_id": host.id, "start": at(7, 2).isoformat()}
    assert program.post("bookings", json=asked).status_code == 201
    answer = Program(program.client, an_account()).post("bookings", json=asked)
    assert (answer.status_code, len(answer.json["alternatives"])) == (409, 3)
    assert answer.json["alternatives"][0]["href"].startswith(f"/api/v1/facilitators/{host.id}/availability")


def test_a_guest_needs_an_email_and_nobody_a_bad_token(client: Client) -> None:
    answer = Program(client).post("bookings", json=a_room_asked())
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["email"])
    program = Program(client)
    program.token = "expired"
    assert program.post("bookings", json=a_room_asked(email="guest@example.org")).status_code == 401


def test_a_key_is_its_callers_own_and_good_for_one_wish(client: Client, program: Program) -> None:
    asked = a_room_asked()
    first = program.post("bookings", json=asked, key="k").json
    other = program.post("bookings", json=asked | {"people": 2}, key="k")
    assert (other.status_code, other.json["code"]) == (409, "key_reused")
    theirs = Program(client, an_account()).post("bookings", json=a_room_asked(), key="k").json
    assert theirs["ref"] != first["ref"]
    assert program.post("bookings", json=asked, key="no spaces please").status_code == 422


def test_two_guests_behind_one_address_do_not_meet(client: Client) -> None:
    guest, asked = Program(client), a_room_asked(email="one@example.org")
    first = guest.post("bookings", json=asked, key="k").json
    other = guest.post("bookings", json=a_room_asked(email="two@example.org"), key="k").json
    assert first["ref"] != other["ref"]
    token = {"Booking-Token": other["booking_token"]}
    assert guest.get(f"bookings/{other['ref']}", headers=token).status_code == 200
    assert guest.get(f"bookings/{first['ref']}", headers=token).status_code == 404


def test_a_guests_key_can_be_made_void(client: Client) -> None:
    booked = Program(client).post("bookings", json=a_room_asked(email="guest@example.org")).json
    booking = db.session.scalars(select(Booking)).one()
    headers = {"Booking-Token": manage_token(booking)}
    assert headers["Booking-Token"] == booked["booking_token"]
    revoke_links(Actor(links=((booking.ref, booking.link_version),)), booking.ref)
    for token in (booked["booking_token"], "x", "x" * 300):
        answer = Program(client).get(f"bookings/{booked['ref']}", headers={"Booking-Token": token})
        assert (answer.status_code, answer.json["code"]) == (401, "invalid_booking_token")


def test_the_list_is_counted_by_status(program: Program) -> None:
    actor = actor_of(program.user)
    first = a_booking(a_wish(start=at(9)), actor=actor)
    second = a_booking(a_wish(start=at(8)), actor=actor, state="cancelled")
    a_booking()
    found = program.get("bookings").json
    assert [one["ref"] for one in found["items"]] == [first.ref, second.ref]
    assert (found["total"], found["page"], found["limit"]) == (2, 1, 25)
    assert found["counts"] == {
        "pending": 0, "confirmed": 1, "expired": 0, "cancelled": 1, "completed": 0, "no_show": 0,
    }  # fmt: skip
    assert [one["payment_status"] for one in found["items"]] == ["paid", "partly_refunded"]
    page = program.get("bookings", query_string={"status": "cancelled", "limit": 1, "page": 2}).json
    assert (page["items"], page["total"]) == ([], 1)
    for wrong in ({"status": "lost"}, {"limit": 101}, {"page": 0}, {"limit": "ten"}, {"colour": "red"}):
        assert program.get("bookings", query_string=wrong).status_code == 422


def test_a_list_of_many_asks_no_more_than_one_of_few(program: Program) -> None:
    def asked() -> int:
        with counted() as seen:
            assert program.get("bookings").status_code == 200
        return len(seen)

    actor = actor_of(program.user)
    a_booking(actor=actor)
    few = asked()
    for day in range(8, 12):
        a_booking(a_wish(start=at(day)), actor=actor)
    assert asked() == few <= 6


def test_who_comes_along_sees_it_without_anybodys_address(client: Client, program: Program) -> None:
    booking = a_booking(actor=actor_of(program.user), email=program.user.email)
    friend = an_account()
    db.session.add(Participant(booking_id=booking.id, user_id=friend.id, name="Jo", email=friend.email))
    seen = Program(client, friend).get(f"bookings/{booking.ref}").json
    assert (seen["email"], seen["phone"]) == ("", "")
    assert {one["email"] for one in seen["customers"]} == {None}
    assert program.get(f"bookings/{booking.ref}").json["email"] == program.user.email
    assert Program(client, friend).post(f"bookings/{booking.ref}/cancel").status_code == 403
    to = {"start": at(8).isoformat(), "end": at(8, 2).isoformat()}
    assert Program(client, friend).put(f"bookings/{booking.ref}/reschedule", json=to).status_code == 403


def test_papers_are_there_when_there_is_something_to_say(program: Program) -> None:
    held = a_hold(actor=actor_of(program.user))
    answer = program.get(f"bookings/{held.ref}/confirmation.pdf")
    assert (answer.status_code, answer.json["code"]) == (409, "not_confirmed")
    assert program.get(f"bookings/{held.ref}/invoice.pdf").status_code == 404


def test_the_house_moves_without_a_charge_and_cancels_with_a_reason(client: Client) -> None:
    booking = a_booking()
    owner = an_account()
    grant_role(SYSTEM, user_id=owner.id, merchant_id=booking.merchant_id, role="owner")
    program = Program(client, owner)
    to = {"start": at(8).isoformat(), "end": at(8, 3).isoformat(), "reason": "Painting."}
    moved = program.put(f"bookings/{booking.ref}/reschedule", json=to).json
    assert (moved["total"]["amount"], moved["payment"]) == ("54.00", None)
    assert moved["reschedule_history"][0]["by"] == "merchant"
    without = program.post(f"bookings/{booking.ref}/cancel")
    assert (without.status_code, list(without.json["errors"])) == (422, ["reason"])
    cancelled = program.post(f"bookings/{booking.ref}/cancel", json={"reason": "Painting."}).json
    assert (cancelled["refund_amount"]["amount"], cancelled["refund_percent"]) == ("54.00", 100)
    assert program.post(f"bookings/{booking.ref}/cancel", json={"reason": "Again."}).json == cancelled


@pytest.mark.parametrize(
    ("to", "field"),
    [
        ({}, "start"),
        ({"end": at(8).isoformat()}, "start"),
        ({"start": at(8).isoformat()}, "end"),
        ({"start": at(8).isoformat(), "end": at(8).isoformat()}, "end"),
        ({"start": at(8).isoformat(), "end": at(30).isoformat()}, "end"),
        ({"start": at(8).isoformat(), "end": at(8, 2).isoformat(), "gateway": "bank"}, "gateway"),
    ],
)
def test_a_move_to_nowhere(program: Program, to, field: str) -> None:
    booking = a_booking(actor=actor_of(program.user))
    answer = program.put(f"bookings/{booking.ref}/reschedule", json=to)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_seats_are_moved_to_a_session(program: Program) -> None:
    session = a_session(starts_at=at(7))
    ref = program.post("bookings", json={"session_id": session.id}).json["ref"]
    answer = program.put(f"bookings/{ref}/reschedule", json={"start": at(8).isoformat()})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["session_id"])


def test_what_the_description_allows_names_one_thing(app) -> None:
    said = described()["components"]["schemas"]["BookingInput"]
    assert [one["required"] for one in said["oneOf"]] == [
        ["room_id", "start", "end"], ["session_id"], ["service_id", "facilitator_id", "start"],
    ]  # fmt: skip
    assert said["oneOf"][1]["properties"]["room_id"] is False
    assert "seats" not in said["oneOf"][1]["properties"]


def test_a_move_to_where_somebody_is_names_other_times(program: Program) -> None:
    room = an_open_room()
    booking = a_booking(a_wish(room), actor=actor_of(program.user))
    a_hold(a_wish(room, start=at(8)))
    to = {"start": at(8).isoformat(), "end": at(8, 2).isoformat()}
    answer = program.put(f"bookings/{booking.ref}/reschedule", json=to)
    assert (answer.status_code, answer.json["code"]) == (409, "slot_taken")
    assert answer.json["alternatives"][0]["label"].startswith("2027-03-09T07:00")


def test_a_move_of_what_somebody_changed_meanwhile(program: Program) -> None:
    booking = a_booking(actor=actor_of(program.user))
    to = {"start": at(8).isoformat(), "end": at(8, 2).isoformat(), "version": booking.version + 1}
    answer = program.put(f"bookings/{booking.ref}/reschedule", json=to)
    assert (answer.status_code, answer.json["code"]) == (409, "changed_meanwhile")
    assert (answer.json["current"]["ref"], answer.json["current"]["version"]) == (booking.ref, booking.version)


def test_the_rest_of_a_deposit(program: Program) -> None:
    fill_wallet(program.user, 9000)
    booking = a_deposit_booking(actor_of(program.user), start=at(20))
    asked = program.get(f"bookings/{booking.ref}").json
    assert (asked["due_now"]["amount"], asked["payment_status"]) == ("16.20", "paid")
    assert asked["rest_due_at"]
    paid = program.post("payments/initiate", json={"booking_ref": booking.ref, "wallet": True})
    assert (paid.status_code, paid.json["payment"], paid.json["payment_status"]) == (201, None, "paid")


def test_a_provider_that_is_down_is_asked_again_with_the_same_key(program: Program, monkeypatch) -> None:
    asked, opens = a_room_asked(), SandboxGateway.open

    def down(self, request):
        raise GatewayDown

    monkeypatch.setattr(SandboxGateway, "open", down)
    away = {"Authorization": f"Bearer {program.token}", "Idempotency-Key": "k"}
    answer = program.client.post("/api/v1/bookings", json=asked, headers=away)
    assert (answer.status_code, answer.json["code"]) == (503, "gateway_down")
    assert answer.headers["Retry-After"]
    monkeypatch.setattr(SandboxGateway, "open", opens)
    booked = program.post("bookings", json=asked, key="k")
    assert (booked.status_code, how_many(Booking), how_many(Payment)) == (201, 1, 1)
    assert booked.json["payment"]["url"]


def test_a_provider_that_refuses_is_409(program: Program, monkeypatch) -> None:
    def refuses(self, request):
        raise GatewayRefused("card_country")

    monkeypatch.setattr(SandboxGateway, "open", refuses)
    answer = program.post("bookings", json=a_room_asked())
    assert (answer.status_code, answer.json["code"]) == (409, "gateway_refused")


def test_a_payment_of_somebody_else_is_not_there(client: Client) -> None:
    booking = a_booking()
    payment = db.session.scalars(select(Payment).where(Payment.reference == booking.ref)).one()
    stranger = Program(client, an_account())
    for asked in (str(payment.key), "00000000-0000-4000-8000-000000000000"):
        assert stranger.post("payments/verify", json={"payment_id": asked}).status_code == 404
    assert stranger.post("payments/verify", json={"payment_id": "x"}).status_code == 422
    assert stranger.post("payments/initiate", json={"booking_ref": booking.ref}).status_code == 404


def test_a_review_once_it_has_taken_place(program: Program) -> None:
    actor = actor_of(program.user)
    booking = a_booking(actor=actor)
    asked = {"booking_ref": booking.ref, "stars": 5, "text": "Bright and quiet."}
    early = program.post("reviews", json=asked)
    assert (early.status_code, early.json["code"]) == (409, "review_not_yet")
    actions.complete_past(now=booking.ends_at)
    with time_machine.travel(booking.ends_at + dt.timedelta(hours=1), tick=False):
        later = Program(program.client, program.user)
        answer = later.post("reviews", json=asked, key="k")
        assert answer.status_code == 201
        assert (answer.json["stars"], answer.json["text"], answer.json["booking_ref"]) == (
            5, "Bright and quiet.", booking.ref,
        )  # fmt: skip
        assert later.post("reviews", json=asked, key="k").json == answer.json
        again = later.post("reviews", json=asked)
        assert (again.status_code, again.json["code"]) == (409, "already_reviewed")
        assert later.post("reviews", json=asked | {"stars": 6}).status_code == 422


def test_an_extra_that_is_gone(program: Program) -> None:
    room = an_open_room()
    projector = an_addon(room.venue, stock=1)
    answer = program.post("bookings", json=a_room_asked(room, addons=[{"addon_id": projector.id, "quantity": 2}]))
    assert (answer.status_code, answer.json["code"]) == (409, "addon_gone")


def test_a_number_that_is_nobodys_is_not_there(client: Client) -> None:
    path = f"sessions/{2**64}/participants"
    for program in (Program(client), Program(client, an_account())):
        assert program.get(path).status_code == 404
