"""The first steps of a house: what is missing is read from what there is, and each step is asked once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bookapp.catalog.actions import close_merchant, ensure_terms_presets
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.members.queries.beginning import not_selling_yet, progress_of
from bookapp.members.rules import Progress
from bookapp.members.states import Step
from bookapp.scheduling.models import OpeningHours
from tests.builders import a_merchant, a_room, a_service, a_venue, opens
from tests.builders.booking import NOW
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")
NOTHING = dict.fromkeys(("has_venue", "has_room", "has_hours", "has_price", "has_service"), False)


def progress(**facts: bool) -> Progress:
    return Progress(**(NOTHING | {"has_payment": True, "is_listed": True} | facts))


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({}, ["venue", "room", "hours", "price"]),
        ({"has_venue": True, "has_room": True}, ["hours", "price"]),
        ({"has_venue": True, "has_room": True, "has_hours": True, "has_price": True}, []),
        ({"has_service": True}, []),
        ({"has_service": True, "has_payment": False}, ["payment"]),
        ({"has_service": True, "is_listed": False}, ["door"]),
    ],
)
def test_what_is_missing(facts: dict[str, bool], missing: list[str]) -> None:
    found = progress(**facts)
    assert [step.value for step in found.missing] == missing
    assert found.can_sell is not bool(missing)
    assert found.next_step == (missing[0] if missing else None)
    assert found.is_done(Step.DOOR) is found.can_sell


def missing_of(merchant: Merchant) -> list[str]:
    return [step.value for step in progress_of([merchant.id])[merchant.id].missing]


def test_it_is_read_from_what_there_is() -> None:
    merchant, other = a_merchant(), a_merchant()
    a_room(a_venue(other))
    assert missing_of(merchant) == ["venue", "room", "hours", "price"]
    venue = a_venue(merchant)
    room = a_room(venue, rate_minor=0)
    assert missing_of(merchant) == ["hours", "price"]
    opens(venue)
    room.rate_minor = 100
    db.session.commit()
    assert missing_of(merchant) == []
    room.listed = False
    db.session.commit()
    assert missing_of(merchant) == ["room", "price"]
    # Hours of a room of its own count as well.
    db.session.execute(OpeningHours.__table__.delete())
    opens(a_room(venue))
    assert missing_of(merchant) == []
    with counted() as statements:
        assert not_selling_yet([merchant.id, other.id]) == other.slug
    assert len(statements) == 2
    close_merchant(SYSTEM, other.id, reason="Asked", now=NOW)
    assert not_selling_yet([merchant.id, other.id]) == ""


def test_an_owner_is_led_from_a_name_to_a_door(client: Client) -> None:
    merchant = a_merchant(name="Loft")
    sign_in(client, merchant_id=merchant.id)
    assert client.get("/desk").location == "/desk/beginning?merchant=loft"
    html = client.get("/desk/beginning").text
    assert texts(html, ".notice li")[0] == "There is no venue yet."
    assert one(html, "[aria-current=step] h2").text == "A place"
    place = {"name": "Loft", "address": "Rue du Four 1", "city": "Lyon", "country": "FR"}
    wrong = submit(client, "/desk/beginning", "form[action$=venue]", **(place | {"country": ""}))
    assert (wrong.status_code, one(wrong.text, "#address")["value"]) == (422, "Rue du Four 1")
    again = "/desk/beginning?merchant=loft#next"
    assert submit(client, "/desk/beginning", "form[action$=venue]", **place).location == again
    attic = {"name": "Attic", "capacity": "6", "rate": "20"}
    wrong = submit(client, "/desk/beginning", "form[action$=room]", **(attic | {"rate": "cheap"}))
    assert (wrong.status_code, one(wrong.text, "#name")["value"]) == (422, "Attic")
    assert submit(client, "/desk/beginning", "form[action$=room]", **attic).location == again
    for typed in ({"days": []}, {"opens": "soon"}, {"opens": "9", "closes": "9:00"}, {"closes": "24:30"}):
        assert submit(client, "/desk/beginning", "form[action$=hours]", **({"days": ["0"]} | typed)).status_code == 422
    submit(client, "/desk/beginning", "form[action$=hours]", days=["0", "6"], opens="8.30", closes="24")
    html = client.get("/desk/beginning").text
    assert "You can sell." in html
    assert one(html, "img[src$='/at/loft/qr.svg']")
    assert not css(html, "[aria-current=step]")
    flexible = ensure_terms_presets()["Flexible"].id
    assert submit(client, "/desk/beginning", "form[action$=terms]", terms=str(flexible)).status_code == 303
    assert submit(client, "/desk/beginning", "form[action$=terms]", terms="987654").status_code == 422
    assert db.session.scalar(select(Merchant.terms_id).where(Merchant.id == merchant.id)) == flexible
    week = db.session.execute(select(OpeningHours.weekday, OpeningHours.opens, OpeningHours.closes)).all()
    assert [(day, f"{start:%H:%M}-{end:%H:%M}") for day, start, end in week] == [(0, "08:30-00:00"), (6, "08:30-00:00")]
    assert client.get("/desk").location == "/desk/money"
    # Hours that are there are not overwritten from an old page.
    late = client.post("/desk/beginning/hours", data={"merchant": "loft", "days": ["1"], "opens": "9", "closes": "10"})
    assert late.location.endswith("/hours")
    assert db.session.scalar(select(func.count()).select_from(OpeningHours)) == 2


def test_the_same_click_twice_makes_one(client: Client) -> None:
    merchant = a_merchant(name="Loft")
    sign_in(client, merchant_id=merchant.id)
    typed = {
        "merchant": "loft", "name": "Loft", "address": "Rue 1", "city": "Lyon", "country": "FR", "zone": "",
        "idempotency_key": "one-click-of-venue",
    }  # fmt: skip
    for _twice in range(2):
        assert client.post("/desk/beginning/venue", data=typed).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Venue)) == 1
    assert db.session.scalar(select(func.count()).select_from(Room)) == 0


def test_a_step_needs_the_one_it_stands_on(client: Client) -> None:
    merchant = a_merchant()
    sign_in(client, merchant_id=merchant.id)
    assert client.post("/desk/beginning/room", data={"merchant": merchant.slug}).status_code == 404
    sold = a_service(a_merchant())
    sign_in(client, merchant_id=sold.merchant_id)
    assert "You can sell." in client.get("/desk/beginning").text
    close_merchant(SYSTEM, sold.merchant_id, reason="Asked", now=NOW)
    assert "This house is closed." in client.get("/desk/beginning").text
