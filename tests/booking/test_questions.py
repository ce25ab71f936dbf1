"""What a service asks at checkout: on the page and by the API, frozen with the booking, and who reads it."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.rules import Details, SeatWish
from bookapp.catalog.actions import set_questions
from bookapp.catalog.models import Service
from bookapp.catalog.queries.managed import questions_of, service_to_change, version_of_questions
from bookapp.catalog.rules import QuestionDraft
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotValid
from tests.builders import a_merchant, a_service, a_session
from tests.builders.booking import NOW, a_guest, a_hold, at
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.select import one, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

WHO = {"name": "Miriam Okafor", "email": "miriam@example.org"}
ASKED = (
    QuestionDraft(words="Any allergies?", required=True),
    QuestionDraft(words="What brings you here?", kind="long"),
    QuestionDraft(words="Which mat?", kind="choice", options=("Thin", "Thick"), required=True),
    QuestionDraft(words="First time?", kind="yes_no"),
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def session(app: Flask) -> Session:
    """A free class in a week that asks four things, two of them for certain."""
    service = asking(a_service(lengths=((60, 0),)))
    return a_session(service, starts_at=at(), price_minor=0)


def asking(service: Service, drafts: tuple[QuestionDraft, ...] = ASKED) -> Service:
    seen = version_of_questions(service_to_change(service.id))
    set_questions(SYSTEM, service.id, drafts, version=seen)
    return service


def fields_of(session: Session) -> list[str]:
    return [f"question-{one.id}" for one in questions_of(session.service_id)]


def held(client: Client, session: Session) -> str:
    fields = {"kind": "session", "session": str(session.id), "idempotency_key": f"key-{another():08}"}
    return client.post("/hold", data=fields).location.rpartition("/")[2]


def booked(ref: str) -> Booking:
    found = db.session.scalars(select(Booking).where(Booking.ref == ref)).one()
    db.session.refresh(found)
    return found


def test_answers_are_asked_for_kept_while_wrong_and_frozen(client: Client, session: Session) -> None:
    ref, (allergies, why, mat, first) = held(client, session), fields_of(session)
    page = client.get(f"/checkout/{ref}").text
    assert texts(page, "#checkout fieldset.step:nth-of-type(2) label[for], #checkout legend:not(.vh)")[:2] == [
        "Any allergies?",
        "What brings you here? (optional)",
    ]
    typed = WHO | {why: "My back\nand my knee", mat: "Velvet", first: "yes"}
    wrong = client.post(f"/checkout/{ref}", data=typed | {"email": ""})
    assert wrong.status_code == 422
    assert "house needs to know" in one(wrong.text, f"#{allergies}-error").text
    assert "one of the answers" in one(wrong.text, f"#{mat}-error").text
    assert one(wrong.text, f"#{why}").text == "My back and my knee"
    assert "checked" in one(wrong.text, f"#{first}-0").attributes
    assert {each["href"] for each in css(wrong.text, ".notice[role=alert] a")} >= {
        f"#{allergies}",
        f"#{mat}-0",
        "#email",
    }
    assert booked(ref).state == "pending"
    done = client.post(f"/checkout/{ref}", data=typed | {allergies: "Nuts", mat: "Thick"})
    assert done.status_code == 303
    frozen = [
        {"question": "Any allergies?", "answer": "Nuts"},
        {"question": "What brings you here?", "answer": "My back\nand my knee"},
        {"question": "Which mat?", "answer": "Thick"},
        {"question": "First time?", "answer": "Yes"},
    ]
    assert booked(ref).answers == frozen
    asking(db.session.get_one(Service, booked(ref).service_id), (QuestionDraft(words="Something else"),))
    assert booked(ref).answers == frozen
    own = client.get(f"/bookings/{ref}").text
    assert [texts(own, "dl dt")[-4], texts(own, "dl dd")[-4]] == ["Any allergies?", "Nuts"]


def test_characters_nobody_types_and_too_many_of_them_are_refused(client: Client, session: Session) -> None:
    ref, (allergies, why, mat, _first) = held(client, session), fields_of(session)
    answer = client.post(f"/checkout/{ref}", data=WHO | {allergies: "a" * 201, why: "so\u202eod", mat: "Thin"})
    assert answer.status_code == 422
    assert "at most 200" in one(answer.text, f"#{allergies}-error").text
    assert "cannot be used" in one(answer.text, f"#{why}-error").text


def test_a_checkout_opened_again_has_what_was_answered(client: Client) -> None:
    """Who comes back from the payment page, or pays later, does not answer twice."""
    session = a_session(asking(a_service()), starts_at=at())
    ref, (allergies, _why, mat, first) = held(client, session), fields_of(session)
    client.post(f"/checkout/{ref}", data=WHO | {allergies: "Nuts", mat: "Thin", first: "no", "gateway": "sandbox"})
    page = client.get(f"/checkout/{ref}").text
    assert one(page, f"#{allergies}")["value"] == "Nuts"
    assert "checked" in one(page, f"#{mat}-0").attributes
    assert "checked" in one(page, f"#{first}-1").attributes


def test_a_question_that_came_meanwhile_is_asked_before_anything_is_booked(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page looked before the question was there; the action has the last word, and the page shows its field."""
    ref, (allergies, _why, mat, _first) = held(client, session), fields_of(session)
    monkeypatch.setattr("bookapp.catalog.forms.answers.AnswersInput.check", lambda _self: True)
    answer = client.post(f"/checkout/{ref}", data=WHO | {mat: "Thin"})
    assert (answer.status_code, booked(ref).state) == (422, "pending")
    assert "house needs to know" in one(answer.text, f"#{allergies}-error").text


