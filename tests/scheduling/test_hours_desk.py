"""Opening hours and closures of venues and rooms at the desk."""

from __future__ import annotations

import datetime as dt

import pytest

from bookapp.booking.queries.standing import standing_in_place
from bookapp.booking.rules import SeatWish
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.scheduling.actions.hours import add_closure, set_opening_hours
from bookapp.scheduling.actions.timeslots import generate_timeslots
from bookapp.scheduling.errors import HoursChanged
from bookapp.scheduling.queries.opening import closures_of_place, opening_hours, version_of_week
from bookapp.scheduling.rules import Hours, weekly_problems
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span, day_span
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue
from tests.builders.booking import a_booking, a_wish, always_open
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, select, submit, texts
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")

NINE, NOON, NIGHT = dt.time(9), dt.time(12), dt.time(0)
TYPED = {"from-0-0": "9", "to-0-0": "17", "from-5-0": "18:00", "to-5-0": "2"}
WEEK = [Hours(0, NINE, dt.time(17)), Hours(5, dt.time(18), dt.time(2))]


def in_a_week() -> dt.datetime:
    return clock.now().replace(hour=10, minute=0, second=0, microsecond=0) + dt.timedelta(days=7)


def test_a_house_may_be_open_round_the_clock_and_no_stretch_overlaps_it() -> None:
    whole = Hours(0, NIGHT, NIGHT)
    assert weekly_problems([whole, Hours(1, NIGHT, NIGHT)], whole_days=True) == {}
    assert list(weekly_problems([whole, Hours(0, NINE, NOON)], whole_days=True)) == [1]
    assert list(weekly_problems([Hours(1, NINE, NOON), Hours(0, NOON, NOON)], whole_days=True)) == [1]
    assert list(weekly_problems([whole])) == [0]


def test_of_two_who_save_the_week_the_second_is_told() -> None:
    venue = a_venue()
    seen = version_of_week([])
    set_opening_hours(SYSTEM, WEEK, venue_id=venue.id, version=seen)
    with pytest.raises(HoursChanged):
        set_opening_hours(SYSTEM, WEEK, venue_id=venue.id, version=seen)
    with pytest.raises(NotValid) as refused:
        set_opening_hours(SYSTEM, [WEEK[0], WEEK[0]], venue_id=venue.id, version=version_of_week(WEEK))
    assert list(refused.value.fields) == ["hours-1"]
    set_opening_hours(SYSTEM, [WEEK[0], WEEK[0]], venue_id=venue.id)
    assert len(opening_hours(venue_id=venue.id)) == 2, "a sheet may say the same twice"


