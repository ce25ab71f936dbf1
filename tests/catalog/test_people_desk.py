"""Facilitators and the house itself at the desk."""

from __future__ import annotations

import pytest
from flask import Flask

from bookapp.catalog.actions import change_facilitator, change_house
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.catalog.queries.managed import person_to_change, version_of_person
from bookapp.catalog.rules import FacilitatorDraft, HouseDraft
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.scheduling.models import Closure
from bookapp.scheduling.queries.opening import working_hours
from bookapp.values.errors import NotFound
from tests.builders import a_facilitator, a_merchant, a_user, actor_of
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


def person(facilitator_id: int) -> Facilitator:
    return person_to_change(facilitator_id)


def test_an_owner_makes_somebody_and_sets_their_level(client: Client) -> None:
    house = a_merchant()
    member = sign_in(client, merchant_id=house.id, role="facilitator")
    client.post("/logout")
    sign_in(client, merchant_id=house.id)
    page = client.get("/desk/people/new").text
    assert any(member.email in words for words in texts(page, "#user_id option"))
    typed = form_values(page, "form#person") | {
        "name": "Dr. Priya Sharma",
        "level": "expert",
        "years": "20",
        "listed": "y",
    }
    wrong = client.post("/desk/people/new", data=typed | {"years": "200"})
    assert (wrong.status_code, one(wrong.text, "#name")["value"]) == (422, "Dr. Priya Sharma")
    made = client.post("/desk/people/new", data=typed | {"user_id": str(member.id)})
    assert made.status_code == 303
    assert client.post("/desk/people/new", data=typed | {"user_id": str(member.id)}).location == made.location
    fresh = typed | {"user_id": str(member.id), "idempotency_key": "another-click"}
    assert "another facilitator" in client.post("/desk/people/new", data=fresh).text
    found = db.session.scalars(db.select(Facilitator).where(Facilitator.merchant_id == house.id)).one()
    assert (found.level, found.years, found.user_id, found.zone) == ("expert", 20, member.id, "Europe/Berlin")
    assert submit(client, made.location, "form#person", level="senior", zone="").status_code == 303
    changed = person(found.id)
    assert (changed.level, changed.listed, changed.zone) == ("senior", False, "Europe/Berlin")
    assert "not shown" in client.get("/desk/people").text


def test_an_account_is_one_facilitator(client: Client) -> None:
    house = a_merchant()
    member = a_user()
    a_facilitator(house, user_id=member.id)
    other = a_facilitator(house)
    sign_in(client, merchant_id=house.id)
    page = f"/desk/people/{other.id}"
    assert submit(client, page, "form#person", user_id=str(member.id)).status_code == 422
    draft = FacilitatorDraft(name="x", user_id=member.id)
    with pytest.raises(Exception, match="marked fields"):
        change_facilitator(SYSTEM, other.id, draft, version=version_of_person(person(other.id)))


def test_two_editors_the_second_is_shown_both(client: Client) -> None:
    who = a_facilitator(name="Priya")
    sign_in(client, merchant_id=who.merchant_id)
    page = f"/desk/people/{who.id}"
    typed = form_values(client.get(page).text, "form#person") | {"name": "Dr. Priya", "listed": "y"}
    change_facilitator(SYSTEM, who.id, FacilitatorDraft(name="Priya S.", zone=who.zone), version=typed["version"])
    late = client.post(page, data=typed)
    assert late.status_code == 409
    assert texts(late.text, ".notice dd") == ["Priya S."]
    again = typed | {"version": one(late.text, "input[name=version]")["value"]}
    assert client.post(page, data=again).status_code == 303
    assert person(who.id).name == "Dr. Priya"
    with pytest.raises(OfferChanged):
        change_facilitator(SYSTEM, who.id, FacilitatorDraft(name="x"), version=typed["version"])


def test_the_owner_sets_the_hours_and_the_time_off_of_their_people(client: Client) -> None:
    who = a_facilitator(name="Priya")
    sign_in(client, merchant_id=who.merchant_id)
    page = f"/desk/hours?facilitator={who.slug}"
    assert "Working hours of Priya" in one(client.get(page).text, "h1").text
    saved = submit(client, page, "#week form", **{"from-0-0": "9", "to-0-0": "17", "act": "save"})
    assert (saved.status_code, saved.location) == (303, page)
    (monday,) = working_hours(who.id)
    assert (monday.weekday, f"{monday.opens:%H:%M}") == (0, "09:00")
    off = submit(client, page, "#time-off form", first="2030-01-07")
    assert (off.status_code, off.location) == (303, f"{page}#time-off")
    closure = db.session.scalars(db.select(Closure).where(Closure.facilitator_id == who.id)).one()
    assert submit(client, page, f'form[action*="/{closure.id}/removal"]').status_code == 303
    assert not db.session.scalars(db.select(Closure).where(Closure.facilitator_id == who.id)).all()


