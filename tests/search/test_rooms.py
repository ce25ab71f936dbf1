"""Rooms that are free, on a real database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from bookapp.catalog.models import Room, Venue
from bookapp.favourites.queries import Kept
from bookapp.infra.db import db
from bookapp.scheduling.models import OpeningHours
from bookapp.search.queries import RoomsFound, find_rooms, loved_rooms
from bookapp.search.queries.candidates import field
from bookapp.search.queries.taken import TAKEN, values
from bookapp.search.rules.ask import Ask, Hours, Sort
from bookapp.search.rules.fit import Miss, Missing
from bookapp.search.rules.standing import Counts
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from tests.builders import a_merchant, a_room
from tests.search.houses import (
    BERLIN,
    DAY,
    NOW,
    an_open_venue,
    at,
    closed,
    rated,
    rooms_in,
    taken,
)
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")


def asked(begins: str = "14:00", ends: str = "16:00", day: dt.date = DAY, **more: Any) -> Ask:
    return Ask(day=day, hours=Hours(day, begins, ends), **more)


def find(ask: Ask | None = None, **more: Any) -> RoomsFound:
    return find_rooms(ask or asked(), now=more.pop("now", NOW), **more)


def names(found: RoomsFound) -> list[str]:
    return [card.room.name for card in found.shown]


@pytest.fixture
def house() -> Venue:
    return an_open_venue(name="Kastanienhof")


# Free at that time


def test_a_free_room_is_found_with_the_price_of_what_was_asked(house: Venue) -> None:
    rooms_in(house, "Linden")
    found = find()
    assert names(found) == ["Linden"]
    card = found.shown[0]
    assert card.span == Span(at("14:00"), at("16:00"))
    assert card.total == Money(5400, "EUR")
    assert card.misses == ()
    assert found.counts == Counts(free=1)


def test_a_day_rate_caps_the_total(house: Venue) -> None:
    rooms_in(house, "Linden", day_rate_minor=5000)
    assert find().shown[0].total == Money(5000, "EUR")


@pytest.mark.parametrize(
    ("start", "end", "is_free"),
    [
        ("12:00", "14:00", True),
        ("16:00", "17:00", True),
        ("12:00", "14:30", False),
        ("15:30", "18:00", False),
        ("14:30", "15:00", False),
        ("09:00", "19:00", False),
    ],
)
def test_only_what_overlaps_is_in_the_way(house: Venue, start: str, end: str, is_free: bool) -> None:
    (room,) = rooms_in(house, "Linden")
    taken(room, at(start), at(end))
    found = find()
    assert (names(found) == ["Linden"]) is is_free
    assert found.counts == (Counts(free=1) if is_free else Counts(taken=1))


def test_cleaning_counts_before_and_after(house: Venue) -> None:
    (after, before) = rooms_in(house, "After", "Before", buffer_minutes=30)
    taken(after, at("12:00"), at("13:45"), buffer_minutes=30)
    taken(before, at("16:15"), at("18:00"), buffer_minutes=30)
    assert find().counts == Counts(taken=2)
    assert find(asked("14:30", "15:30")).counts == Counts(free=2)


def test_a_lapsed_hold_is_free_and_a_live_one_is_not(house: Venue) -> None:
    lapsed, live = rooms_in(house, "Lapsed", "Live")
    minute = dt.timedelta(minutes=1)
    taken(lapsed, at("14:00"), at("16:00"), blocks_until=NOW - minute)
    taken(live, at("14:00"), at("16:00"), blocks_until=NOW + minute)
    assert names(find()) == ["Lapsed"]


def test_a_lapsed_hold_hides_nothing_that_starts_before_it(house: Venue) -> None:
    (room,) = rooms_in(house, "Linden")
    taken(room, at("13:00"), at("15:00"))
    taken(room, at("15:00"), at("16:00"), blocks_until=NOW - dt.timedelta(minutes=1))
    taken(room, at("16:00"), at("17:00"))
    assert find().counts == Counts(taken=1)
    assert find(asked("15:00", "16:00")).counts == Counts(free=1)


def test_one_s_own_hold_is_shown_as_one_s_own(house: Venue) -> None:
    (room,) = rooms_in(house, "Linden")
    claim = taken(room, at("14:00"), at("16:00"), blocks_until=NOW + dt.timedelta(minutes=9))
    assert names(find()) == []
    (card,) = find(mine=frozenset([claim])).shown
    assert card.is_yours


def test_a_booking_from_the_night_before_is_in_the_way(house: Venue) -> None:
    (room,) = rooms_in(house, "Linden")
    taken(room, at("20:00") - dt.timedelta(days=13), at("15:00"))
    assert find().counts == Counts(taken=1)


def test_hours_closures_notice_and_lengths_are_counted_by_what_they_are(house: Venue) -> None:
    rooms_in(house, "Linden")
    rooms_in(house, "Soon", notice_minutes=4 * 24 * 60)
    rooms_in(house, "Long", min_minutes=180)
    (own_hours,) = rooms_in(house, "Mornings")
    db.session.add(OpeningHours(room_id=own_hours.id, weekday=DAY.weekday(), opens=dt.time(8), closes=dt.time(12)))
    db.session.commit()
    works = an_open_venue()
    closed(works, at("15:00"), at("18:00"))
    rooms_in(works, "Works")
    found = find()
    assert names(found) == ["Linden"]
    assert found.counts == Counts(free=1, notice=1, closed=2, length=1)


def test_a_night_out_crosses_midnight() -> None:
    rooms_in(an_open_venue("18:00", "03:00"), "Cellar")
    assert names(find(asked("22:00", "01:00"))) == ["Cellar"]
    assert names(find(asked("22:00", "24:00"))) == ["Cellar"]
    assert names(find(asked("02:00", "04:00"))) == []


def test_each_venue_reads_the_hours_on_its_own_clock() -> None:
    rooms_in(an_open_venue(city="Berlin"), "Linden")
    (ferry,) = rooms_in(an_open_venue(city="London", zone="Europe/London"), "Ferry")
    taken(ferry, at("14:00", zone="Europe/London"), at("15:00", zone="Europe/London"))
    assert names(find()) == ["Linden"]
    assert sorted(names(find(asked("13:00", "14:00")))) == ["Ferry", "Linden"]


def test_a_wall_time_that_is_missing_leaves_that_zone_out_and_tells() -> None:
    spring = dt.date(2027, 3, 28)
    rooms_in(an_open_venue("00:00", "00:00", city="Berlin"), "Linden")
    rooms_in(an_open_venue("00:00", "00:00", city="Reykjavik", zone="Atlantic/Reykjavik"), "Geysir")
    found = find(asked("02:30", "03:30", day=spring))
    assert names(found) == ["Geysir"]
    assert [trouble.zone for trouble in found.times.troubles] == [BERLIN]


# Narrowing


def test_where_is_a_city_a_venue_or_a_merchant_in_any_case(house: Venue) -> None:
    rooms_in(house, "Linden")
    rooms_in(an_open_venue(city="London"), "Ferry")
    for where in ("berlin", "KASTANIENHOF", house.merchant.name.lower()):
        assert names(find(asked(where=where))) == ["Linden"]
    assert names(find(asked(where="Hamburg"))) == []


def test_hard_filters_all_count(house: Venue) -> None:
    (good,) = rooms_in(house, "Good", type="hall", amenities=("step_free",))
    rated(good, 5, 5, 4)
    (worse,) = rooms_in(house, "Worse", type="hall", amenities=("step_free",))
    rated(worse, 4, 4)
    rooms_in(house, "Unrated", type="hall", amenities=("step_free",))
    rated(rooms_in(house, "Stairs", type="hall")[0], 5)
    rated(rooms_in(house, "Small", type="office", amenities=("step_free",))[0], 5)
    assert names(find(asked(type="hall", accessible=True, rating=Decimal("4.5")))) == ["Good"]


def test_favourites_are_rooms_and_all_rooms_of_a_venue(house: Venue) -> None:
    kept, _ = rooms_in(house, "Kept", "Other")
    elsewhere = an_open_venue()
    rooms_in(elsewhere, "One", "Two")
    kept = Kept(frozenset([kept.id]), frozenset([elsewhere.id]))
    assert sorted(names(find(asked(favourites=True), kept=kept))) == ["Kept", "One", "Two"]
    assert names(find(asked(favourites=True))) == []


def test_a_price_range_is_for_the_whole_and_in_one_currency(house: Venue) -> None:
    rooms_in(house, "Twenty", rate_minor=2000)
    rooms_in(house, "Thirty", rate_minor=3000)
    pounds = an_open_venue(merchant=a_merchant(currency="GBP"))
    rooms_in(pounds, "Pounds", rate_minor=2000)
    assert names(find(asked(max_price=Decimal(40)))) == ["Twenty"]
    assert names(find(asked(min_price=Decimal(41)))) == ["Thirty"]
    assert names(find(asked(max_price=Decimal(50), currency="GBP"))) == ["Pounds"]


def test_what_is_not_listed_is_not_found(house: Venue) -> None:
    a_room(house, listed=False)
    shut = an_open_venue()
    rooms_in(shut, "Shut")
    shut.listed = False
    db.session.commit()
    assert names(find()) == []


# Relaxing and nearly


def test_with_few_results_amenities_and_seats_are_relaxed_and_named(house: Venue) -> None:
    rooms_in(house, "Both", amenities=("projector", "screen"), capacity=40)
    rooms_in(house, "One", amenities=("screen",), capacity=40)
    rooms_in(house, "Thirty", amenities=("screen", "projector"), capacity=30)
    found = find(asked(amenities=("projector", "screen"), people=40))
    assert names(found) == ["Both", "One", "Thirty"]
    assert found.shown[1].misses == (Miss(Missing.AMENITY, {"amenities": ["projector"]}),)
    assert found.shown[2].misses == (Miss(Missing.SEATS, {"seats": 30, "people": 40}),)
    assert found.counts == Counts(free=1, partly=2)


def test_nearly_names_the_one_thing_that_is_different(house: Venue) -> None:
    later, shorter, plain = rooms_in(house, "Later", "Shorter", "Plain", amenities=("stage",))
    plain.amenities = []
    taken(later, at("12:00"), at("14:30"))
    taken(shorter, at("15:30"), at("20:00"))
    taken(shorter, at("08:00"), at("14:00"))
    found = find(asked(amenities=("stage",)))
    near = {card.room.name: (card.misses[0].kind, card.span) for card in found.near}
    assert near == {
        "Later": (Missing.LATER, Span(at("14:30"), at("16:30"))),
        "Shorter": (Missing.SHORTER, Span(at("14:00"), at("15:30"))),
        "Plain": (Missing.AMENITY, Span(at("14:00"), at("16:00"))),
    }
    assert [card.room.name for card in found.near] == ["Later", "Shorter", "Plain"]


def test_booked_all_day_is_offered_for_tomorrow(house: Venue) -> None:
    (room,) = rooms_in(house, "Linden")
    taken(room, at("08:00"), at("20:00"))
    (card,) = find().near
    assert card.misses == (Miss(Missing.DAY, {"day": dt.date(2027, 3, 25)}),)


# Any time


def test_any_time_on_a_day_shows_the_first_free_start(house: Venue) -> None:
    free, full, late = rooms_in(house, "Free", "Full", "Late")
    taken(full, at("08:00"), at("19:30"))
    taken(late, at("08:00"), at("15:00"))
    found = find(Ask(day=DAY))
    assert {card.room.name: card.first for card in found.shown} == {"Free": at("08:00"), "Late": at("15:00")}
    assert found.counts == Counts(free=2, taken=1)
    assert free


def test_a_closed_day_is_closed_and_a_day_too_soon_needs_notice(house: Venue) -> None:
    rooms_in(house, "Soon", notice_minutes=30 * 24 * 60)
    shut = an_open_venue()
    closed(shut, at("00:00"), at("23:30"))
    rooms_in(shut, "Shut")
    assert find(Ask(day=DAY)).counts == Counts(notice=1, closed=1)


def test_without_a_day_the_next_free_start_is_shown(house: Venue) -> None:
    soon, tomorrow = rooms_in(house, "Soon", "Tomorrow")
    today = dt.date(2027, 3, 22)
    taken(tomorrow, at("08:00", today), at("20:00", today))
    found = find(Ask())
    assert {card.room.name: card.first for card in found.shown} == {
        "Soon": at("10:00", today),
        "Tomorrow": at("08:00", dt.date(2027, 3, 23)),
    }
    assert soon


# Order and pages


def test_the_order_is_stars_then_price_and_pages_do_not_waver(house: Venue) -> None:
    rooms = rooms_in(house, *(f"Room {number:02}" for number in range(45)))
    rated(rooms[30], 5, 5, 5, 5)
    first, second, third = (find(asked(page=page)) for page in (1, 2, 3))
    assert names(first)[0] == "Room 30"
    assert [len(found.shown) for found in (first, second, third)] == [15, 15, 15]
    assert (first.total, first.pages) == (45, 3)
    assert len({*names(first), *names(second), *names(third)}) == 45
    assert find(asked(page=99)).page == 3


def test_the_lowest_price_is_the_total_not_the_rate(house: Venue) -> None:
    rooms_in(house, "Cheap by the hour", rate_minor=2000)
    rooms_in(house, "Capped", rate_minor=3000, day_rate_minor=3500)
    assert names(find(asked(sort=Sort.PRICE))) == ["Capped", "Cheap by the hour"]


def test_the_best_rated_rooms_come_first_on_the_home_page(house: Venue) -> None:
    one, many, _ = rooms_in(house, "Enthusiast", "Loved", "New")
    rated(one, 5)
    rated(many, *[5] * 30)
    assert [room.name for room in loved_rooms(3)] == ["Loved", "Enthusiast", "New"]


# Speed


@pytest.mark.parametrize("ask", [asked(), Ask(day=DAY), Ask(), asked(amenities=("stage",), people=4)])
def test_the_number_of_queries_does_not_depend_on_the_number_of_rooms(house: Venue, ask: Ask) -> None:
    def queries() -> int:
        find(ask)
        db.session.commit()
        with counted() as seen:
            find(ask)
        return len(seen)

    rooms = rooms_in(house, *(f"Few {number}" for number in range(5)))
    taken(rooms[0], at("14:00"), at("15:00"))
    few = queries()
    more = rooms_in(house, *(f"Many {number}" for number in range(45)))
    taken(more[0], at("14:00"), at("15:00"))
    assert queries() == few <= 3


def test_what_is_taken_is_read_over_the_plain_index(house: Venue) -> None:
    rooms = rooms_in(house, *(f"Room {number}" for number in range(20)))
    _many_bookings(rooms)
    spans = {BERLIN: Span(at("14:00"), at("16:00"))}
    query = TAKEN.params(values(field(asked()), [BERLIN], spans, now=NOW, mine=frozenset()))
    connection = db.session.connection()
    statement = query.compile(connection)
    plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", statement.params).scalars())
    assert "ix_occupancy_resource_start" in plan
    assert "ex_occupancy" not in plan
    assert "Hash" not in plan


def _many_bookings(rooms: list[Room]) -> None:
    """A year of hours, so that the planner has something to think about."""
    db.session.execute(
        text(
            "INSERT INTO occupancy (resource_id, claim_id, kind, during, used_until)"
            " SELECT r, gen_random_uuid(), 'booking', tstzrange(s, s + interval '1 hour'), s + interval '1 hour'"
            " FROM unnest(:rooms) r, generate_series(0, 999) n,"
            " LATERAL (SELECT timestamptz '2026-09-01' + n * interval '9 hours' AS s) t"
        ),
        {"rooms": [room.resource_id for room in rooms]},
    )
    db.session.execute(text("ANALYZE occupancy"))