def test_a_manager_sets_the_week_of_a_venue(client: Client) -> None:
    venue = a_venue()
    sign_in(client, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
    address = f"/desk/venues/{venue.id}/hours"
    assert submit(client, address, "#week form", act="save", **TYPED).status_code == 303
    assert opening_hours(venue_id=venue.id) == WEEK
    wrong = submit(client, address, "#week form", act="save", **{"from-0-0": "early"})
    assert (wrong.status_code, one(wrong.text, "#from-0-0")["value"]) == (422, "early")
    twice = submit(client, address, "#week form", act="save", **{"from-6-0": "1", "to-6-0": "3"})
    assert (twice.status_code, "overlaps" in twice.text) == (422, True)
    more = client.htmx(address, "POST", data=form_values(client.get(address).text, "#week form") | {"act": "more-0"})
    assert (more.status_code, len(select(more.text, "[name^=from-0-]")), "<html" in more.text) == (200, 2, False)
    copied = submit(client, address, "#week form", act="copy", copy="0", onto="1")
    assert one(copied.text, "#from-1-0")["value"] == "09:00"
    assert opening_hours(venue_id=venue.id) == WEEK, "copied, not saved"


def test_the_second_editor_of_a_week_sees_both(client: Client) -> None:
    venue = a_venue()
    sign_in(client, merchant_id=venue.merchant_id)
    address = f"/desk/venues/{venue.id}/hours"
    seen = form_values(client.get(address).text, "#week form")
    set_opening_hours(SYSTEM, WEEK, venue_id=venue.id)
    late = client.post(address, data=seen | {"from-1-0": "10", "to-1-0": "11", "act": "save"})
    assert (late.status_code, one(late.text, "#from-1-0")["value"]) == (409, "10")
    assert texts(late.text, ".notice dd") == ["09:00–17:00", "18:00–02:00"]
    assert client.post(address, data=form_values(late.text, "#week form") | {"act": "save"}).status_code == 303
    assert [hours.weekday for hours in opening_hours(venue_id=venue.id)] == [1]


def test_a_room_has_the_hours_of_its_venue_until_it_has_its_own(client: Client) -> None:
    room = a_room()
    set_opening_hours(SYSTEM, WEEK, venue_id=room.venue_id)
    sign_in(client, merchant_id=room.venue.merchant_id)
    address = f"/desk/rooms/{room.id}/hours"
    assert texts(client.get(address).text, ".said dd") == ["09:00–17:00", "18:00–02:00"]
    assert submit(client, address, "#week form", act="save", **{"from-2-0": "0", "to-2-0": "24"}).status_code == 303
    assert opening_hours(room_id=room.id) == [Hours(2, NIGHT, NIGHT)]
    assert texts(client.get(address).text, ".said dd") == []
    assert opening_hours(venue_id=room.venue_id) == WEEK


def test_what_falls_into_a_closure_is_shown_before_it_is_saved(client: Client) -> None:
    room = a_room(always_open(a_venue()))
    venue, merchant = room.venue, room.venue.merchant
    start = in_a_week()
    hired = a_booking(a_wish(room, start=start), now=clock.now())
    a_session(a_service(merchant, name="Evening choir"), starts_at=start + dt.timedelta(hours=3), room=room)
    day = start.date()
    generate_timeslots(SYSTEM, room.id, first=day, last=day, now=clock.now(), minutes=60)
    sign_in(client, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
    address = f"/desk/rooms/{room.id}/hours"
    typed = {"first": day.isoformat(), "reason": "Painting"}
    looked = submit(client, address, "#closing", **typed)
    assert looked.status_code == 200
    assert next(link["href"] for link in select(looked.text, "#closing .notice a")) == f"/desk/bookings/{hired.ref}"
    assert "2 bookings and sessions fall into it" in looked.text
    assert "8 timeslots without a booking" in looked.text
    since = clock.now()
    assert not closures_of_place(venue_id=venue.id, room_id=room.id, since=since)
    sent = form_values(looked.text, "#closing")
    assert client.post(f"/desk/rooms/{room.id}/closures", data=sent | {"seen": "guessed"}).status_code == 200
    for _click in range(2):
        assert client.post(f"/desk/rooms/{room.id}/closures", data=sent).status_code == 303
    (closure,) = closures_of_place(venue_id=venue.id, room_id=room.id, since=since)
    assert Span(closure.starts_at, closure.ends_at) == day_span(day, "Europe/Berlin")
    shown = client.get(address).text
    assert "Painting" in texts(shown, "#closures li b")
    assert "2 bookings and sessions stand in it" in shown
    gone = submit(client, address, f'form[action="/desk/closures/{closure.id}/removal"]')
    assert gone.status_code == 303
    assert not closures_of_place(venue_id=venue.id, room_id=room.id, since=since)


def test_an_empty_day_is_closed_at_once_for_the_whole_venue(client: Client) -> None:
    room = a_room()
    venue_id, day = room.venue_id, in_a_week().date().isoformat()
    sign_in(client, merchant_id=room.venue.merchant_id)
    address = f"/desk/venues/{venue_id}/hours"
    assert submit(client, address, "#closing", first=day, reason="Holiday").status_code == 303
    assert submit(client, address, "#closing", first="soon").status_code == 422
    of_the_room = client.get(f"/desk/rooms/{room.id}/hours").text
    assert "the whole venue" in of_the_room
    assert not select(of_the_room, "form[action$=removal]"), "a venue's closure is ended with the venue"


def test_somebodys_time_off_is_no_closure_of_a_place(client: Client) -> None:
    merchant = a_merchant()
    start = in_a_week()
    person = a_facilitator(merchant)
    away = add_closure(SYSTEM, Span(start, start + dt.timedelta(days=1)), facilitator_id=person.id)
    sign_in(client, merchant_id=merchant.id)
    assert client.post(f"/desk/closures/{away.id}/removal").status_code == 404
    assert client.post("/desk/closures/987654/removal").status_code == 404


def test_a_page_of_closures_asks_no_more_for_more_of_them(client: Client) -> None:
    room = a_room(always_open(a_venue()))
    venue_id, merchant_id = room.venue_id, room.venue.merchant_id
    start = in_a_week()
    session = a_session(a_service(room.venue.merchant), starts_at=start, room=room)
    sign_in(client, merchant_id=merchant_id)
    counts = []
    for day in range(4):
        begins = start + dt.timedelta(days=day)
        add_closure(SYSTEM, Span(begins, begins + dt.timedelta(hours=2)), venue_id=venue_id)
        with counted() as asked:
            assert client.get(f"/desk/venues/{venue_id}/hours").status_code == 200
        counts.append(len(asked))
    assert counts[1] == counts[-1] <= 14
    a_booking(SeatWish(session.id), now=clock.now())
    spans = [Span(start, start + dt.timedelta(hours=1))]
    (found,) = standing_in_place(spans, merchant_id=merchant_id, venue_id=venue_id)
    assert [(standing.href, standing.people) for standing in found] == [(f"/sessions/{session.id}", 1)]
