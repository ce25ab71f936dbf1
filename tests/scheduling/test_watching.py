"""/live, and what is told there: whoever shows a seat or a place hears when it was taken or given back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Response

from bookapp.booking import actions
from bookapp.booking.rules import AppointmentWish, SeatWish
from bookapp.infra import live
from bookapp.scheduling.views.watching import of_places, of_sessions
from bookapp.values.timespan import Span
from tests.builders import a_facilitator, a_room, a_service, a_session, a_venue, works
from tests.builders.booking import NOW, a_guest, a_hold, a_wish, an_open_room, at
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.select import one

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The channels of each stream that was asked for."""
    heard: list[set[str]] = []

    def answer(*channels: str, is_public: bool = False) -> Response:
        assert is_public, "such pages leave places to those who work here"
        heard.append(set(channels))
        return Response("")

    monkeypatch.setattr(live, "answer", answer)
    return heard


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Everything that was told soon."""
    heard: list[str] = []
    monkeypatch.setattr(live, "tell_soon", lambda *channels: heard.extend(channels))
    return heard


def test_a_page_watches_what_it_names_and_the_bell_of_its_reader(client: Client, watched: list[set[str]]) -> None:
    client.get(of_sessions([7, 8]))
    client.get(of_sessions([]))
    person = a_person()
    come_in(client, person)
    client.get(of_sessions([7]))
    assert watched == [{"session:7", "session:8"}, set(), {"session:7", f"user:{person.id}"}]


def test_a_place_is_watched_for_the_days_that_are_shown(client: Client, watched: list[set[str]]) -> None:
    venue = a_venue()
    rooms = [a_room(venue), a_room(venue)]
    client.get(of_places(Span(NOON, NOON + DAY), resource_id=5))
    client.get(of_places(Span(NOON.replace(hour=0), NOON.replace(hour=0) + DAY), venue_id=venue.id))
    assert watched == [
        {"place:5:2027-03-01", "place:5:2027-03-02"},
        {f"place:{room.resource_id}:2027-03-01" for room in rooms},
    ]


@pytest.mark.parametrize(
    "query",
    ["session=x&session=²", "place=5", "place=5&day=2027-03-01&days=34", "venue=99999&day=2027-03-01&days=1",
     "place=5&day=9999-12-31&days=2", "venue=x&day=2027-03-01&days=1"],
)  # fmt: skip
def test_what_cannot_be_read_is_not_watched(client: Client, watched: list[set[str]], query: str) -> None:
    assert client.get(f"/live?{query}").status_code == 200
    assert watched == [set()]


def test_seats_are_told_when_taken_and_when_given_back(app, told: list[str]) -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    booking = a_hold(SeatWish(session.id, 1), actor=guest)
    assert told == [f"session:{session.id}"]
    told.clear()
    actions.let_go(guest, booking.ref, now=NOW)
    assert told == [f"session:{session.id}"]


def test_a_place_is_told_when_taken_and_when_freed(app, told: list[str]) -> None:
    room, guest = an_open_room(), a_guest()
    booking = a_hold(a_wish(room, start=at(days=1, hours=15)), actor=guest)
    both = [f"place:{room.resource_id}:2027-03-02", f"place:{room.resource_id}:2027-03-03"]
    assert told == both
    told.clear()
    actions.let_go(guest, booking.ref, now=NOW)
    assert told == both


@pytest.mark.parametrize(("view", "days"), [("day", 1), ("week", 7), ("month", 31)])
def test_a_rooms_page_hears_of_what_its_calendar_shows(
    client: Client, watched: list[set[str]], told: list[str], view: str, days: int
) -> None:
    room = an_open_room()
    day = (NOW + DAY).date()
    path = f"/rooms/{room.slug}?date={day}&view={view}"
    with time_machine.travel(NOW, tick=False):
        choice = one(client.get(path).text, "#choice")
        a_hold(a_wish(room, start=at(days=1, hours=2)))
        client.get(choice["data-live"])
        again = one(client.htmx(choice["hx-get"]).text, "#choice")
    assert len(watched[0]) == days + 1, "a day in Berlin touches two in UTC"
    assert set(told) <= watched[0]
    assert told == [f"place:{room.resource_id}:{day}"]
    assert again["data-live"] == choice["data-live"]


def test_a_persons_page_hears_of_the_month_it_shows(client: Client, watched: list[set[str]], told: list[str]) -> None:
    person = a_facilitator()
    works(person)
    service = a_service(person.merchant, kind="appointment", hosts=[person], lengths=((60, 7000),), online=True)
    path = f"/people/{person.slug}?date={(NOW + DAY).date()}"
    with time_machine.travel(NOW, tick=False):
        panes = one(client.get(path).text, "#choose")
        client.get(panes["data-live"])
        a_hold(AppointmentWish(service.id, person.id, at(days=1, hours=2), 60))
        again = one(client.htmx(panes["hx-get"]).text, "#choose")
    assert len(watched[0]) == 32, "March in Berlin touches a day of February in UTC"
    assert told == [f"place:{person.resource_id}:2027-03-02"]
    assert set(told) <= watched[0]
    assert (again["data-live"], again["hx-get"]) == (panes["data-live"], path)
    assert again.text != panes.text, "the hour is not offered any more"


def test_the_timetable_hears_of_every_session_on_it(client: Client, watched: list[set[str]]) -> None:
    with time_machine.travel(NOW, tick=False):
        first, second = a_session(starts_at=at(days=1)), a_session(starts_at=at(days=2))
        timetable = one(client.get("/sessions?month=2027-03").text, "#timetable")
        assert timetable["hx-get"] == "/sessions?month=2027-03"
        client.get(timetable["data-live"])
        assert watched == [{f"session:{first.id}", f"session:{second.id}"}]
        assert one(client.htmx(timetable["hx-get"]).text, "#timetable")["data-live"] == timetable["data-live"]
