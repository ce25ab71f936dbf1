"""Each of the three shapes booked, moved and cancelled through the API; afterwards the books agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.operations.queries import differences
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment, Refund
from bookapp.payments.queries import wallet_balance
from bookapp.scheduling.models import Occupancy
from tests.api.calling import Program, an_account
from tests.booking.paid import a_coupon
from tests.builders import a_facilitator, a_service, a_session, an_addon, works
from tests.builders.booking import NOW, an_open_room, at, seats_taken
from tests.builders.wallets import fill_wallet
from tests.support.client import Client
from tests.support.jobs import work_off

JOBS = ("payments.send_refund", "booking.issue_papers", "booking.return_code", "payments.close_stale")


@pytest.fixture(autouse=True)
def _stands_still() -> Iterator[None]:
    """The clock stands at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _the_books_agree(app) -> Iterator[None]:
    """After every way through the API nothing of the money is left hanging."""
    yield
    work_off(*JOBS)
    assert [str(each) for each in differences()] == []
    assert not db.session.scalars(select(Refund.id).where(Refund.state != "processed")).all()


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def iso(moment: dt.datetime) -> str:
    return moment.isoformat()


def pays(program: Program, payment: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Somebody pays on the provider's page; the program then asks how it went."""
    assert payment["status"] == "pending"
    charge = payment["url"].rpartition("/")[2]
    assert sandbox.settle(charge, ChargeState.PAID)
    answer = program.post("payments/verify", json={"payment_id": payment["payment_id"]}, **kwargs)
    assert answer.status_code == 200
    return answer.json


def test_a_room_with_an_extra_and_a_coupon_paid_by_card(client: Client) -> None:
    room = an_open_room()
    projector = an_addon(room.venue, price_minor=1200)
    a_coupon(room)
    program = Program(client, an_account(name="Miriam Okafor"))
    asked = {
        "room_id": room.id, "start": iso(at(7)), "end": iso(at(7, 2)), "people": 4, "coupon": "spring10",
        "addons": [{"addon_id": projector.id, "quantity": 1}], "gateway": "sandbox", "notes": "Two tables, please.",
        "metadata": {"crm": {"id": 4711, "tags": ["vip"]}}, "booking_type": "workshop",
        "participants": [{"name": "Jonas Weber", "email": "Jonas@Example.org"}, {"name": "Ada"}],
    }  # fmt: skip
    answer = program.post("bookings", json=asked, key="order-1")
    assert answer.status_code == 201
    booked = answer.json
    assert answer.headers["Location"] == f"/api/v1/bookings/{booked['ref']}"
    assert (booked["status"], booked["payment_status"], booked["booking_token"]) == ("pending", "pending", None)
    assert [(line["kind"], line["subtotal"]["amount"]) for line in booked["lines"]] == [
        ("base", "54.00"), ("addon", "12.00"), ("discount", "-6.60"),
    ]  # fmt: skip
    assert (booked["total"], booked["payment"]["amount"]) == (eur("59.40"), eur("59.40"))
    assert booked["starts_at"] == "2027-03-08T09:00:00+01:00", "on the clock of the place"
    assert booked["metadata"] == asked["metadata"]
    assert [(one["role"], one["name"], one["email"]) for one in booked["customers"]] == [
        ("organiser", "Miriam Okafor", program.user.email),
        ("participant", "Jonas Weber", "jonas@example.org"),
        ("participant", "Ada", None),
    ]
    assert program.post("bookings", json=asked, key="order-1").json == booked, "a retry is answered the same"

    paid = pays(program, booked["payment"])
    assert (paid["booking_status"], paid["payment_status"], paid["payment"]["status"]) == (
        "confirmed", "paid", "succeeded",
    )  # fmt: skip
    ref = booked["ref"]
    dearer = program.put(f"bookings/{ref}/reschedule", json={"start": iso(at(8)), "end": iso(at(8, 3))}, key="move-1")
    assert dearer.status_code == 200
    waits = dearer.json
    assert (waits["starts_at"], waits["pending_move"]["starts_at"]) == (
        booked["starts_at"], "2027-03-09T09:00:00+01:00",
    )  # fmt: skip
    assert waits["payment"]["amount"] == eur("24.30"), "27.00 less 10 %"
    assert pays(program, waits["payment"])["payment_status"] == "paid"
    moved = program.get(f"bookings/{ref}").json
    (history,) = moved["reschedule_history"]
    assert (history["old"]["starts_at"], history["new"]["ends_at"]) == (
        "2027-03-08T09:00:00+01:00", "2027-03-09T12:00:00+01:00",
    )  # fmt: skip
    assert (history["price_difference"], history["by"]) == (eur("24.30"), "customer")
    again = program.put(f"bookings/{ref}/reschedule", json={"start": iso(at(8)), "end": iso(at(8, 3))})
    assert (again.status_code, again.json["payment"]) == (200, None), "where it is already"

    cancelled = program.post(f"bookings/{ref}/cancel", json={"reason": "Ill.", "refund_to": "wallet"})
    assert cancelled.status_code == 200
    assert cancelled.json == {
        "ref": ref, "status": "cancelled", "payment_status": "partly_refunded", "refund_percent": 75,
        "refund_amount": eur("62.78"), "wallet_credited": eur("62.78"), "cancellation_fee": eur("20.92"),
        "policy": cancelled.json["policy"],
    }  # fmt: skip
    assert cancelled.json["policy"].startswith("Standard: 75 % back if you cancel until")
    assert program.post(f"bookings/{ref}/cancel").json == cancelled.json
    assert program.get("wallet").json["balances"] == [
        {"currency": "EUR", "balance": eur("62.78"), "reserved": eur("0.00")}
    ]
    lines = program.get("wallet/transactions").json
    assert [(line["kind"], line["booking_ref"], line["amount"]["amount"]) for line in lines["items"]] == [
        ("refund", ref, "38.48"), ("refund", ref, "24.30"),
    ]  # fmt: skip
    assert lines["total"] == 2
    assert program.get("wallet/transactions", query_string={"currency": "GBP"}).json["items"] == []
    assert not db.session.scalars(select(Occupancy).where(Occupancy.active)).all()


def test_seats_paid_by_wallet_and_card_together(client: Client) -> None:
    service = a_service()
    first, later = a_session(service, starts_at=at(7)), a_session(service, starts_at=at(9))
    user = an_account()
    fill_wallet(user, 2000)
    program = Program(client, user)
    booked = program.post("bookings", json={"session_id": first.id, "seats": 2, "wallet": True}).json
    assert (booked["total"], booked["payment"]["amount"]) == (eur("32.00"), eur("12.00"))
    assert {(one["provider"], one["status"]) for one in booked["payments"]} == {
        ("wallet", "pending"), ("sandbox", "pending"),
    }  # fmt: skip
    assert pays(program, booked["payment"])["booking_status"] == "confirmed"
    moved = program.put(f"bookings/{booked['ref']}/reschedule", json={"session_id": later.id})
    assert (moved.status_code, moved.json["session_id"], moved.json["payment"]) == (200, later.id, None)
    assert (seats_taken(first), seats_taken(later)) == (0, 2)
    cancelled = program.post(f"bookings/{booked['ref']}/cancel", json={}).json
    assert (cancelled["refund_amount"], cancelled["wallet_credited"]) == (eur("24.00"), eur("20.00"))
    assert seats_taken(later) == 0
    assert wallet_balance(user.id, "EUR").minor == 2000


def test_an_hour_of_a_person_booked_by_a_guest(client: Client) -> None:
    host = a_facilitator()
    works(host)
    service = a_service(host.merchant, kind="appointment", lengths=((60, 7000),), hosts=[host], online=True)
    asked = {
        "service_id": service.id, "facilitator_id": host.id, "start": iso(at(7, 2)), "email": "Guest@Example.org",
        "name": "Gwen Guest",
    }  # fmt: skip
    guest = Program(client)
    booked = guest.post("bookings", json=asked, key="guest-1").json
    token = {"Booking-Token": booked["booking_token"]}
    assert guest.post("bookings", json=asked, key="guest-1").json["booking_token"] == booked["booking_token"]
    path = f"bookings/{booked['ref']}"
    assert guest.get(path).status_code == 401
    assert guest.get(path, headers=token).json["name"] == "Gwen Guest"
    assert Program(client, an_account()).get(path).status_code == 404, "somebody else's is not there"
    assert pays(guest, booked["payment"], headers=token)["booking_status"] == "confirmed"
    moved = guest.put(f"{path}/reschedule", json={"start": iso(at(8, 3))}, headers=token)
    assert (moved.status_code, moved.json["starts_at"]) == (200, "2027-03-09T12:00:00+01:00")
    for paper, kind in (("confirmation.pdf", b"%PDF"), ("calendar.ics", b"BEGIN:VCALENDAR")):
        answer = guest.get(f"{path}/{paper}", headers=token)
        assert answer.status_code == 200 and answer.data.startswith(kind)
    work_off("booking.issue_papers")
    assert guest.get(f"{path}/invoice.pdf", headers=token).data.startswith(b"%PDF")
    cancelled = guest.post(f"{path}/cancel", json={"refund_to": "wallet"}, headers=token).json
    assert (cancelled["refund_amount"], cancelled["wallet_credited"]) == (eur("52.50"), eur("0.00"))


def test_what_costs_nothing_and_what_the_wallet_pays_is_confirmed_at_once(client: Client) -> None:
    user = an_account()
    fill_wallet(user, 9000)
    program = Program(client, user)
    free = an_open_room(rate_minor=0)
    answer = program.post("bookings", json={"room_id": free.id, "start": iso(at(7)), "end": iso(at(7, 2))})
    assert (answer.json["status"], answer.json["payment_status"], answer.json["payment"]) == ("confirmed", "paid", None)
    asked = {"room_id": an_open_room().id, "start": iso(at(7)), "end": iso(at(7, 2)), "wallet": True}
    booked = program.post("bookings", json=asked).json
    assert (booked["status"], booked["payment"]) == ("confirmed", None)
    assert program.get("wallet").json["balances"][0]["balance"] == eur("36.00")


def test_a_dearer_move_paid_from_the_wallet_is_done_at_once(client: Client) -> None:
    user = an_account()
    fill_wallet(user, 9000)
    program = Program(client, user)
    asked = {"room_id": an_open_room().id, "start": iso(at(7)), "end": iso(at(7, 2)), "wallet": True}
    ref = program.post("bookings", json=asked).json["ref"]
    to = {"start": iso(at(7)), "end": iso(at(7, 3)), "wallet": True}
    moved = program.put(f"bookings/{ref}/reschedule", json=to).json
    assert (moved["payment"], moved["pending_move"], moved["total"]) == (None, None, eur("81.00"))


def test_a_declined_card_can_be_tried_again(client: Client) -> None:
    program = Program(client, an_account())
    asked = {"room_id": an_open_room().id, "start": iso(at(7)), "end": iso(at(7, 2))}
    booked = program.post("bookings", json=asked).json
    payment = booked["payment"]
    sandbox.settle(payment["url"].rpartition("/")[2], ChargeState.FAILED)
    declined = program.post("payments/verify", json={"payment_id": payment["payment_id"]}).json
    assert (declined["booking_status"], declined["payment_status"]) == ("pending", "failed")
    assert declined["payment"]["url"] is None
    tried = program.post("payments/initiate", json={"booking_ref": booked["ref"]}, key="again")
    assert tried.status_code == 201
    assert tried.json["payment"]["payment_id"] != payment["payment_id"]
    assert program.post("payments/initiate", json={"booking_ref": booked["ref"]}, key="again").json == tried.json
    assert pays(program, tried.json["payment"])["booking_status"] == "confirmed"
    over = program.post("payments/initiate", json={"booking_ref": booked["ref"]})
    assert (over.status_code, over.json["code"]) == (409, "nothing_open")
    assert len(db.session.scalars(select(Payment)).all()) == 2