def test_the_action_refuses_what_nobody_answered(session: Session) -> None:
    guest = a_guest()
    hold = a_hold(SeatWish(session.id), actor=guest)
    with pytest.raises(NotValid) as refused:
        actions.check_out(guest, hold.ref, Details("Bo", "bo@example.org"), gateway_name="", now=NOW)
    first, *_others = fields_of(session)
    assert first in refused.value.fields


def test_the_api_asks_the_same(client: Client, session: Session) -> None:
    ids = [one.id for one in questions_of(session.service_id)]
    order = {"session_id": session.id, "email": "miriam@example.org"}
    open_ = client.post("/api/v1/bookings", json=order, headers={"Idempotency-Key": f"key-{another():08}"})
    assert open_.status_code == 422
    assert f"question_id {ids[0]}" in str(open_.json)
    answers = [{"question_id": ids[0], "answer": "Nuts"}, {"question_id": ids[2], "answer": "Thin"}]
    made = client.post(
        "/api/v1/bookings", json=order | {"answers": answers}, headers={"Idempotency-Key": f"key-{another():08}"}
    )
    assert made.status_code == 201, made.text
    assert made.json["answers"] == [
        {"question": "Any allergies?", "answer": "Nuts"},
        {"question": "Which mat?", "answer": "Thin"},
    ]


def test_who_hosts_reads_the_answers_on_the_roster(client: Client) -> None:
    merchant = a_merchant()
    session = a_session(asking(a_service(merchant, lengths=((60, 0),))), starts_at=at(), price_minor=0)
    ids = [one.id for one in questions_of(session.service_id)]
    guest = a_guest()
    hold = a_hold(SeatWish(session.id), actor=guest)
    told = Details("Bo", "bo@example.org", answers=((ids[0], "Nuts"), (ids[2], "Thin"), (10**9, "nobody asked")))
    actions.check_out(guest, hold.ref, told, gateway_name="", now=NOW)
    sign_in(client, merchant_id=merchant.id)
    page = client.get(f"/desk/sessions/{session.id}/roster").text
    assert texts(page, "#roster dd") == ["Nuts", "Thin"]
