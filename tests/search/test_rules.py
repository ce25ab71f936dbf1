"""What fits, what nearly does, in which order, and one day as a ruler."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.scheduling.rules import Calendar, Closed, Limits, Taken, runs
from bookapp.search.rules.address import address
from bookapp.search.rules.ask import Ask, Hours, Kind, Sort, instants
from bookapp.search.rules.fit import FEW, Fit, Miss, Missing, choose, fitted, misses, nearly, ranked, weighted_rating
from bookapp.search.rules.near import closeness, difference, nearest_yes
from bookapp.search.rules.ruler import Ruler, asked_cells, joined, ruler, states_by_cell
from bookapp.values.timespan import Span, merge

BERLIN = "Europe/Berlin"
DAY = dt.date(2027, 3, 24)


@dataclass(frozen=True)
class Hall:
    """As much of a room as the rules look at."""

    id: int
    capacity: int = 10
    amenities: frozenset[str] = frozenset()
    rating_sum: int = 0
    rating_count: int = 0
    price: int = 1000
    name: str = field(default="Hall")


def hall(number: int, *amenities: str, **facts: object) -> Hall:
    return Hall(number, amenities=frozenset(amenities), **facts)  # type: ignore[arg-type]


def at(hour: int, minute: int = 0, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), dt.UTC)


def span(start: dt.datetime, end: dt.datetime) -> Span:
    return Span(start, end)


def a_booking(start: dt.datetime, end: dt.datetime, buffer: int = 0) -> Taken:
    return Taken(span(start, end + dt.timedelta(minutes=buffer)), end, uuid.uuid4(), "booking")


def a_calendar(*, now: dt.datetime | None = None, notice: int = 0, buffer: int = 0, **facts: Any) -> Calendar:
    limits = Limits(60, 600, 30, buffer, notice, 365)
    facts = {"open": (), "closures": (), "taken": ()} | facts
    return Calendar(zone=facts.pop("zone", BERLIN), limits=limits, now=now or at(0), **facts)


def chosen(halls: list[Hall], amenities: list[str], people: int) -> list[Fit[Hall]]:
    return choose(fitted(halls, amenities, people), amenities, people)


def ids(found: list[Fit[Hall]]) -> list[int]:
    return [fit.thing.id for fit in found]


# What fits


def test_all_filters_count_while_enough_fit() -> None:
    halls = [hall(n, "projector", "screen") for n in range(FEW)] + [hall(90, "projector"), hall(91)]
    assert ids(chosen(halls, ["projector", "screen"], 8)) == [0, 1, 2, 3, 4]


def test_with_fewer_than_five_one_of_the_amenities_is_enough() -> None:
    halls = [hall(n, "projector", "screen") for n in range(FEW - 1)] + [hall(90, "projector"), hall(91, "stage")]
    found = chosen(halls, ["projector", "screen"], 8)
    assert ids(found) == [0, 1, 2, 3, 90]
    assert found[-1].misses == (Miss(Missing.AMENITY, {"amenities": ["screen"]}),)


def test_with_still_fewer_too_small_rooms_come_and_say_so() -> None:
    halls = [hall(1, capacity=40), hall(2, capacity=30), hall(3, capacity=10)]
    found = chosen(halls, [], 40)
    assert ids(found) == [1, 2, 3]
    assert found[1].misses == (Miss(Missing.SEATS, {"seats": 30, "people": 40}),)


def test_capacity_stays_strict_while_or_gives_enough() -> None:
    halls = [hall(n, "projector") for n in range(FEW)] + [hall(90, "projector", "screen", capacity=4)]
    assert ids(chosen(halls, ["projector", "screen"], 8)) == [0, 1, 2, 3, 4]


def test_what_has_none_of_the_asked_amenities_never_comes() -> None:
    assert chosen([hall(1, "stage"), hall(2, "stage", capacity=2)], ["projector"], 8) == []


@given(
    st.lists(st.tuples(st.integers(1, 60), st.frozensets(st.sampled_from("abc"))), max_size=12),
    st.lists(st.sampled_from("abc"), unique=True),
    st.integers(1, 60),
)
def test_relaxing_only_ever_adds_and_names_what_it_added(
    facts: list[tuple[int, frozenset[str]]], amenities: list[str], people: int
) -> None:
    halls = [Hall(n, capacity, has) for n, (capacity, has) in enumerate(facts)]
    found = chosen(halls, amenities, people)
    exact = [one for one in halls if not misses(one, amenities, people)]
    assert len({fit.thing.id for fit in found}) == len(found)
    assert ids(found)[: len(exact)] == [one.id for one in exact]
    assert all(not fit.is_exact for fit in found[len(exact) :])
    if len(exact) >= FEW:
        assert len(found) == len(exact)


# In which order


def test_exact_fits_come_first_whatever_the_price() -> None:
    halls = [hall(1, "a", "b", price=9000), hall(2, "a", price=100), hall(3, "a", "b", capacity=6, price=1)]
    found = ranked(chosen(halls, ["a", "b"], 8), Sort.PRICE, 8, lambda one: one.price)
    assert ids(found) == [1, 2, 3]


def test_best_fit_prefers_stars_then_price_and_a_room_that_is_not_ten_times_too_big() -> None:
    halls = [
        hall(1, capacity=200, rating_sum=500, rating_count=100),
        hall(2, rating_sum=90, rating_count=20, price=3000),
        hall(3, rating_sum=90, rating_count=20, price=2000),
        hall(4),
    ]
    found = [Fit(one) for one in halls]
    assert ids(ranked(found, Sort.BEST, 8, lambda one: one.price)) == [3, 2, 4, 1]
    assert ids(ranked(found, Sort.RATING, 8, lambda one: one.price)) == [1, 3, 2, 4]


def test_equals_are_ordered_by_name_and_never_waver() -> None:
    halls = [hall(2, name="Birke"), hall(1, name="Birke"), hall(3, name="Ahorn")]
    once = ranked([Fit(one) for one in halls], Sort.BEST, None, lambda one: one.price)
    again = ranked([Fit(one) for one in reversed(halls)], Sort.BEST, None, lambda one: one.price)
    assert ids(once) == ids(again) == [3, 1, 2]


def test_one_enthusiast_does_not_beat_thirty_happy_guests() -> None:
    assert weighted_rating(5, 1) < weighted_rating(144, 30)


# Nearly


def test_nearly_lacks_one_amenity_and_is_not_shown_already() -> None:
    halls = [hall(1, "a", "b"), hall(2, "a"), hall(3), hall(4, "b"), hall(5, "a", capacity=2)]
    found = nearly(fitted(halls, ["a", "b"], 8), shown={4})
    assert ids(found) == [2]


@pytest.mark.parametrize(
    ("start", "end", "kind", "facts"),
    [
        (at(14, 30), at(16, 30), Missing.LATER, {"minutes": 30}),
        (at(12), at(14), Missing.EARLIER, {"minutes": 120}),
        (at(14), at(15, 30), Missing.SHORTER, {"minutes": 90}),
        (at(14) + dt.timedelta(days=1), at(16) + dt.timedelta(days=1), Missing.DAY, {"day": dt.date(2027, 3, 25)}),
    ],
)
def test_the_difference_has_a_name(
    start: dt.datetime, end: dt.datetime, kind: Missing, facts: dict[str, object]
) -> None:
    assert difference(span(at(14), at(16)), span(start, end), BERLIN) == Miss(kind, facts)


def test_what_is_four_hours_off_on_the_same_day_is_not_near() -> None:
    wanted, far, later = span(at(8), at(9)), span(at(12), at(13)), span(at(9), at(10))
    assert nearest_yes(wanted, [far], BERLIN) is None
    assert nearest_yes(wanted, [far, later], BERLIN) == (later, Miss(Missing.LATER, {"minutes": 60}))


def test_small_shifts_come_before_short_times_and_other_days() -> None:
    some = [
        Miss(Missing.DAY, {"day": DAY}),
        Miss(Missing.AMENITY, {"amenities": ["a"]}),
        Miss(Missing.SHORTER, {"minutes": 60}),
        Miss(Missing.SHORTER, {"minutes": 90}),
        Miss(Missing.EARLIER, {"minutes": 60}),
        Miss(Missing.LATER, {"minutes": 30}),
    ]
    assert sorted(some, key=closeness) == some[::-1]


# Wall time


def test_each_zone_reads_the_hours_on_its_own_clock() -> None:
    spans, troubles = instants(Hours(DAY, "14:00", "16:00"), [BERLIN, "Europe/London"])
    assert spans == {BERLIN: span(at(13), at(15)), "Europe/London": span(at(14), at(16))}
    assert troubles == []


def test_a_wall_time_that_is_missing_or_twice_is_told_for_that_zone_only() -> None:
    spans, (missing,) = instants(Hours(dt.date(2027, 3, 28), "02:30", "04:00"), [BERLIN, "America/New_York"])
    assert list(spans) == ["America/New_York"]
    assert (missing.zone, missing.field, missing.choices) == (BERLIN, "from", ())
    _, (twice,) = instants(Hours(dt.date(2027, 10, 31), "01:00", "02:30"), [BERLIN])
    assert (twice.field, twice.choices) == ("to", ("02:30+02:00", "02:30+01:00"))
    spans, _ = instants(Hours(dt.date(2027, 10, 31), "01:00", twice.choices[1]), [BERLIN])
    assert spans[BERLIN].minutes == 150


def test_the_second_two_thirty_does_not_end_at_the_first_quarter_to_three() -> None:
    hours = Hours(dt.date(2027, 10, 31), "02:30+01:00", "02:45+02:00")
    spans, (trouble,) = instants(hours, [BERLIN])
    assert spans == {}
    assert trouble.field == "to"


def test_an_address_says_what_was_asked_and_nothing_else() -> None:
    assert address(Ask()) == "/search?what=room"
    ask = Ask(
        Kind.ROOM,
        type="hall",
        where="Sankt Pölten",
        day=DAY,
        hours=Hours(DAY, "18:00", "24:00"),
        people=40,
        amenities=("stage", "piano"),
        max_price=Decimal("37.50"),
        currency="EUR",
        favourites=True,
        sort=Sort.PRICE,
        page=2,
    )
    assert address(ask) == (
        "/search?what=hall&where=Sankt%20P%C3%B6lten&date=2027-03-24&from=18:00&to=24:00&people=40"
        "&amenity=stage&amenity=piano&max_price=37.50&currency=EUR&favourites=1&sort=price&page=2"
    )


# The ruler


def test_a_ruler_covers_usual_hours_and_whatever_is_longer() -> None:
    assert ruler(DAY, []) == Ruler(DAY, 8, 20)
    early = (span(at(5, 30), at(8)), BERLIN)
    overnight = (span(at(20), at(23, 30)), BERLIN)
    assert ruler(DAY, [early, overnight]) == Ruler(DAY, 6, 24)


def test_cells_show_what_stands_in_the_way_and_equal_neighbours_are_one() -> None:
    calendar = a_calendar(open=(span(at(7), at(18)),), taken=(a_booking(at(9), at(10, 15), buffer=15),))
    assert Ruler(DAY, 8, 20).cells(calendar) == [("free", 4), ("booked", 3), ("free", 15), ("closed", 2)]


def test_one_s_own_hold_is_yours_and_notice_is_not_closed() -> None:
    mine = a_booking(at(12), at(13))
    calendar = a_calendar(
        open=(span(at(7), at(18)),), taken=(mine,), mine=frozenset([mine.claim_id]), now=at(7), notice=120
    )
    assert Ruler(DAY, 8, 14).cells(calendar) == [("notice", 4), ("free", 6), ("yours", 2)]


def test_what_was_asked_is_outlined_on_the_same_scale() -> None:
    window = Ruler(DAY, 8, 20).window(BERLIN)
    assert asked_cells(span(at(13), at(15)), window) == (12, 4)
    assert asked_cells(span(at(13), at(13, 15)), window) == (12, 1)
    assert asked_cells(span(at(18), at(23)), window) == (22, 2)
    assert asked_cells(span(at(20), at(23)), window) is None


def test_labels_stand_over_their_half_hours_also_when_clocks_change() -> None:
    assert Ruler(DAY, 8, 14).labels(BERLIN) == [("08", 8), ("12", 4)]
    spring, autumn = dt.date(2027, 3, 28), dt.date(2027, 10, 31)
    assert Ruler(spring, 0, 6).labels(BERLIN) == [("00", 6), ("04", 4)]
    assert sum(n for _, n in Ruler(autumn, 0, 24).labels(BERLIN)) == 50


HALF = dt.timedelta(minutes=30)
spans = st.tuples(st.integers(-4, 50), st.integers(1, 20)).map(
    lambda pair: span(at(0) + pair[0] * HALF, at(0) + (pair[0] + pair[1]) * HALF)
)


@given(
    opened=st.lists(spans, max_size=3),
    closures=st.lists(spans, max_size=2),
    booked=st.lists(st.tuples(spans, st.sampled_from([0, 30, 60]), st.booleans()), max_size=5),
    now=st.integers(-10, 50),
    notice=st.sampled_from([0, 60, 600]),
    buffer=st.sampled_from([0, 30]),
)
def test_a_ruler_says_what_the_calendar_says(
    opened: list[Span],
    closures: list[Span],
    booked: list[tuple[Span, int, bool]],
    now: int,
    notice: int,
    buffer: int,
) -> None:
    taken, end = [], None
    for one, cleaning, is_mine in sorted(booked, key=lambda pair: pair[0]):
        if end is None or one.start >= end:
            taken.append((a_booking(one.start, one.end, buffer=cleaning), is_mine))
            end = one.end + dt.timedelta(minutes=cleaning)
    calendar = a_calendar(
        open=tuple(merge(opened)),
        closures=tuple(Closed(one, "") for one in closures),
        taken=tuple(one for one, _ in taken),
        mine=frozenset(one.claim_id for one, is_mine in taken if is_mine),
        now=at(0) + now * HALF,
        notice=notice,
        buffer=buffer,
    )
    window = span(at(6), at(18))
    cells = states_by_cell(calendar, window)
    for run in runs(calendar, window):
        first = (run.span.start - window.start) // HALF
        assert set(cells[first : first + run.span.length // HALF]) == {run.state.value}


@given(st.lists(st.sampled_from("abc")))
def test_joining_loses_nothing(states: list[str]) -> None:
    pieces = joined(states)
    assert [state for state, n in pieces for _ in range(n)] == states
    assert all(one != two for (one, _), (two, _) in pairwise(pieces))
