"""From a client's card into a free time of the day: who it is for goes along, and nobody else gets in that way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bookapp.booking.models import Booking
from bookapp.booking.rules import AppointmentWish
from bookapp.catalog.models import Facilitator, Merchant, Service
from bookapp.identity.models import User
from bookapp.infra.db import db
from tests.builders import a_service, a_user, actor_of
from tests.builders.booking import a_booking
from tests.crm.hosting import a_class, a_host_at, now_is, seat, utc
from tests.support.client import Client
from tests.support.select import form_values, one, select

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def person(client: Client, monkeypatch: pytest.MonkeyPatch) -> Facilitator:
    """A host who works from nine to five, at 10:20 on the day."""
    now_is(monkeypatch, "10:20")
    return a_host_at(client)


def talks(person: Facilitator) -> Service:
    merchant = db.session.get_one(Merchant, person.merchant_id)
    return a_service(
        merchant, kind="appointment", name="A talk", lengths=((50, 7000), (80, 9900)), hosts=[person], online=True
    )


def a_client(person: Facilitator, service: Service, minutes: int = 80) -> User:
    user = a_user(name="Miriam Okafor", verified=False)
    wish = AppointmentWish(service.id, person.id, utc("09:00"), minutes)
    a_booking(wish, actor=actor_of(user), now=utc("06:00"), email=user.email)
    return user


def test_the_client_and_the_service_go_along_from_the_card_to_the_booking(client: Client, person: Facilitator) -> None:
    talks(person)
    service = talks(person)
    miriam = a_client(person, service)
    again = one(client.get(f"/desk/clients/{miriam.id}").text, "main .row a.btn[href*='client=']")
    assert again.text == "Book again"
    day = client.get(again["href"]).text
    assert "Booking Miriam Okafor in." in one(day, "#day > .notice").text
    assert one(day, "#day > .notice a")["href"] == f"/desk/clients/{miriam.id}"
    week = client.get(one(day, ".day-head > a.btn")["href"]).text
    assert "Booking Miriam Okafor in." in one(week, "#week > .notice").text
    gap = client.get(select(day, ".dayline a[data-state=free]")[0]["href"]).text
    fields = form_values(gap, "form[action^='/desk/day/booking']")
    assert (fields["what"], fields["name"], fields["email"]) == (f"{service.id}:80", "Miriam Okafor", miriam.email)
    done = client.post(one(gap, "form[action^='/desk/day/booking']")["action"], data=fields | {"from": "14:00"})
    assert done.location == "/desk/day"
    made = db.session.scalars(sa.select(Booking).where(Booking.starts_at == utc("14:00"))).one()
    assert (made.customer_id, made.state) == (miriam.id, "confirmed")
    assert not select(client.get(done.location).text, "#day > .notice a[href^='/desk/clients/']")


def test_who_is_typed_over_the_client_is_somebody_else(client: Client, person: Facilitator) -> None:
    service = talks(person)
    miriam = a_client(person, service)
    facts = {"what": f"{service.id}:50", "from": "14:00", "name": "Tom Alder", "email": "tom@example.org"}
    assert client.post(f"/desk/day/booking?client={miriam.id}", data=facts).status_code == 303
    made = db.session.scalars(sa.select(Booking).where(Booking.starts_at == utc("14:00"))).one()
    assert (made.customer_id, made.name) == (None, "Tom Alder")


def test_nobody_elses_client_is_carried(client: Client, person: Facilitator) -> None:
    stranger = a_user()
    for number in (stranger.id, 10**11):
        for path in ("/desk/day", "/desk/week", "/desk/day/gap"):
            assert client.get(f"{path}?client={number}").status_code == 404
    assert client.get("/desk/day?client=x").status_code == 200


def test_a_client_of_classes_has_no_usual_appointment(client: Client, person: Facilitator) -> None:
    first, _second = talks(person), talks(person)
    miriam = a_user()
    assert seat(a_class(person, "16:00"), miriam.name, miriam.email).customer_id == miriam.id
    fields = form_values(client.get(f"/desk/day/gap?client={miriam.id}").text, "form[action^='/desk/day/booking']")
    assert (fields["what"], fields["email"]) == (f"{first.id}:50", miriam.email)
