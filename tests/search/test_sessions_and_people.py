"""Seats and people, on a real database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from bookapp.catalog.models import Service, Venue
from bookapp.favourites.queries import Kept
from bookapp.infra.db import db
from bookapp.scheduling.queries import appointment_starts
from bookapp.search.queries import (
    PeopleFound,
    SeatsFound,
    find_people,
    find_sessions,
    people_soon,
    sessions_soon,
    themes,
)
from bookapp.search.queries.hosts import people_for
from bookapp.search.queries.people import Diary
from bookapp.search.rules.ask import Ask, Hours, Kind, Sort
from bookapp.search.rules.fit import Miss, Missing
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session
from tests.search.houses import BERLIN, DAY, NOW, a_person, an_open_venue, at, closed, rated, taken
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

HOUR = dt.timedelta(hours=1)


def seats(**asked: Any) -> SeatsFound:
    more = {name: asked.pop(name) for name in ("kept",) if name in asked}
    return find_sessions(Ask(Kind.SESSION, **({"day": DAY} | asked)), now=NOW, **more)


def titles(found: SeatsFound) -> list[str]:
    return [row.title for row in found.shown]


def hours(begins: str, ends: str) -> dict[str, Any]:
    return {"day": DAY, "hours": Hours(DAY, begins, ends)}


@pytest.fixture
def house() -> Venue:
    return an_open_venue(name="Stillwater")


def on(house: Venue, title: str, clock: str, *, day: dt.date = DAY, left: int = 6, **facts: Any) -> Any:
    """A class of twelve with `left` seats left."""
    service = facts.pop("service", None) or a_service(house.merchant, **facts.pop("of", {}))
    room = facts.pop("room", None) or a_room(house)
    return a_session(service, starts_at=at(clock, day), room=room, title=title, seats_taken=12 - left, **facts)


# Sessions


def test_what_starts_that_day_with_seats_is_found_in_order(house: Venue) -> None:
    on(house, "Evening", "19:00")
    on(house, "Morning", "07:00", left=3)
    on(house, "Full", "12:00", left=0)
    on(house, "Tomorrow", "07:00", day=dt.date(2027, 3, 25))
    found = seats()
    assert titles(found) == ["Morning", "Evening"]
    assert (found.total, found.full) == (2, 1)
    assert (found.shown[0].left, found.shown[0].price) == (3, Money(1600, "EUR"))
    assert [(row.title, miss.kind) for row, miss in found.near] == [("Tomorrow", Missing.DAY)]


def test_seats_for_everybody_or_it_says_how_many(house: Venue) -> None:
    on(house, "Two", "10:00", left=2)
    on(house, "Six", "11:00", left=6)
    found = seats(people=4)
    assert titles(found) == ["Six"]
    assert [(row.title, miss) for row, miss in found.near] == [("Two", Miss(Missing.SEATS, {"seats": 2, "people": 4}))]


def test_hours_are_those_of_the_place(house: Venue) -> None:
    on(house, "Ten in Berlin", "10:00")
    london = an_open_venue(zone="Europe/London", city="London")
    service = a_service(london.merchant)
    a_session(service, starts_at=at("10:00", zone="Europe/London"), room=a_room(london), title="Ten in London")
    assert titles(seats(**hours("10:00", "11:00"))) == ["Ten in Berlin", "Ten in London"]
    assert titles(seats(**hours("11:00", "12:00"))) == []


def test_without_a_day_the_next_fortnight_counts_and_the_past_never(house: Venue) -> None:
    on(house, "Over", "09:00", day=dt.date(2027, 3, 22))
    on(house, "Later today", "11:00", day=dt.date(2027, 3, 22))
    on(house, "Far", "11:00", day=dt.date(2027, 4, 12))
    assert titles(seats(day=None)) == ["Later today"]
    assert [row.title for row in sessions_soon(NOW, 5)] == ["Later today"]


def test_sessions_are_narrowed_by_place_theme_stars_price_and_access(house: Venue) -> None:
    room = a_room(house, amenities=("step_free",))
    yoga = rated(a_service(house.merchant, theme="yoga"), 5, 5)
    on(house, "Right", "10:00", service=yoga, room=room)
    on(house, "Stairs", "10:00", service=yoga)
    on(house, "Pottery", "11:00", room=room, of={"theme": "pottery"})
    on(an_open_venue(city="London"), "Elsewhere", "12:00")
    assert titles(seats(where="berlin")) == ["Right", "Stairs", "Pottery"]
    assert titles(seats(type="yoga", accessible=True, rating=Decimal("4.5"))) == ["Right"]
    assert titles(seats(max_price=Decimal(30), people=2)) == []
    assert titles(seats(where="Stillwater", min_price=Decimal(10), max_price=Decimal(16))) == [
        "Right",
        "Stairs",
        "Pottery",
    ]
    assert titles(seats(favourites=True, kept=Kept(rooms=frozenset([room.id])))) == ["Right", "Pottery"]
    assert list(themes(Kind.SESSION)) == ["pottery", "yoga"]


def test_what_is_online_is_found_by_that_word(house: Venue) -> None:
    a_session(a_service(house.merchant), starts_at=at("10:00"), online=True, title="Online")
    on(house, "Here", "10:00")
    assert titles(seats(where="Online")) == ["Online"]
    assert titles(seats(where="Berlin")) == ["Here"]
    assert sorted(titles(seats())) == ["Here", "Online"]


def test_cancelled_private_and_unlisted_ones_are_not_found(house: Venue) -> None:
    on(house, "Cancelled", "10:00", state="cancelled")
    on(house, "Private", "10:00", of={"private": True})
    on(house, "Hidden", "10:00", of={"listed": False})
    assert titles(seats()) == []


def test_sessions_can_be_ordered_by_price_or_stars(house: Venue) -> None:
    on(house, "Dear", "08:00", price_minor=3000, service=rated(a_service(house.merchant), 5, 5, 5))
    on(house, "Cheap", "09:00", price_minor=1000)
    assert titles(seats(sort=Sort.PRICE)) == ["Cheap", "Dear"]
    assert titles(seats(sort=Sort.RATING)) == ["Dear", "Cheap"]


def test_sessions_and_their_prices_are_two_queries_however_many(house: Venue) -> None:
    service, room = a_service(house.merchant), a_room(house)
    for number in range(20):
        on(house, f"Class {number}", "10:00", service=service, room=room)
    seats()
    db.session.commit()
    with counted() as seen:
        found = seats()
    assert len(seen) == 2
    assert (len(found.shown), found.pages) == (15, 2)


# People


def people(now: dt.datetime = NOW, **asked: Any) -> PeopleFound:
    more = {name: asked.pop(name) for name in ("kept", "mine") if name in asked}
    return find_people(Ask(Kind.PERSON, **asked), now=now, **more)


def shown(found: PeopleFound) -> dict[str, list[dt.datetime]]:
    return {one.person.facilitator.name: one.starts for one in found.shown}


def test_a_person_is_shown_with_the_next_three_free_times_and_the_lowest_price() -> None:
    a_person(name="Priya")
    found = people()
    today = dt.date(2027, 3, 22)
    assert shown(found) == {"Priya": [at("10:00", today), at("11:00", today), at("12:00", today)]}
    assert (found.shown[0].person.minutes, found.shown[0].person.price) == (60, Money(7000, "EUR"))


def test_times_come_from_the_following_days_when_today_is_short() -> None:
    who = a_person(name="Priya", closes="11:00")
    taken(who, at("10:00", dt.date(2027, 3, 23)), at("11:00", dt.date(2027, 3, 23)))
    assert shown(people())["Priya"] == [
        at("10:00", dt.date(2027, 3, 22)),
        at("09:00", dt.date(2027, 3, 23)),
        at("09:00", DAY),
    ]


def test_at_the_asked_hours_only_those_who_are_free_come_first() -> None:
    a_person(name="Free")
    busy = a_person(name="Busy")
    taken(busy, at("10:00"), at("12:00"))
    found = people(**hours("10:00", "12:00"))
    assert shown(found) == {"Free": [at("10:00"), at("11:00")]}
    assert found.busy == 1
    assert found.near[0].starts == [at("12:00"), at("13:00"), at("14:00")]


def test_an_appointment_needs_a_free_room_unless_it_is_online(house: Venue) -> None:
    room = a_room(house)
    a_person(house.merchant, name="In the room", online=False, rooms=[room])
    taken(room, at("09:00"), at("17:00"))
    found = people(day=DAY)
    assert shown(found) == {}
    assert found.busy == 1


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_person_s_times_are_those_of_their_calendars(house: Venue, hour: int) -> None:
    small, large = a_room(house), a_room(house, buffer_minutes=45)
    who = a_person(
        house.merchant, name="Priya", online=False, rooms=[small, large], lengths=((50, 7000),), step_minutes=20,
        buffer_minutes=15, notice_minutes=600, horizon_days=3, opens="07:00", closes="23:00",
    )  # fmt: skip
    closed(house, at("18:00"), at("18:30"))
    taken(who, at("12:00"), at("13:00"), buffer_minutes=15)
    taken(small, at("08:00"), at("16:00"))
    taken(large, at("09:30"), at("11:00"), buffer_minutes=45)
    taken(small, at("19:00"), at("20:10"))
    taken(large, at("19:30"), at("19:50"))
    (person,) = people_for("", "", None, False, (), None)
    now = at("00:00") + dt.timedelta(hours=hour - 24)
    for window in (day_span(DAY, BERLIN), Span(at("09:10"), at("19:20")), Span(now, now + dt.timedelta(days=7))):
        service = db.session.get_one(Service, person.service.id)
        wanted = appointment_starts(service, who, person.minutes, window, now=now)
        assert list(Diary([person], window, now).starts(person, window)) == wanted


def test_people_are_narrowed_by_place_theme_stars_price_and_access(house: Venue) -> None:
    room = a_room(house, amenities=("step_free", "couch"))
    london = an_open_venue(city="London")
    stairs = a_room(london)
    rated(a_person(house.merchant, name="Right", online=False, rooms=[room], theme="law"), 5, 5)
    a_person(london.merchant, name="London", city="London", online=False, rooms=[stairs], lengths=((30, 2000),))
    assert list(shown(people(where="berlin"))) == ["Right"]
    assert list(shown(people(where="London"))) == ["London"]
    assert list(shown(people(type="law"))) == ["Right"]
    assert list(shown(people(rating=Decimal(4)))) == ["Right"]
    assert list(shown(people(max_price=Decimal(20)))) == ["London"]
    assert list(shown(people(accessible=True))) == ["Right"]
    assert list(shown(people(amenities=("couch",)))) == ["Right"]
    assert list(shown(people(favourites=True, kept=Kept(venues=frozenset([house.id]))))) == ["Right"]
    assert list(shown(people(where="online"))) == []
    assert list(shown(people(sort=Sort.PRICE))) == ["London", "Right"]


def test_a_person_without_an_appointment_is_not_found() -> None:
    a_facilitator(a_merchant(), name="Only classes")
    assert shown(people()) == {}


def test_a_time_no_clock_shows_leaves_the_zone_out() -> None:
    a_person(name="Priya", opens="00:00", closes="00:00")
    spring = dt.date(2027, 3, 28)
    found = people(day=spring, hours=Hours(spring, "02:30", "04:00"))
    assert shown(found) == {}
    assert [trouble.zone for trouble in found.troubles] == [BERLIN]


def test_people_are_a_constant_number_of_queries() -> None:
    def queries(**asked: Any) -> int:
        people(**asked)
        db.session.commit()
        with counted() as seen:
            people(**asked)
        return len(seen)

    a_person(name="First")
    few = queries(), queries(day=DAY)
    for number in range(6):
        a_person(name=f"Person {number}")
    assert (queries(), queries(day=DAY)) == few
    assert max(few) <= 4


def test_the_home_page_shows_people_who_have_time() -> None:
    a_person(name="Has time")
    off = a_person(name="Is away")
    for offset in range(9):
        day = dt.date(2027, 3, 22) + dt.timedelta(days=offset)
        taken(off, at("09:00", day), at("17:00", day))
    assert [one.person.facilitator.name for one in people_soon(NOW, 3)] == ["Has time"]
    db.session.rollback()


def test_a_timeslot_whose_room_is_taken_is_not_to_be_had(house: Venue) -> None:
    room = a_room(house)
    on(house, "Hired", "10:00", left=12, room=room, on_grid=True)
    on(house, "Free", "12:00", left=12, room=room, on_grid=True)
    taken(room, at("10:30"), at("11:30"))
    found = seats()
    assert titles(found) == ["Free"]
    assert found.full == 1
