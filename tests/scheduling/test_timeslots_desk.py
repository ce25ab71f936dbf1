"""Timeslots made at the desk: how many it would be, what is left out, and how far it is."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import add_closure
from bookapp.scheduling.actions.timeslots import AT_ONCE, generate_timeslots, make_timeslots
from bookapp.scheduling.models import Session, TimeslotRun
from bookapp.values.timespan import day_span
from tests.builders import a_merchant, a_room, a_service
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.queries import counted
from tests.support.select import form_values, one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")

JOB = "scheduling.make_timeslots"


def soon(days: int = 7) -> dt.date:
    return clock.now().date() + dt.timedelta(days=days)


def slots_of(room: Room) -> int:
    return db.session.scalar(select(func.count()).where(Session.room_id == room.id, Session.on_grid)) or 0


@pytest.fixture
def room(client: Client) -> Room:
    """A room at 27.00 an hour whose manager is at the browser."""
    made = a_room(name="Linden")
    sign_in(client, merchant_id=made.venue.merchant_id, role="manager", venue_id=made.venue_id)
    return made


def address(room: Room) -> str:
    return f"/desk/rooms/{room.id}/timeslots"


def two_days(**typed: str) -> dict[str, str]:
    return {"first": soon().isoformat(), "last": soon(8).isoformat(), "minutes": "1 h"} | typed


def test_how_many_is_shown_before_any_is_made(client: Client, room: Room) -> None:
    add_closure(SYSTEM, day_span(soon(8), "Europe/Berlin"), venue_id=room.venue_id, reason="Holiday")
    shown = client.get(address(room)).text
    assert texts(shown, "#preview .big") == [f"{31 * 16 - 16} new timeslots"], "a month of half hours, but the holiday"
    looked = client.htmx(address(room), "POST", data=form_values(shown, "#grid") | two_days(act="preview"))
    assert (looked.status_code, "<html" in looked.text) == (200, False)
    assert texts(looked.text, "#preview .big") == ["8 new timeslots"]
    assert texts(looked.text, "#preview li") == ["€27.00 a seat", "8 left out: Holiday"]
    assert slots_of(room) == 0
    wrong = client.post(address(room), data=form_values(shown, "#grid") | {"opens": "early", "act": "preview"})
    assert (wrong.status_code, "Put the fields right" in wrong.text) == (200, True)


def test_made_once_and_made_again_nothing_is_new(client: Client, room: Room) -> None:
    sent = form_values(client.get(address(room)).text, "#grid") | two_days(act="make")
    for _click in range(2):
        assert client.post(address(room), data=sent).status_code == 303
    assert (slots_of(room), db.session.scalar(select(func.count(TimeslotRun.id)))) == (16, 1), "a second click is one"
    assert submit(client, address(room), "#grid", **two_days()).status_code == 303
    assert slots_of(room) == 16
    shown = client.get(address(room)).text
    assert texts(shown, "#runs .badge") == ["nothing new", "16 new"]
    assert not css(shown, "progress")
    again = client.post(address(room), data=form_values(shown, "#grid") | two_days(act="preview")).text
    assert texts(again, "#preview li") == ["16 are there already"]
    assert texts(again, "#preview .big") == ["0 new timeslots"]


def test_a_long_run_shows_how_far_the_workers_are(client: Client, room: Room) -> None:
    month = two_days(minutes="15", opens="8", closes="20", last=soon(36).isoformat())
    assert submit(client, address(room), "#grid", **month).status_code == 303
    run = db.session.scalars(select(TimeslotRun)).one()
    assert (run.wanted, run.made, run.finished_at) == (30 * 48, 0, None)
    make_timeslots(run.id, now=clock.now())
    for _reload in range(2):
        bar = one(client.get(address(room)).text, "#runs progress")
        assert (bar["value"], bar["max"]) == (str(AT_ONCE // 48 * 48), "1440")
    part = client.htmx(f"{address(room)}?part=runs")
    assert (part.text.lstrip().startswith("<section"), "every 1s" in part.text) == (True, True)
    assert work_off(JOB)
    part = client.htmx(f"{address(room)}?part=runs")
    assert (texts(part.text, ".badge"), "hx-get" in part.text) == (["1440 new"], False)
    assert slots_of(room) == 1440


def test_they_can_be_of_a_service_of_the_house_and_of_no_other(client: Client, room: Room) -> None:
    house = db.session.get_one(Merchant, db.session.get_one(Venue, room.venue_id).merchant_id)
    service = a_service(house, name="Open studio", capacity=5)
    other = a_service(a_merchant())
    generate_timeslots(SYSTEM, room.id, first=soon(20), last=soon(20), now=clock.now())
    offered = texts(client.get(address(room)).text, "#service option")
    assert offered == ["The room itself", "Open studio"], "not the service of the room's own timeslots"
    assert submit(client, address(room), "#grid", **two_days(service=str(service.id))).status_code == 303
    assert db.session.scalars(select(Session.capacity).where(Session.service_id == service.id)).all() == [5] * 16
    assert submit(client, address(room), "#grid", **two_days(service=str(other.id))).status_code == 422


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"first": ""}, "first"),
        ({"first": "1800-01-01"}, "first"),
        ({"last": "2020-01-01"}, "last"),
        ({"opens": "25"}, "opens"),
        ({"closes": "later"}, "closes"),
        ({"minutes": "1"}, "minutes"),
        ({"minutes": "half an hour"}, "minutes"),
        ({"buffer_minutes": "3 d"}, "buffer_minutes"),
        ({"capacity": "0"}, "capacity"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(
    client: Client, room: Room, typed: dict[str, str], field: str
) -> None:
    refused = submit(client, address(room), "#grid", **two_days(**typed))
    assert (refused.status_code, slots_of(room)) == (422, 0)
    wrong = css(refused.text, "#grid [aria-invalid=true]")
    assert [control["id"] for control in wrong] == [field]
    assert wrong[0]["value"] == typed[field]


def test_the_page_asks_no_more_for_a_longer_grid(client: Client, room: Room) -> None:
    client.get(address(room))
    with counted() as few:
        client.get(address(room))
    for day in range(3):
        generate_timeslots(SYSTEM, room.id, first=soon(day + 1), last=soon(day + 1), now=clock.now())
    with counted() as many:
        client.get(address(room))
    assert len(few) <= len(many) <= len(few) + 1 <= 16, "what is there is asked for once there is a service"
