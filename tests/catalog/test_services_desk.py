"""Services at the desk: making and changing one, what it asks, its private link, and two editors at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking.models import BookingLine
from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import change_service, create_service, set_questions
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.models import Service
from bookapp.catalog.queries.managed import questions_of, service_to_change, version_of_questions, version_of_service
from bookapp.catalog.rules import QuestionDraft, ServiceDraft
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound, NotValid
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, actor_of
from tests.builders.booking import a_booking, at
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")
TYPED = {
    "name": "Slow flow", "kind": "session", "capacity": "12", "minutes_0": "1 h", "price_0": "16", "minutes_1": "90",
    "price_1": "20,50", "notice_minutes": "2 h", "theme": "class",
}  # fmt: skip


def draft(service: Service, **changes: Any) -> ServiceDraft:
    """The service as it stands, with something changed."""
    names = ("name", "kind", "capacity", "private", "listed", "horizon_days", "step_minutes", "terms_id")
    whole = {name: getattr(service, name) for name in names} | {
        "lengths": tuple((each.minutes, each.price_minor) for each in service.lengths),
        "hosts": tuple(each.id for each in service.hosts),
        "rooms": tuple(each.id for each in service.rooms),
    }
    return ServiceDraft(**(whole | changes))


def stored(service_id: int) -> Service:
    return service_to_change(service_id)


def test_an_owner_makes_a_service_with_lengths_hosts_and_rooms_in_order(client: Client) -> None:
    venue = a_venue()
    small, large = a_room(venue, name="Attic"), a_room(venue, name="Studio")
    host = a_facilitator(venue.merchant)
    sign_in(client, merchant_id=venue.merchant_id)
    page = client.get("/desk/services/new").text
    sent = form_values(page, "form#service") | TYPED
    sent |= {"room_0": str(large.id), "room_1": str(small.id), "hosts": str(host.id), "listed": "y"}
    made = client.post("/desk/services/new", data=sent)
    assert made.status_code == 303
    again = client.post("/desk/services/new", data=sent)
    assert again.location == made.location, "the second click makes nothing"
    service = stored(int(made.location.rpartition("/")[2]))
    assert [(each.minutes, each.price_minor) for each in service.lengths] == [(60, 1600), (90, 2050)]
    assert [each.name for each in service.rooms] == ["Studio", "Attic"]
    assert ([each.id for each in service.hosts], service.notice_minutes, service.private) == ([host.id], 120, False)
    form = client.get(made.location).text
    assert [one(form, f"#minutes_{number}")["value"] for number in range(3)] == ["1 h", "90 min", ""]
    listing = client.get("/desk/services")
    assert "Slow flow" in listing.text
    assert "1 h 30" in listing.text


@pytest.mark.parametrize(
    ("changed", "where", "said"),
    [
        ({"name": " "}, "name", "needed"),
        ({"minutes_0": "", "price_0": "", "minutes_1": "", "price_1": ""}, "minutes_0", "at least one length"),
        ({"minutes_0": ""}, "minutes_0", "How long"),
        ({"minutes_0": "soon"}, "minutes_0", "a time such as"),
        ({"price_0": "much"}, "price_0", "an amount such as"),
        ({"minutes_1": "1 h"}, "minutes_0", "only one price"),
        ({"capacity": "0"}, "capacity", "not between"),
        ({"step_minutes": "1"}, "step_minutes", "not between"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_stays(
    client: Client, changed: dict[str, str], where: str, said: str
) -> None:
    sign_in(client, merchant_id=a_merchant().id)
    answer = submit(client, "/desk/services/new", "form#service", **(TYPED | {"about": "A long story"} | changed))
    assert answer.status_code == 422
    assert said in one(answer.text, f"#{where}-error").text
    assert one(answer.text, "#about").text == "A long story"
    assert one(answer.text, f"#{where}").attributes.get("value", "") == changed.get(where, TYPED.get(where, "")).strip()


def test_somebody_elses_room_is_refused() -> None:
    service = a_service()
    with pytest.raises(NotValid) as refused:
        change_service(SYSTEM, service.id, draft(stored(service.id), rooms=(a_room().id,)),
                       version=version_of_service(stored(service.id)))  # fmt: skip
    assert list(refused.value.fields) == ["rooms"]
    with pytest.raises(NotValid):
        create_service(SYSTEM, service.merchant_id, draft(stored(service.id), hosts=(10**9,)))


def test_what_was_sold_stays_as_it_was(client: Client) -> None:
    service = a_service(capacity=12)
    session = a_session(service, starts_at=at())
    booked = a_booking(SeatWish(session.id))
    sign_in(client, merchant_id=service.merchant_id)
    page = f"/desk/services/{service.id}"
    assert (
        submit(client, page, "form#service", name="Fast flow", capacity="4", price_0="99", listed="y").status_code
        == 303
    )
    changed = stored(service.id)
    assert (changed.name, changed.capacity, changed.lengths[0].price_minor) == ("Fast flow", 4, 9900)
    db.session.refresh(booked)
    line = db.session.scalars(select(BookingLine).where(BookingLine.booking_id == booked.id)).one()
    assert (booked.title, booked.total_minor, line.subtotal_minor) == (session.title, 1600, 1600)
    standing = db.session.get_one(Session, session.id)
    assert (standing.capacity, standing.price_minor) == (12, 1600)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "service.changed")).one()
    assert entry.facts["after"]["lengths"] == [[60, 9900]]
    assert entry.facts["before"]["lengths"] == [[60, 1600]]


def test_what_it_is_stays_also_when_the_form_says_otherwise(client: Client) -> None:
    service = a_service()
    sign_in(client, merchant_id=service.merchant_id)
    answer = submit(client, f"/desk/services/{service.id}", "form#service", kind="appointment")
    assert answer.status_code == 422
    with pytest.raises(NotValid):
        change_service(SYSTEM, service.id, draft(stored(service.id), kind="appointment"),
                       version=version_of_service(stored(service.id)))  # fmt: skip


def test_two_editors_the_second_is_shown_both(client: Client) -> None:
    service = a_service()
    sign_in(client, merchant_id=service.merchant_id)
    html = client.get(f"/desk/services/{service.id}").text
    typed = form_values(html, "form#service") | {"name": "Slower", "listed": "y"}
    change_service(SYSTEM, service.id, draft(stored(service.id), name="Faster"), version=typed["version"])
    late = client.post(f"/desk/services/{service.id}", data=typed)
    assert late.status_code == 409
    assert one(late.text, "#name")["value"] == "Slower"
    assert texts(late.text, ".notice dd") == ["Faster"]
    again = typed | {"version": one(late.text, "form#service input[name=version]")["value"]}
    assert client.post(f"/desk/services/{service.id}", data=again).status_code == 303
    with pytest.raises(OfferChanged):
        change_service(SYSTEM, service.id, draft(stored(service.id)), version=typed["version"])


def test_a_private_service_has_a_link_at_the_desk_that_can_be_renewed(client: Client) -> None:
    service = a_service()
    sign_in(client, merchant_id=service.merchant_id)
    page = f"/desk/services/{service.id}"
    assert not css(client.get(page).text, "#own-link")
    assert client.post(f"{page}/link").status_code == 303
    assert stored(service.id).link_key is None, "what is not private has no link to renew"
    submit(client, page, "form#service", private="y", listed="y")
    first = one(client.get(page).text, "#own-link")["value"]
    assert first.endswith(f"/services/{service.slug}?key={stored(service.id).link_key}")
    assert submit(client, page, f'form[action="{page}/link"]').status_code == 303
    second = one(client.get(page).text, "#own-link")["value"]
    assert second != first
    assert "by link only" in client.get("/desk/services").text
    submit(client, page, "form#service", listed="y")
    submit(client, page, "form#service", private="y", listed="y")
    assert one(client.get(page).text, "#own-link")["value"] == second, "what was given away opens it again"


def test_questions_are_put_in_order_changed_and_taken_away(client: Client) -> None:
    service = a_service()
    sign_in(client, merchant_id=service.merchant_id)
    page = f"/desk/services/{service.id}/questions"
    typed = {
        "words-0": "Which mat?", "kind-0": "choice", "options-0": "Thin\n\n Thick ", "order-0": "2",
        "words-1": "Any allergies?", "required-1": "1", "order-1": "1",
    }  # fmt: skip
    assert submit(client, page, "form#questions", **typed).status_code == 303
    asked = questions_of(service.id)
    assert [(each.words, each.kind, each.options, each.required) for each in asked] == [
        ("Any allergies?", "text", [], True),
        ("Which mat?", "choice", ["Thin", "Thick"], False),
    ]
    mat = asked[1].id
    gone = {"words-0": "", "options-1": "Thin\nThick"}
    assert submit(client, page, "form#questions", **gone).status_code == 303
    assert [each.id for each in questions_of(service.id)] == [mat], "what stays keeps its number"
    assert ">1<span" in client.get("/desk/services").text


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ({"words-0": "Which?", "kind-0": "choice", "options-0": "Only one"}, "options-0"),
        ({"words-0": "Which?", "kind-0": "choice", "options-0": "Same\nSame"}, "options-0"),
        ({"words-0": "", "options-0": "Thin\nThick"}, "words-0"),
        ({"words-0": "Which?", "kind-0": "guess"}, "kind-0"),
    ],
)
def test_a_question_that_cannot_be_asked_is_said_at_its_row(client: Client, typed: dict[str, str], where: str) -> None:
    service = a_service()
    sign_in(client, merchant_id=service.merchant_id)
    answer = submit(client, f"/desk/services/{service.id}/questions", "form#questions", **typed)
    assert answer.status_code == 422
    assert css(answer.text, f"#{where}-error")
    assert not questions_of(service.id)


def test_of_two_who_change_the_questions_the_second_sees_what_is_asked_now(client: Client) -> None:
    service = a_service()
    sign_in(client, merchant_id=service.merchant_id)
    page = f"/desk/services/{service.id}/questions"
    typed = form_values(client.get(page).text, "form#questions") | {"words-0": "Mine?"}
    seen = version_of_questions(stored(service.id))
    set_questions(SYSTEM, service.id, [QuestionDraft(words="Theirs?")], version=seen)
    late = client.post(page, data=typed)
    assert late.status_code == 409
    assert one(late.text, "#words-0")["value"] == "Mine?"
    assert texts(late.text, ".notice dd") == ["Theirs?"]
    with pytest.raises(NotValid):
        set_questions(SYSTEM, service.id, [QuestionDraft(words=f"{n}?") for n in range(11)],
                      version=version_of_questions(stored(service.id)))  # fmt: skip


def test_it_is_nobody_elses(client: Client) -> None:
    service, elsewhere = a_service(), a_merchant()
    other = actor_of(sign_in(client, merchant_id=elsewhere.id))
    for page in ("", "/questions"):
        assert client.get(f"/desk/services/{service.id}{page}").status_code == 404
    with pytest.raises(NotFound):
        change_service(other, service.id, draft(stored(service.id)), version=version_of_service(stored(service.id)))
    assert client.get("/desk/services/999999999").status_code == 404


def test_managers_look_and_the_number_of_queries_does_not_grow(client: Client) -> None:
    merchant = a_merchant()
    a_service(merchant)
    sign_in(client, merchant_id=merchant.id, role="manager")
    with counted() as few:
        page = client.get("/desk/services").text
    assert not css(page, "main a[href^='/desk/services/']")
    for _number in range(3):
        a_service(merchant, hosts=[a_facilitator(merchant)])
    with counted() as many:
        client.get("/desk/services")
    assert len(many) == len(few)
