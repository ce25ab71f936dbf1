"""A retreat put on the timetable at the desk: its agenda typed, what each part meets, and all of it or nothing."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select

from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.scheduling.actions.sessions import create_session
from bookapp.scheduling.models import Occupancy, Session, SessionPart
from bookapp.values.timespan import Span
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_venue
from tests.builders.booking import always_open
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
AGENDA = {
    "part-day-0": "2027-03-12", "part-from-0": "16:00", "part-to-0": "18:00", "part-title-0": "Arriving",
    "part-day-1": "2027-03-14", "part-from-1": "10:00", "part-to-1": "12:00", "part-title-1": "Leaving",
    "part-day-2": "2027-03-13", "part-from-2": "7:00", "part-to-2": "11:30", "part-title-2": "Silence",
}  # fmt: skip
PAGE = "/desk/sessions/new"

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planned(client: Client) -> dict[str, str]:
    """The form of a retreat in a room that is always open, as its owner has filled it in."""
    merchant = a_merchant()
    venue = a_venue(merchant, zone="Europe/Berlin")
    always_open(venue)
    room, host = a_room(venue), a_facilitator(merchant)
    a_room(venue)
    service = a_service(merchant, name="Winter retreat", lengths=((2880, 32000),), hosts=[host], rooms=[room])
    sign_in(client, merchant_id=merchant.id)
    typed = form_values(client.get(PAGE).text, "form#plan")
    chosen = {"service": str(service.id), "room": str(room.id), "facilitator": str(host.id), "repeat": "agenda"}
    return typed | AGENDA | chosen


def look(client: Client, planned: dict[str, str], **changed: str) -> str:
    answer = client.post(PAGE, data=planned | changed | {"act": "preview"})
    assert answer.status_code == 200
    return answer.text


def save(client: Client, planned: dict[str, str], page: str, **changed: str):
    return client.post(PAGE, data=planned | changed | {"act": "save", "seen": one(page, "[name=seen][value]")["value"]})


def test_a_retreat_is_one_session_whose_parts_take_the_room(client: Client, planned: dict[str, str]) -> None:
    page = look(client, planned)
    read = texts(page, "#preview tbody th")
    assert [words[:7] for words in read] == ["Arrivin", "Silence", "Leaving"], "by time, however they are typed"
    assert not css(page, "#preview input[type=checkbox]")
    unseen = client.post(PAGE, data=planned | {"act": "save"})
    assert unseen.status_code in (409, 422)
    assert save(client, planned, page).status_code == 303
    assert save(client, planned, page).status_code == 303, "the second click makes nothing"
    session = db.session.scalars(select(Session)).one()
    assert (session.starts_at.isoformat(), session.ends_at.isoformat(), session.price_minor) == (
        "2027-03-12T15:00:00+00:00",
        "2027-03-14T11:00:00+00:00",
        32000,
    )
    parts = db.session.scalars(select(SessionPart).order_by(SessionPart.starts_at)).all()
    assert [part.title for part in parts] == ["Arriving", "Silence", "Leaving"]
    assert len(db.session.scalars(select(Occupancy)).all()) == 6, "three parts of a room and of a person, no night"


def test_a_part_that_is_taken_stands_in_the_way_of_all(client: Client, planned: dict[str, str]) -> None:
    page = look(client, planned)
    room, service = int(planned["room"]), int(planned["service"])
    start = dt.datetime(2027, 3, 13, 6, tzinfo=dt.UTC)
    create_session(SYSTEM, service, span=Span(start, start + dt.timedelta(hours=1)), now=NOW, room_id=room)
    taken = look(client, planned)
    assert texts(taken, "#preview tbody .badge") == ["Free", "Clash", "Free"]
    assert not css(taken, "#preview button[value=save]")
    late = save(client, planned, page)
    assert late.status_code == 409
    assert one(late.text, "#part-title-0")["value"] == "Arriving"
    assert len(db.session.scalars(select(Session)).all()) == 1


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"part-day-0": ""}, "part-day-0"),
        ({"part-day-0": "soon"}, "part-day-0"),
        ({"part-from-0": "late"}, "part-from-0"),
        ({"part-to-0": "15:00"}, "part-to-0"),
        ({"part-title-0": ""}, "part-title-0"),
        ({"part-day-2": "2027-03-12", "part-from-2": "17:00", "part-to-2": "19:00"}, "part-from-2"),
        (dict.fromkeys(AGENDA, ""), "part-day-0"),
        ({"part-day-0": "2027-03-28", "part-from-0": "02:30", "part-to-0": "04:00"}, "part-from-0"),
    ],
)
def test_what_makes_no_agenda_is_said_at_its_row(
    client: Client, planned: dict[str, str], changed: dict[str, str], where: str
) -> None:
    answer = client.post(PAGE, data=planned | changed | {"act": "save"})
    assert answer.status_code == 422
    assert css(answer.text, f"#{where}-error")
    assert not db.session.scalars(select(Session)).all()


def test_the_queries_do_not_grow_with_the_agenda(client: Client, planned: dict[str, str]) -> None:
    short = {name: "" if name.endswith(("-1", "-2")) else value for name, value in planned.items()}
    look(client, planned)  # what rarely changes is remembered from here on
    with counted() as few:
        look(client, short)
    with counted() as many:
        look(client, planned)
    assert len(many) == len(few)
