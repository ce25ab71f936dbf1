"""What each kind of rule does to a price, in which order, and where on the clock."""

import datetime as dt
from dataclasses import replace

import pytest

from bookapp.pricing.rules import Facts, LineKind, Rule, explain, price
from bookapp.pricing.rules.verdicts import from_data, to_data
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from bookapp.values.words import Weekdays, Word
from tests.pricing.made import DAY, NOW, a_room, an_hour_with, between, evening, rule, seats

SATURDAY, SUNDAY = dt.date(2026, 11, 28), dt.date(2026, 11, 29)
SPRING, AUTUMN = dt.date(2026, 3, 29), dt.date(2026, 10, 25)


def told(facts: Facts, *rules: Rule) -> list[tuple[str, int]]:
    return [(line.label, line.subtotal.minor) for line in price(facts, rules).lines]


def test_from_16_to_20_pays_the_peak_rate_from_18() -> None:
    assert told(a_room(between("16:00", "20:00")), evening(10)) == [("Linden", 10800), ("Evening +10\xa0%", 540)]
    quote = price(a_room(between("16:00", "20:00")), [evening(10)])
    assert quote.total == Money(11340, "EUR")
    assert quote.lines[1].kind is LineKind.RULE


@pytest.mark.parametrize(("start", "end"), [("16:00", "18:00"), ("22:00", "23:00")])
def test_a_window_holds_its_start_and_not_its_end(start: str, end: str) -> None:
    assert told(a_room(between(start, end)), evening(10)) == [("Linden", a_room(between(start, end)).span.minutes * 45)]


def test_a_window_may_cross_midnight_and_belongs_to_the_day_it_begins_on() -> None:
    night = evening(50, first=22, last=4, days=[4])
    friday = between("23:00", "03:00", day=SATURDAY - dt.timedelta(days=1), nights=1)
    assert told(a_room(friday), night)[1:] == [("Evening +50\xa0%", 5400)]
    assert told(a_room(between("01:00", "03:00", day=SATURDAY)), night)[1:] == [("Evening +50\xa0%", 2700)]
    assert told(a_room(between("23:00", "03:00", day=SATURDAY, nights=1)), night)[1:] == []


def test_the_weekend_is_saturday_and_sunday_of_the_place() -> None:
    weekend = rule(RuleKind.WEEKEND, percent=20)
    into = between("22:00", "02:00", day=SATURDAY - dt.timedelta(days=1), nights=1)
    assert told(a_room(into), weekend)[1:] == [("Weekend +20\xa0%", 1080)]
    out = between("22:00", "02:00", day=SUNDAY, nights=1)
    assert told(a_room(out), weekend)[1:] == [("Weekend +20\xa0%", 1080)]
    assert told(a_room(into, zone="UTC"), weekend)[1:] == [("Weekend +20\xa0%", 540)], "an hour earlier in UTC"


def test_real_hours_count_where_the_clocks_change() -> None:
    night = evening(100, first=1, last=4, days=[6])
    assert told(a_room(between("00:00", "06:00", day=SPRING)), night) == [
        ("Linden", 13500),
        ("Evening +100\xa0%", 5400),
    ]
    assert told(a_room(between("00:00", "06:00", day=AUTUMN)), night) == [
        ("Linden", 18900), ("Evening +100\xa0%", 10800),
    ]  # fmt: skip
    missing = evening(100, first=2, last=3, days=[6])
    assert told(a_room(between("00:00", "06:00", day=SPRING)), missing)[1:] == [], "that hour does not exist"


def test_the_level_of_who_hosts() -> None:
    levels = rule(RuleKind.LEVEL, "Level", junior_percent=0, senior_percent=25, expert_percent=50)
    assert told(an_hour_with("junior"), levels) == [("First hour", 12000)]
    assert told(an_hour_with("senior"), levels)[1:] == [("Level +25\xa0%", 3000)]
    assert told(an_hour_with("expert"), levels)[1:] == [("Level +50\xa0%", 6000)]
    assert told(an_hour_with(""), levels)[1:] == []


@pytest.mark.parametrize(("early", "counts"), [(0, True), (1, False)])
def test_early_birds_book_so_many_days_before_or_earlier(early: int, counts: bool) -> None:
    span = Span(NOW + dt.timedelta(days=30), NOW + dt.timedelta(days=30, hours=1))
    facts = a_room(span, now=NOW + dt.timedelta(seconds=early))
    assert bool(told(facts, rule(RuleKind.EARLY_BIRD, days_before=30, percent=-10))[1:]) is counts


