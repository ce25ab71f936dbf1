"""A venue's calendar at the desk: what is in it, for whom, and how much it asks of the database and of the line."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from sqlalchemy import select as sql

from bookapp.booking import actions
from bookapp.booking.jobs import issue_papers
from bookapp.booking.rules import NewTime, RoomWish
from bookapp.catalog.models import Room, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.infra import live
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.scheduling.actions.hours import add_closure
from bookapp.scheduling.actions.sessions import create_session
from bookapp.values.timespan import Span
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, at
from tests.builders.catalog import an_addon
from tests.builders.numbers import another
from tests.builders.scheduling import opens, works
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import select, texts
from tests.support.staff import sign_in

HOUR = dt.timedelta(hours=1)
DATE = at().date().isoformat()


@pytest.fixture(autouse=True)
def _now(app):
    with time_machine.travel(NOW, tick=False):
        yield


def a_house(rooms: int = 2) -> tuple[Venue, list[Room]]:
    """A venue in Berlin, open from 8 to 20, with some rooms."""
    venue = a_venue(a_merchant(name="Kastanienhof"), name="Kastanienhof Mitte")
    opens(venue)
    return venue, [a_room(venue, name=f"Room {number}", buffer_minutes=30, capacity=20) for number in range(rooms)]


def address(venue: Venue, **more: object) -> str:
    return "&".join([f"/desk/calendar?venue={venue.slug}&date={DATE}", *(f"{one}={it}" for one, it in more.items())])


def booked(room: Room, start: dt.datetime, hours: float = 2, name: str = "Ravi Menon"):
    wish = RoomWish(room.id, Span(start, start + hours * HOUR), 4)
    return actions.book_for_client(
        SYSTEM, wish, name=name, email="", customer_id=None, now=NOW, key=f"booked-{another()}", phone="+49 30 1234"
    )


class TestTheWeek:
    def test_everything_in_it_has_its_place_and_its_word(self, client: Client) -> None:
        venue, (room, other) = a_house()
        person = a_facilitator(venue.merchant, name="Priya")
        works(person)
        service = a_service(venue.merchant, name="Yoga", hosts=[person], rooms=[other], capacity=12)
        sign_in(client, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
        hired = booked(room, at(7, 2))  # 11:00 to 13:00 in Berlin, on a Monday
        paid = a_booking(RoomWish(room.id, Span(at(7, 5), at(7, 6)), 2))
        held = a_hold(RoomWish(other.id, Span(at(7, 2), at(7, 3)), 2))
        add_closure(SYSTEM, Span(at(7, 4), at(7, 5)), room_id=other.id, reason="Painting")
        create_session(SYSTEM, service.id, span=Span(at(8, 2), at(8, 3)), now=NOW, room_id=other.id,
                       facilitator_id=person.id)  # fmt: skip
        for number in range(3):
            a_session(service, starts_at=at(9, 2 + number), room=room, on_grid=True)
        answer = client.get(address(venue))
        monday = select(answer.text, f"[data-day='{DATE}']")
        first, second = (one for one in monday)
        assert (first["data-room"], second["data-room"]) == (str(room.id), str(other.id))
        [run] = select(answer.text, f"a.moves[href='/desk/calendar/bookings/{hired.ref}']")
        assert run.text == "Ravi Menon · 4 · €54 due 11:00–13:00"
        assert texts(answer.text, f"a.moves[href$='{paid.ref}']") == ["Miriam Okafor · 2 14:00–15:00"]
        words = " | ".join(texts(answer.text, ".lane .run"))
        assert "Held until 09:15: no name yet 11:00–12:00" in words
        assert "Closed: Painting" in words
        assert "Yoga 0/12 · Priya 11:00–12:00" in words
        assert "Yoga: 3 timeslots, nobody in them 11:00–14:00" in words
        assert words.count("Cleaning") == 4
        assert not select(answer.text, f"a.moves[href$='{held.ref}']"), "a hold is not carried elsewhere"
        assert texts(answer.text, "h1") == ["Kastanienhof Mitte, week 10"]
        assert "Berlin time" in answer.text

    def test_free_time_leads_to_a_booking_and_what_is_over_leads_nowhere(self, client: Client) -> None:
        venue, (room,) = a_house(1)
        sign_in(client, merchant_id=venue.merchant_id)
        today = NOW.date().isoformat()
        answer = client.get(f"/desk/calendar?venue={venue.slug}&date={today}&view=day")
        [free] = select(answer.text, "a.free")
        assert free["href"] == f"/desk/calendar/new?room={room.id}&date={today}&from=09:00", "it is nine in Berlin"
        assert select(answer.text, ".lane-now i.n4"), "an hour after eight"
        assert not select(client.get(address(venue)).text, ".lane-now")

    def test_one_room_has_its_days_beside_each_other_and_a_day_all_rooms(self, client: Client) -> None:
        venue, rooms = a_house(3)
        sign_in(client, merchant_id=venue.merchant_id)
        one = client.get(address(venue, room=rooms[1].id)).text
        assert {lane["data-room"] for lane in select(one, ".lane")} == {str(rooms[1].id)}
        assert (len(select(one, ".lanes--down .lane")), len(select(one, ".lane-hours"))) == (7, 1)
        day = client.get(address(venue, view="day")).text
        assert [lane["data-day"] for lane in select(day, ".lanes--across .lane")] == [DATE] * 3

    def test_a_house_with_many_rooms_is_shown_by_the_day_unless_the_week_is_asked_for(self, client: Client) -> None:
        venue, rooms = a_house(25)
        sign_in(client, merchant_id=venue.merchant_id)
        for asked, lanes in (({}, 25), ({"view": "week"}, 7 * 25), ({"room": rooms[0].id}, 7)):
            assert len(select(client.get(address(venue, **asked)).text, ".lane")) == lanes

    def test_the_list_says_the_same_in_words(self, client: Client) -> None:
        venue, (room, _) = a_house()
        sign_in(client, merchant_id=venue.merchant_id)
        made = booked(room, at(7, 2))
        listed = client.get(address(venue, view="list")).text
        assert texts(listed, "tbody td, tbody th")[:3] == ["11:00–13:00", "Room 0", "Ravi Menon · 4 · €54 due"]
        assert select(listed, f"a[href='/desk/calendar/bookings/{made.ref}/move']")
        assert texts(listed, "section p").count("Nothing.") == 6

    def test_the_new_time_of_a_move_that_waits_is_seen(self, client: Client) -> None:
        venue, (room, other) = a_house()
        sign_in(client, merchant_id=venue.merchant_id)
        guest = a_guest()
        mine = a_booking(RoomWish(room.id, Span(at(7, 2), at(7, 3)), 2), actor=guest)
        actions.move(guest, mine.ref, NewTime(at(7, 2), at(7, 5), room_id=other.id), now=NOW, key=f"m-{another()}")
        words = texts(client.get(address(venue)).text, ".run")
        assert "Held for a move of Miriam Okafor 11:00–14:00" in words

    def test_what_nobody_can_name_is_taken_all_the_same(self, client: Client) -> None:
        venue, (room,) = a_house(1)
        sign_in(client, merchant_id=venue.merchant_id)
        made = booked(room, at(7, 2))
        made.claim_id = uuid.uuid4()
        db.session.commit()
        assert "Taken" in texts(client.get(address(venue)).text, ".run")


class TestWhoseItIs:
    def test_a_manager_is_at_their_own_venue_and_nowhere_else(self, client: Client) -> None:
        venue, _rooms = a_house()
        sister = a_venue(venue.merchant, name="Annexe")
        sign_in(client, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
        assert client.get("/desk/calendar").location == f"/desk/calendar?venue={venue.slug}"
        assert client.get(f"/desk/calendar?venue={sister.slug}").status_code == 404
        assert client.get(f"/desk/calendar/live?venue={sister.slug}").status_code == 404
        assert client.get(f"/desk/calendar/new?venue={sister.slug}").status_code == 404

    def test_an_owner_chooses_among_theirs_and_a_facilitator_has_none(self, client: Client) -> None:
        venue, _rooms = a_house()
        a_venue(venue.merchant, name="Annexe")
        a_venue(name="Somebody else's")
        sign_in(client, merchant_id=venue.merchant_id)
        answer = client.get(address(venue))
        assert [one.split(",")[0] for one in texts(answer.text, "#venue option")] == ["Annexe", "Kastanienhof Mitte"]
        client.post("/logout")
        sign_in(client, merchant_id=venue.merchant_id, role="facilitator")
        assert client.get("/desk/calendar").status_code == 404
        assert client.get(address(venue)).status_code == 404

    def test_an_admin_says_which_venue(self, client: Client) -> None:
        venue, _rooms = a_house()
        sign_in(client, is_admin=True)
        found = client.get("/desk/calendar?q=kastanienhof%20m").text
        assert select(found, f"main a[href='/desk/calendar?venue={venue.slug}']")
        assert "No venue is called that." in client.get("/desk/calendar?q=%25_nowhere").text
        assert client.get(address(venue)).status_code == 200

    @pytest.mark.parametrize(
        "odd", ["date=soon", "date=0001-01-01", "room=x", "room=9999999", "view=moon", "venue=%00"]
    )
    def test_an_address_that_makes_no_sense_is_no_reason_to_break(self, client: Client, odd: str) -> None:
        venue, _rooms = a_house()
        sign_in(client, merchant_id=venue.merchant_id)
        assert client.get(f"/desk/calendar?{odd}&venue={venue.slug}").status_code in (200, 303, 404)


class TestHowMuchItAsks:
    def test_a_full_week_asks_as_often_as_an_empty_one_and_is_no_larger_than_it_must_be(self, client: Client) -> None:
        venue, rooms = a_house(12)
        sign_in(client, merchant_id=venue.merchant_id)
        first = at(7, 0)
        booked(rooms[0], first + 3 * HOUR)

        def asked() -> tuple[int, str]:
            client.get(address(venue))
            with counted() as seen:
                answer = client.get(address(venue))
            return len(seen), answer.text

        few, _page = asked()
        for room in rooms:
            for day in range(7):
                for hour in (0, 3, 7):
                    if (room, day, hour) != (rooms[0], 0, 3):
                        booked(room, first + dt.timedelta(days=day, hours=hour), name="Hartmann GmbH & Co. KG")
        many, page = asked()
        assert many == few <= 20
        lanes = select(page, ".lane ol")
        assert len(lanes) == 84
        assert max(len(select(lane.node.html or "", "li")) for lane in lanes) <= 13
        assert len(page.encode()) < 120_000, len(page.encode())

    def test_whoever_looks_at_it_hears_of_every_change_from_the_worker(self, client: Client, monkeypatch) -> None:
        venue, (room, _) = a_house()
        heard: list[str] = []
        monkeypatch.setattr(live, "tell", lambda *channels: heard.extend(channels))
        made = booked(room, at(7, 2))
        assert f"venue:{venue.id}" not in heard, "bookings would wait for each other"
        assert db.session.scalars(sql(OutboxRow.args).where(OutboxRow.name == "booking.issue_papers")).all() == [
            [made.ref]
        ]
        issue_papers(made.ref)
        assert f"venue:{venue.id}" in heard
        sign_in(client, merchant_id=venue.merchant_id)
        assert f'data-live="/desk/calendar/live?venue={venue.slug}"' in client.get(address(venue)).text


def test_an_extra_is_offered_to_callers(client: Client) -> None:
    venue, (room, _) = a_house()
    an_addon(venue, name="Projector")
    sign_in(client, merchant_id=venue.merchant_id)
    assert "Projector" in client.get(f"/desk/calendar/new?room={room.id}&date={DATE}&from=10:00").text
