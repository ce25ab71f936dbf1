"""Terms of one's own: who makes and chooses them, what is refused, what they would mean, and two editors at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.catalog.actions import change_terms, choose_terms, create_terms, ensure_terms_presets, grant_role
from bookapp.catalog.actions.terms import set_goodwill_limit
from bookapp.catalog.errors import TermsChanged
from bookapp.catalog.models import Merchant, Room, Terms
from bookapp.catalog.queries.terms import uses_of_terms, version_of_terms
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_merchant, a_room, a_service, a_user, a_venue, actor_of
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.select import select as css
from tests.support.select import submit

pytestmark = pytest.mark.usefixtures("app")
HALF = [{"hours": 12, "percent": 50}]


def works_for(merchant: Merchant, role: str, user: User | None = None) -> User:
    user = user or a_user()
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role=role)
    return user


def own_terms(merchant: Merchant, name: str = "Half") -> Terms:
    return create_terms(SYSTEM, merchant.id, name=name, tiers=HALF)


def test_an_owner_changes_their_own_terms_and_nobody_else_does() -> None:
    merchant = a_merchant()
    terms = own_terms(merchant)
    owner = actor_of(works_for(merchant, "owner"))
    seen = version_of_terms(terms)
    changed = change_terms(owner, terms.id, name="Third", tiers=HALF, move_until_hours=6, version=seen)
    assert (changed.name, changed.move_until_hours) == ("Third", 6)
    with pytest.raises(TermsChanged):
        change_terms(owner, terms.id, name="Fourth", tiers=HALF, move_until_hours=6, version=seen)
    for other in (actor_of(works_for(merchant, "manager")), actor_of(works_for(a_merchant(), "owner"))):
        with pytest.raises(NotAllowed):
            change_terms(other, terms.id, name="x", tiers=HALF, move_until_hours=6, version=version_of_terms(terms))
    preset = ensure_terms_presets()["Standard"]
    with pytest.raises(NotFound):
        change_terms(SYSTEM, preset.id, name="x", tiers=HALF, move_until_hours=6, version=version_of_terms(preset))
    assert "terms.changed" in db.session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Taken"}, "name"),
        ({"tiers": []}, "tiers"),
        ({"tiers": [{"hours": 48, "percent": 10}, {"hours": 24, "percent": 20}]}, "tiers"),
        ({"move_until_hours": 9000}, "move_until_hours"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(facts: dict[str, object], field: str) -> None:
    merchant = a_merchant()
    own_terms(merchant, "Taken")
    terms = own_terms(merchant)
    whole = {"name": "Half", "tiers": HALF, "move_until_hours": 24} | facts
    with pytest.raises(NotValid) as refused:
        change_terms(SYSTEM, terms.id, version=version_of_terms(terms), **whole)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]
    if facts != {"name": "Taken"}:
        whole["name"] = whole["name"] if field == "name" else "Another"
    with pytest.raises(NotValid):
        create_terms(SYSTEM, merchant.id, **whole)  # type: ignore[arg-type]


def test_terms_are_chosen_for_the_house_a_room_and_a_service() -> None:
    room = a_room()
    merchant = room.venue.merchant
    service, terms = a_service(merchant), own_terms(merchant)
    flexible = ensure_terms_presets()["Flexible"]
    choose_terms(SYSTEM, merchant.id, flexible.id, rooms={room.id: terms.id}, services={service.id: None})
    db.session.refresh(merchant)
    assert merchant.terms_id == flexible.id
    assert [(use.name, use.terms_id) for use in uses_of_terms(merchant.id)] == [
        (room.name, terms.id),
        (service.name, None),
    ]


def test_of_somebody_else_neither_terms_nor_rooms_are_taken() -> None:
    merchant, elsewhere = a_merchant(), a_room()
    default = merchant.terms_id
    with pytest.raises(NotValid):
        choose_terms(SYSTEM, merchant.id, own_terms(elsewhere.venue.merchant).id)
    with pytest.raises(NotFound):
        choose_terms(SYSTEM, merchant.id, default, rooms={elsewhere.id: None})
    with pytest.raises(NotFound):
        choose_terms(SYSTEM, merchant.id, default, services={a_service().id: None})
    with pytest.raises(NotAllowed):
        choose_terms(actor_of(works_for(merchant, "manager")), merchant.id, default)
    with pytest.raises(NotAllowed):
        set_goodwill_limit(actor_of(works_for(merchant, "manager")), merchant.id, 1000)


def test_an_owner_makes_looks_saves_and_chooses(client: Client) -> None:
    room = a_room(a_venue())
    merchant = room.venue.merchant
    come_in(client, works_for(merchant, "owner", a_person()))
    page = client.get("/desk/terms").text
    assert [one.text for one in css(page, "h2")][:3] == ["Flexible", "Standard", "Strict"]
    typed = {"name": "Two days", "hours-0": "48", "percent-0": "100", "hours-1": "", "percent-1": "", "hours-2": "",
             "percent-2": ""}  # fmt: skip
    looked = submit(client, "/desk/terms/new", "form#terms", act="preview", **typed)
    assert (looked.status_code, "100 %" in looked.text, 'value="Two days"' in looked.text) == (200, True, True)
    assert not db.session.scalars(select(Terms).where(Terms.name == "Two days")).all()
    bad = submit(client, "/desk/terms/new", "form#terms", act="save", **(typed | {"percent-0": "some"}))
    assert (bad.status_code, "whole number of percent" in bad.text) == (422, True)
    rising = typed | {"hours-1": "72", "percent-1": "10"}
    assert submit(client, "/desk/terms/new", "form#terms", act="save", **rising).status_code == 422
    assert submit(client, "/desk/terms/new", "form#terms", act="save", **typed).status_code == 303
    terms = db.session.scalars(select(Terms).where(Terms.name == "Two days")).one()
    assert (terms.merchant_id, terms.tiers) == (merchant.id, [{"hours": 48, "percent": 100}])
    uses = 'form[action="/desk/terms/uses"]'
    assert submit(client, "/desk/terms", uses, **{f"room-{room.id}": str(terms.id)}).status_code == 303
    assert db.session.get_one(Room, room.id).terms_id == terms.id
    limit = 'form[action="/desk/terms/goodwill"]'
    assert submit(client, "/desk/terms", limit, limit="12,50").status_code == 303
    assert db.session.get_one(Merchant, merchant.id).goodwill_limit_minor == 1250
    assert submit(client, "/desk/terms", limit, limit="lots").status_code == 422


def test_the_preview_is_asked_for_alone(client: Client) -> None:
    merchant = a_merchant()
    come_in(client, works_for(merchant, "owner", a_person()))
    answer = client.htmx(
        "/desk/terms/new", "POST", data={"name": "x", "move_until_hours": "24", "hours-0": "24", "percent-0": "80",
                                         "merchant": merchant.slug, "act": "preview"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert [one.text for one in css(answer.text, ".terms b")] == ["80 %", "0 %"]


def test_two_editors_the_second_is_shown_both(client: Client) -> None:
    merchant = a_merchant()
    terms = own_terms(merchant)
    come_in(client, works_for(merchant, "owner", a_person()))
    seen = css(client.get(f"/desk/terms/{terms.id}").text, "input[name=version]")[0]["value"]
    change_terms(SYSTEM, terms.id, name="Faster", tiers=HALF, move_until_hours=1, version=seen)
    typed = {
        "name": "Slower",
        "move_until_hours": "2",
        "hours-0": "5",
        "percent-0": "5",
        "version": seen,
        "act": "save",
    }
    late = client.post(f"/desk/terms/{terms.id}", data=typed)
    assert late.status_code == 409
    assert 'value="Slower"' in late.text
    assert "12 h before or earlier" in late.text
    again = {"version": css(late.text, "input[name=version]")[0]["value"]}
    assert client.post(f"/desk/terms/{terms.id}", data=typed | again).status_code == 303


@pytest.mark.parametrize(("role", "sees"), [("owner", 200), ("manager", 200), ("facilitator", 404)])
def test_managers_look_and_only_owners_change(client: Client, role: str, sees: int) -> None:
    merchant, elsewhere = a_merchant(), a_merchant()
    theirs = own_terms(merchant)
    come_in(client, works_for(merchant, role, a_person()))
    index = client.get("/desk/terms")
    assert index.status_code == sees
    may = 200 if role == "owner" else 404
    assert client.get("/desk/terms/new").status_code == may
    assert client.get(f"/desk/terms/{theirs.id}").status_code == may
    assert client.get(f"/desk/terms?merchant={elsewhere.slug}").status_code == 404
    assert ("/desk/terms/uses" in index.text) == (role == "owner")