@pytest.mark.parametrize(("late", "counts"), [(0, True), (1, False)])
def test_last_minute_is_so_many_hours_before_or_later(late: int, counts: bool) -> None:
    span = Span(NOW + dt.timedelta(hours=6, seconds=late), NOW + dt.timedelta(hours=8))
    assert bool(told(a_room(span), rule(RuleKind.LAST_MINUTE, hours_before=6, percent=-10))[1:]) is counts


@pytest.mark.parametrize(("end", "counts"), [("18:00", True), ("17:30", False)])
def test_longer_bookings(end: str, counts: bool) -> None:
    longer = rule(RuleKind.DURATION, from_minutes=240, percent=-15)
    assert bool(told(a_room(between("14:00", end)), longer)[1:]) is counts


@pytest.mark.parametrize(("taken", "counts"), [(8, True), (7, False)])
def test_demand_looks_at_the_seats_taken_before_this_booking(taken: int, counts: bool) -> None:
    demand = rule(RuleKind.DEMAND, taken_percent=80, percent=10)
    assert bool(told(seats(2, taken=taken), demand)[1:]) is counts
    assert told(a_room(between("14:00", "16:00")), demand)[1:] == []


def test_each_rule_works_on_the_running_amount_in_its_order() -> None:
    weekend, early = (
        rule(RuleKind.WEEKEND, percent=20, position=1),
        rule(RuleKind.EARLY_BIRD, "Early bird", days_before=7, percent=-10, position=2),
    )
    facts = a_room(between("10:00", "12:00", day=SATURDAY))
    expected = [("Linden", 5400), ("Weekend +20\xa0%", 1080), ("Early bird −10\xa0%", -648)]
    assert told(facts, weekend, early) == told(facts, early, weekend) == expected
    swapped = told(facts, replace(weekend, position=3), early)
    assert swapped == [("Linden", 5400), ("Early bird −10\xa0%", -540), ("Weekend +20\xa0%", 972)]


def test_a_rule_on_the_clock_after_another_works_on_what_that_one_left_there() -> None:
    early, late = evening(10, first=16, last=18, position=1), evening(20, first=16, last=20, position=2)
    # 16 to 18 costs 54.00 and then 59.40; all four hours cost 113.40 when the second rule comes.
    assert told(a_room(between("16:00", "20:00")), early, late)[1:] == [
        ("Evening +10\xa0%", 540), ("Evening +20\xa0%", 2268),
    ]  # fmt: skip
    only = evening(50, first=16, last=18, position=3)
    assert told(a_room(between("16:00", "20:00")), early, late, only)[3:] == [("Evening +50\xa0%", 3564)]


def test_floor_and_cap_come_last_whatever_their_position() -> None:
    floor = rule(RuleKind.FLOOR, "At least", amount_minor=5000, currency="EUR", position=0)
    cap = rule(RuleKind.CAP, "At most", amount_minor=20000, currency="EUR", position=0)
    double = evening(100, first=0, last=24, position=9)
    assert told(a_room(between("14:00", "15:00")), floor, cap)[1:] == [("At least", 2300)]
    assert told(a_room(between("14:00", "15:00")), floor, cap, double)[1:] == [("Evening +100\xa0%", 2700)]
    assert price(a_room(between("10:00", "16:00")), [floor, cap, double]).total == Money(20000, "EUR")
    low_cap = replace(cap, parameters={"amount_minor": 4000, "currency": "EUR"})
    assert price(a_room(between("14:00", "15:00")), [floor, low_cap]).total == Money(4000, "EUR"), "the cap is last"
    pounds = replace(floor, parameters={"amount_minor": 5000, "currency": "GBP"})
    assert told(a_room(between("14:00", "15:00")), pounds)[1:] == []


def test_rules_that_read_the_same_are_one_line() -> None:
    lunch, late = evening(10, first=12, last=14), evening(10, first=18, last=20)
    assert told(a_room(between("12:00", "20:00")), lunch, late)[1:] == [("Evening +10\xa0%", 1080)]