@pytest.mark.parametrize("role", ["manager", "facilitator"])
def test_nobody_else_sets_them(client: Client, role: str) -> None:
    who = a_facilitator()
    sign_in(client, merchant_id=who.merchant_id, role=role)
    page = f"/desk/hours?facilitator={who.slug}"
    assert client.get(page).status_code == client.post(page, data={"act": "save"}).status_code == 404
    assert client.get(f"/desk/people/{who.id}").status_code == 404
    with pytest.raises(NotFound):
        change_facilitator(actor_of(a_user()), who.id, FacilitatorDraft(name="x"), version="")


def test_the_number_of_queries_does_not_grow(client: Client) -> None:
    house = a_merchant()
    a_facilitator(house)
    sign_in(client, merchant_id=house.id, role="manager")
    with counted() as few:
        page = client.get("/desk/people").text
    assert not css(page, "main a[href^='/desk/people/']")
    for _number in range(3):
        a_facilitator(house)
    with counted() as many:
        client.get("/desk/people")
    assert len(many) == len(few)


def test_the_house_says_something_else_of_itself(client: Client) -> None:
    house = a_merchant(name="Stillwater")
    sign_in(client, merchant_id=house.id)
    page = client.get("/desk/house").text
    assert "EUR" in texts(page, "dd")
    assert not css(page, "[name=currency], [name=zone]")
    typed = {"tagline": "By the lake", "bookings_per_session": "3", "gateways": "sandbox", "email": "no address"}
    wrong = submit(client, "/desk/house", "form#house", **typed)
    assert (wrong.status_code, one(wrong.text, "#tagline")["value"]) == (422, "By the lake")
    assert submit(client, "/desk/house", "form#house", **(typed | {"email": "us@example.org"})).status_code == 303
    now = db.session.get_one(Merchant, house.id)
    assert (now.tagline, now.bookings_per_session, now.email, now.currency) == (
        "By the lake",
        3,
        "us@example.org",
        "EUR",
    )


def test_ways_to_pay_are_switched_among_those_the_platform_has(client: Client, app: Flask) -> None:
    house = a_merchant()
    house.gateways = ["razorpay", "sandbox"]
    sign_in(client, merchant_id=house.id)
    page = client.get("/desk/house").text
    assert [each["value"] for each in css(page, "#gateways input")] == ["sandbox"]
    none = submit(client, "/desk/house", "form#house", name=house.name)
    assert none.status_code == 422
    assert "at least one way" in one(none.text, "#gateways .error").text
    unknown = submit(client, "/desk/house", "form#house", gateways=["sandbox", "stripe"])
    assert unknown.status_code == 422, "nobody switches on what is not there"
    assert submit(client, "/desk/house", "form#house", gateways="sandbox", name="Lake").status_code == 303
    now = db.session.get_one(Merchant, house.id)
    assert (now.gateways, now.name) == (["razorpay", "sandbox"], "Lake"), "what is not configured here stays"


def test_of_two_who_change_the_house_the_second_is_shown_both(client: Client) -> None:
    house = a_merchant(name="Lake")
    sign_in(client, merchant_id=house.id)
    typed = form_values(client.get("/desk/house").text, "form#house") | {"name": "Sea", "gateways": "sandbox"}
    change_house(SYSTEM, house.id, HouseDraft(name="Pond", gateways=("sandbox",)), version=typed["version"])
    late = client.post("/desk/house", data=typed)
    assert late.status_code == 409
    assert texts(late.text, ".notice dd") == ["Pond"]
    again = typed | {"version": one(late.text, "form#house input[name=version]")["value"]}
    assert client.post("/desk/house", data=again).status_code == 303
    with pytest.raises(NotFound):
        change_house(actor_of(a_user()), house.id, HouseDraft(name="x", gateways=("sandbox",)), version="")


def test_a_manager_looks_at_the_house(client: Client) -> None:
    house = a_merchant(tagline="By the lake")
    sign_in(client, merchant_id=house.id, role="manager")
    page = client.get("/desk/house").text
    assert not css(page, "form#house")
    assert "By the lake" in texts(page, "dd")
    assert client.post("/desk/house", data={"merchant": house.slug}).status_code == 403
