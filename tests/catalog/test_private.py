"""A private service: reached by its link and by nothing else, from its page to the hold, and by the API."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask

from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import renew_link
from bookapp.catalog.rules import may_open
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.scheduling.models import Session, WorkingHours
from bookapp.values.errors import NotValid
from tests.builders import a_facilitator, a_merchant, a_service, a_session, actor_of
from tests.builders.booking import NOW, a_booking, at
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def secret(app: Flask) -> Secret:
    """A date of a private class."""
    service = a_service(private=True)
    session = a_session(service, starts_at=at())
    return Secret(session.id, service.id, service.slug, service.name, service.merchant.slug, service.link_key or "")


@dataclass(frozen=True)
class Secret:
    """The class and its date, as far as the pages know them."""

    id: int
    service_id: int
    slug: str
    name: str
    house: str
    key: str


def link(slug: str, key: str | None) -> str:
    return f"/services/{slug}?key={key}"


def hold(client: Client, session_id: int) -> int:
    fields = {"kind": "session", "session": str(session_id), "idempotency_key": f"key-{another():08}"}
    return client.post("/hold", data=fields).status_code


def test_without_the_link_nothing_of_it_is_there(client: Client, secret: Secret) -> None:
    for address in (f"/services/{secret.slug}", f"/services/{secret.slug}?key=guess", f"/sessions/{secret.id}"):
        assert client.get(address).status_code == 404
    assert hold(client, secret.id) == 404
    for listing in (f"/at/{secret.house}", f"/sessions?merchant={secret.house}"):
        assert secret.name not in client.get(listing).text
    assert client.get(f"/api/v1/sessions/{secret.id}").status_code == 404


def test_with_the_link_it_is_there_to_the_hold(client: Client, secret: Secret) -> None:
    page = client.get(link(secret.slug, secret.key))
    assert page.status_code == 200
    assert '<meta name="robots" content="noindex">' in page.text
    assert client.get(f"/services/{secret.slug}").status_code == 200
    assert client.get(f"/sessions/{secret.id}").status_code == 200
    assert hold(client, secret.id) == 303


def test_a_renewed_link_closes_the_one_before(client: Client, secret: Secret) -> None:
    before = link(secret.slug, secret.key)
    assert client.get(before).status_code == 200
    renewed = renew_link(SYSTEM, secret.service_id)
    assert client.get(before).status_code == client.get(f"/sessions/{secret.id}").status_code == 404
    assert hold(client, secret.id) == 404
    assert client.get(link(renewed.slug, renewed.link_key)).status_code == 200


def test_a_private_appointment_is_chosen_and_held_after_its_link(client: Client) -> None:
    house = a_merchant()
    host = a_facilitator(house)
    db.session.add(WorkingHours(facilitator_id=host.id, weekday=0, starts=dt.time(9), ends=dt.time(17)))
    service = a_service(house, kind="appointment", hosts=[host], online=True, private=True)
    start = "2027-03-08T10:00Z"
    address = f"/people/{host.slug}?service={service.slug}&start={start}"
    fields = {
        "kind": "appointment", "service": service.slug, "facilitator": host.slug, "start": start, "minutes": "60",
        "idempotency_key": f"key-{another():08}",
    }  # fmt: skip
    assert service.name not in client.get(address).text
    assert client.post("/hold", data=fields).status_code == 404
    assert f"/people/{host.slug}?service={service.slug}" in client.get(link(service.slug, service.link_key)).text
    assert service.name in client.get(address).text
    assert client.post("/hold", data=fields).status_code == 303


def test_a_program_books_it_with_the_key(client: Client, secret: Secret) -> None:
    order = {"session_id": secret.id, "email": "miriam@example.org"}
    for key, status in (("", 404), ("guess", 404), (secret.key, 201)):
        headers = {"Idempotency-Key": f"key-{another():08}"}
        answer = client.post("/api/v1/bookings", json=order | ({"service_key": key} if key else {}), headers=headers)
        assert answer.status_code == status, answer.text


def test_who_works_there_and_who_booked_it_need_no_link(client: Client, secret: Secret) -> None:
    merchant_id = db.session.get_one(Session, secret.id).merchant_id
    sign_in(client, merchant_id=merchant_id, role="manager")
    assert client.get(f"/services/{secret.slug}").status_code == 200
    assert client.get(f"/sessions/{secret.id}").status_code == 200
    client.post("/logout")
    user = sign_in(client)
    assert client.get(f"/sessions/{secret.id}").status_code == 404
    a_booking(SeatWish(secret.id), actor=actor_of(user))
    assert client.get(f"/sessions/{secret.id}").status_code == 200


def test_only_the_own_key_opens() -> None:
    assert may_open(None, [], private=False)
    assert may_open("abc", ["x", "abc"], private=True)
    assert not may_open("abc", ["", "ab", "ünicode"], private=True)
    assert not may_open(None, [""], private=True)


def test_only_a_private_service_has_a_link_to_renew() -> None:
    with pytest.raises(NotValid):
        renew_link(SYSTEM, a_service().id)