def test_a_rule_counts_where_and_when_it_is_meant() -> None:
    facts, plain = a_room(between("19:00", "20:00")), evening(10)
    for scope in ({"venue_id": 1}, {"room_id": 11}, {"valid_from": DAY}, {"valid_until": DAY}):
        assert told(facts, replace(plain, **scope))[1:], scope
    tomorrow, yesterday = DAY + dt.timedelta(days=1), DAY - dt.timedelta(days=1)
    for scope in ({"venue_id": 2}, {"room_id": 12}, {"service_id": 21}, {"valid_from": tomorrow},
                  {"valid_until": yesterday}):  # fmt: skip
        assert not told(facts, replace(plain, **scope))[1:], scope


def test_the_day_rate_is_capped_before_the_rules() -> None:
    whole = a_room(between("00:00", "00:00", nights=1), day_rate=14400)
    assert told(whole, evening(10)) == [("Linden", 14400), ("Evening +10\xa0%", 240)], "four of the day's 24 hours"


def test_currencies_without_and_with_three_decimals() -> None:
    assert told(a_room(between("14:00", "15:30"), rate=1001, currency="JPY"), evening(15, first=14, last=15)) == [
        ("Linden", 1502), ("Evening +15\xa0%", 150),
    ]  # fmt: skip
    assert told(a_room(between("14:00", "15:00"), rate=12345, currency="KWD"), evening(10, first=0, last=24)) == [
        ("Linden", 12345), ("Evening +10\xa0%", 1235),
    ]  # fmt: skip


def test_a_cent_cannot_be_halved_and_nothing_goes_below_nothing() -> None:
    assert told(a_room(between("14:00", "15:00"), rate=0), evening(10, first=0, last=24)) == [("Linden", 0)]
    gone = evening(-99, first=0, last=24)
    assert price(a_room(between("14:00", "15:00"), rate=1), [gone]).total == Money(0, "EUR")
    verdict = explain(a_room(between("14:00", "15:00"), rate=1), [evening(10, first=0, last=24)])[0]
    assert (verdict.applied, verdict.reason.sentence) == (False, "It would change less than the smallest coin.")


def test_every_rule_says_why_it_counts_or_does_not() -> None:
    levels = rule(RuleKind.LEVEL, "Level", junior_percent=0, senior_percent=25, expert_percent=50)
    rules = [
        levels, evening(10), rule(RuleKind.WEEKEND, percent=20), rule(RuleKind.EARLY_BIRD, days_before=30, percent=-10),
        rule(RuleKind.LAST_MINUTE, hours_before=6, percent=-10), rule(RuleKind.DURATION, from_minutes=240, percent=-5),
        rule(RuleKind.DEMAND, taken_percent=80, percent=10), replace(evening(5), room_id=99),
        rule(RuleKind.CAP, "At most", amount_minor=99999, currency="EUR"),
    ]  # fmt: skip
    found = explain(seats(1, taken=8), rules)
    said = {verdict.label: verdict.reason.sentence % verdict.reason.params for verdict in found}
    assert said["Level +25\xa0%"] == "The level of who hosts: senior."
    assert said["Demand +10\xa0%"] == "80 % of the seats or more were taken before."
    assert said["Weekend"] == "Only on Saturday and Sunday."
    assert said["Early_bird"] == "Only when booked 30 days or more before it begins."
    assert said["Last_minute"] == "Only when booked 6 hours or less before it begins."
    assert said["Evening"] == "Only for another place, room or service."
    assert [verdict.applied for verdict in found].count(True) == 3
    assert len(found) == len(rules)
    assert len(price(seats(1), rules).verdicts) == len(rules) - 1, "what is about another room is not said"


def test_what_is_kept_of_a_reason_reads_as_it_did() -> None:
    rules = [
        evening(10), rule(RuleKind.FLOOR, "At least", amount_minor=99999, currency="EUR"),
        rule(RuleKind.DURATION, from_minutes=90, percent=-5), rule(RuleKind.EARLY_BIRD, days_before=30, percent=-10),
        rule(RuleKind.LEVEL, "Level", junior_percent=0, senior_percent=25, expert_percent=50),
        replace(rule(RuleKind.WEEKEND, percent=5), valid_from=DAY + dt.timedelta(days=1)),
    ]  # fmt: skip
    found = explain(seats(1), rules)
    assert [from_data(to_data(verdict)) for verdict in found] == list(found)
    params = [value for verdict in found for value in verdict.reason.params.values()]
    assert {type(value) for value in params} == {dt.timedelta, dt.time, Weekdays, Word, dt.date, int, Money}
