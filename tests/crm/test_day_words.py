"""What the day says in its rarer moments: busy, held for a move, a part of a retreat, no name, what a no-show costs."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from bookapp.booking import actions
from bookapp.booking.models import BookingChange
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.crm.desk_views.people import visit_words
from bookapp.infra.db import db
from bookapp.scheduling.actions.occupancy import Wanted, occupy
from bookapp.values.timespan import Span
from tests.builders import a_room, a_service, a_session, a_venue
from tests.crm.hosting import TODAY, a_class, a_host_at, a_talk, now_is, seat, utc
from tests.support.client import Client
from tests.support.select import one
from tests.support.select import select as found
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def midmorning(monkeypatch: pytest.MonkeyPatch) -> None:
    """10:20 on the day."""
    now_is(monkeypatch, "10:20")


def line(client: Client, path: str = "/desk/day") -> list[str]:
    return [row.text for row in found(client.get(path).text, ".dayline > li")]


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
     (22, "22nd"), (23, "23rd"), (111, "111th"), (112, "112th")],
)  # fmt: skip
def test_visits_are_counted_as_people_count_them(app: object, number: int, words: str) -> None:
    assert visit_words(number) == f"{words} visit"


def test_what_nobody_knows_of_is_busy_and_a_move_that_waits_is_held(client: Client) -> None:
    person = a_host_at(client)
    moved = a_talk(person, "15:00")
    kinds = {"13:00": uuid.uuid4(), "14:00": uuid.uuid4()}
    for clock, claim in kinds.items():
        span = Span(utc(clock), utc(clock) + dt.timedelta(minutes=30))
        assert not occupy([Wanted(person.resource_id, span, span.end, "block")], claim, now=utc("09:00"))
    db.session.add(
        BookingChange(booking_id=moved.id, kind="move", claim_id=kinds["14:00"], before={}, after={"session_id": None},
                      difference_minor=100)
    )  # fmt: skip
    db.session.commit()
    rows = line(client)
    assert "13:00 13:00–13:30 · Busy" in rows
    assert "14:00 14:00–14:30 · Held for somebody who moves" in rows


def test_a_class_of_another_house_is_busy_to_this_one(client: Client) -> None:
    person = a_host_at(client)
    a_session(a_service(hosts=[person]), facilitator=person, starts_at=utc("12:00"), zone="UTC", title="Elsewhere")
    assert any("Elsewhere" in row for row in line(client))
    client.post("/logout")
    sign_in(client, merchant_id=person.merchant_id, role="owner")
    page = client.get(f"/desk/day?facilitator={person.slug}").text
    assert "Elsewhere" not in page
    assert "12:00–13:00 · Busy" in page


def test_of_a_retreat_the_part_that_is_on_and_the_night_is_free(client: Client) -> None:
    person = a_host_at(client)
    tomorrow = TODAY + dt.timedelta(days=1)
    parts = (("Arrival", utc("10:00"), utc("12:00")), ("Silence", utc("08:00", tomorrow), utc("11:00", tomorrow)))
    a_class(person, "10:00", title="Quiet days", ends_at=utc("11:00", tomorrow), parts=parts)
    assert "10:00 10:00–12:00 · Quiet days, 0 of 3 · Arrival" in line(client)
    assert "12:00 Free 12:00–17:00" in line(client)
    assert "08:00 08:00–11:00 · Quiet days, 0 of 3 · Silence" in line(client, f"/desk/day?date={tomorrow}")


def test_what_is_over_and_has_no_name(client: Client) -> None:
    person = a_host_at(client)
    booking = a_talk(person, "09:00")
    actions.complete_past(now=utc("10:00"))
    booking.name = ""
    db.session.commit()
    assert "09:00 09:00–09:50 · First conversation, no name yet · completed" in line(client)


def test_a_night_class_shows_its_part_of_each_day(client: Client) -> None:
    person = a_host_at(client)
    a_class(person, "23:00", minutes=120)
    assert "23:00 23:00–00:00 · Breath and stillness, 0 of 3" in line(client)
    assert "00:00 00:00–01:00 · Breath and stillness, 0 of 3" in line(client, "/desk/day?date=2027-03-11")


def test_where_it_is_seats_and_notes(client: Client) -> None:
    person = a_host_at(client)
    venue = a_venue(db.session.get_one(Merchant, person.merchant_id), name="Stillwater House")
    session = a_class(person, online=False, room=a_room(venue, name="Studio One"))
    booking = seat(session, "Ines Costa", "ines@example.org")
    booking.people, booking.notes = 3, "knee, left"
    db.session.commit()
    page = client.get("/desk/day").text
    assert "Studio One, Stillwater House · 10:00–11:00 · 0 of 3 arrived" in one(page, ".now").text
    assert one(page, ".roster p").text.startswith("first visit · 3 seats · knee, left")
    assert "2 more seats have no names yet." in page


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ((0,), "It is free of charge: neither a no-show nor being late costs anything."),
        ((1800,), "No-show: the price is kept (€18). Late: no charge."),
        ((1800, 900), "No-show: the price is kept. Late: no charge."),
    ],
)
def test_what_a_no_show_costs(client: Client, prices: tuple[int, ...], words: str) -> None:
    person: Facilitator = a_host_at(client)
    session = a_class(person, price=prices[0])
    for number, price in enumerate(prices):
        booking = seat(session, f"P{number}", f"p{number}@example.org")
        booking.total_minor = price
        db.session.commit()
    assert words in client.get(f"/desk/sessions/{session.id}/roster").text
