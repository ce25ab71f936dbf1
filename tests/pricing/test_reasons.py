"""The sentence of each rule, why it counts and why it does not, with all that it names; and how it is kept."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bookapp.pricing.rules import Extra, Facts, Rule, TaxRate, explain, price
from bookapp.pricing.rules.reasons import why_not
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.pricing.rules.verdicts import Reason, Verdict, from_data, to_data
from bookapp.pricing.rules.windows import windows
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.values.words import Weekdays, Word
from tests.pricing.made import DAY, a_room, an_hour_with, between, evening, rule, seats

TOMORROW, YESTERDAY = DAY + dt.timedelta(days=1), DAY - dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
SATURDAY = dt.date(2026, 11, 28)
EVENING = a_room(between("17:00", "20:00"))
LEVELS = rule(RuleKind.LEVEL, "Level", junior_percent=0, senior_percent=25, expert_percent=50)
FLOOR = rule(RuleKind.FLOOR, "At least", amount_minor=99_999, currency="EUR")
CAP = rule(RuleKind.CAP, "At most", amount_minor=100, currency="EUR")


def said(facts: Facts, one: Rule) -> tuple[bool, str, dict[str, Any]]:
    """Whether it counts, why, and what the sentence names."""
    (verdict,) = explain(facts, [one])
    return verdict.applied, verdict.reason.sentence, dict(verdict.reason.params)


@pytest.mark.parametrize(
    ("facts", "one", "sentence", "params"),
    [
        (EVENING, evening(10),
         "%(length)s of the time lies between %(first)s and %(last)s on %(days)s.",
         {"length": 2 * HOUR, "first": dt.time(18), "last": dt.time(22), "days": Weekdays([0, 1, 2, 3, 4])}),
        (a_room(between("10:00", "13:00", day=SATURDAY)), rule(RuleKind.WEEKEND, percent=20),
         "%(length)s of the time lies on Saturday or Sunday.", {"length": 3 * HOUR}),
        (an_hour_with("senior"), LEVELS, "The level of who hosts: %(level)s.", {"level": Word("senior")}),
        (EVENING, rule(RuleKind.EARLY_BIRD, days_before=7, percent=-10),
         "Booked %(count)s days or more before it begins.", {"count": 7}),
        (EVENING, rule(RuleKind.LAST_MINUTE, hours_before=700, percent=-10),
         "Booked %(count)s hours or less before it begins.", {"count": 700}),
        (EVENING, rule(RuleKind.DURATION, from_minutes=90, percent=-5),
         "%(length)s or longer.", {"length": 1.5 * HOUR}),
        (seats(1, taken=8), rule(RuleKind.DEMAND, taken_percent=80, percent=10),
         "%(share)s %% of the seats or more were taken before.", {"share": 80}),
        (EVENING, FLOOR, "It never costs less than %(amount)s.", {"amount": Money(99_999, "EUR")}),
        (EVENING, CAP, "It never costs more than %(amount)s.", {"amount": Money(100, "EUR")}),
    ],
)  # fmt: skip
def test_why_it_counts(facts: Facts, one: Rule, sentence: str, params: dict[str, Any]) -> None:
    assert said(facts, one) == (True, sentence, params)


@pytest.mark.parametrize(
    ("facts", "one", "sentence", "params"),
    [
        (EVENING, replace(evening(), room_id=99), "Only for another place, room or service.", {}),
        (EVENING, replace(evening(), valid_from=TOMORROW), "Only for what takes place on %(day)s or later.",
         {"day": TOMORROW}),
        (EVENING, replace(evening(), valid_until=YESTERDAY), "Only for what takes place until %(day)s.",
         {"day": YESTERDAY}),
        (a_room(between("10:00", "11:00")), evening(10), "Only between %(first)s and %(last)s on %(days)s.",
         {"length": dt.timedelta(), "first": dt.time(18), "last": dt.time(22), "days": Weekdays([0, 1, 2, 3, 4])}),
        (EVENING, rule(RuleKind.WEEKEND, percent=20), "Only on Saturday and Sunday.", {"length": dt.timedelta()}),
        (EVENING, LEVELS, "Only where somebody hosts.", {}),
        (an_hour_with("junior"), LEVELS, "%(level)s: the price stays as it is.", {"level": Word("junior")}),
        (EVENING, rule(RuleKind.EARLY_BIRD, days_before=30, percent=-10),
         "Only when booked %(count)s days or more before it begins.", {"count": 30}),
        (EVENING, rule(RuleKind.LAST_MINUTE, hours_before=6, percent=-10),
         "Only when booked %(count)s hours or less before it begins.", {"count": 6}),
        (EVENING, rule(RuleKind.DURATION, from_minutes=240, percent=-5), "Only from %(length)s on.",
         {"length": 4 * HOUR}),
        (seats(1, taken=7), rule(RuleKind.DEMAND, taken_percent=80, percent=10),
         "Only once %(share)s %% of the seats are taken.", {"share": 80}),
        (EVENING, rule(RuleKind.DEMAND, taken_percent=80, percent=10), "Only for seats in sessions.", {}),
        (EVENING, replace(FLOOR, parameters={"amount_minor": 1, "currency": "GBP"}), "Set in another currency.", {}),
        (EVENING, replace(FLOOR, parameters={"amount_minor": 1, "currency": "EUR"}),
         "It costs no less than %(amount)s without it.", {"amount": Money(1, "EUR")}),
        (EVENING, replace(CAP, parameters={"amount_minor": 99_999, "currency": "EUR"}),
         "It costs no more than %(amount)s without it.", {"amount": Money(99_999, "EUR")}),
        (a_room(between("17:00", "20:00"), rate=0), evening(10), "It would change less than the smallest coin.", {}),
        (an_hour_with("expert", price=0), LEVELS, "It would change less than the smallest coin.", {}),
    ],
)  # fmt: skip
def test_why_it_does_not(facts: Facts, one: Rule, sentence: str, params: dict[str, Any]) -> None:
    assert said(facts, one) == (False, sentence, params)


def test_days_are_both_included() -> None:
    for valid in ({"valid_from": DAY}, {"valid_until": DAY}, {}):
        assert why_not(replace(evening(), **valid), EVENING) is None


def test_only_rules_on_the_clock_have_windows_and_those_are_to_the_minute() -> None:
    late = rule(RuleKind.PEAK, weekdays=[1], from_minute=18 * 60 + 15, to_minute=18 * 60 + 45, percent=10)
    assert windows(late, EVENING.span, EVENING.zone) == (between("18:15", "18:45"),)
    assert windows(LEVELS, EVENING.span, EVENING.zone) is None
    assert said(EVENING, late)[2]["first"] == dt.time(18, 15)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Money(5, "KWD"), ["money", [5, "KWD"]]),
        (dt.timedelta(hours=1, minutes=5), ["minutes", 65]),
        (dt.time(18, 30), ["time", "18:30"]),
        (DAY, ["date", "2026-11-24"]),
        (Weekdays([1, 3]), ["weekdays", [1, 3]]),
        (Word("senior"), ["word", "senior"]),
        (80, ["", 80]),
    ],
)
def test_what_a_sentence_names_is_kept_as_plain_data(value: Any, kept: list[Any]) -> None:
    verdict = Verdict("Evening +10 %", True, Money(540, "EUR"), Reason("%(it)s", {"it": value}))
    data = json.loads(json.dumps(to_data(verdict)))
    assert data == {
        "label": "Evening +10 %", "applied": True, "amount": [540, "EUR"], "sentence": "%(it)s", "params": {"it": kept},
    }  # fmt: skip
    again = from_data(data)
    assert again == verdict
    assert type(again.reason.params["it"]) is type(value)


def test_a_length_is_kept_in_whole_minutes() -> None:
    verdict = Verdict("", False, Money(0, "EUR"), Reason("", {"it": dt.timedelta(minutes=1, seconds=59)}))
    assert to_data(verdict)["params"]["it"] == ("minutes", 1)


def test_a_tariff_quotes_its_rules_its_tax_and_what_was_asked_for() -> None:
    tariff = Tariff((evening(10),))
    assert tariff.quote(EVENING) == price(EVENING, tariff.rules)
    assert tariff.total(EVENING) == Money(8100 + 540, "EUR")
    assert Tariff().total(EVENING) == Money(8100, "EUR")
    mat, vat = Extra(7, "Mat", Money(1000, "EUR"), 1), TaxRate("VAT", Decimal(10), inclusive=False)
    quote = Tariff(tax=vat).quote(EVENING, (mat,))
    assert [one.subtotal.minor for one in quote.lines] == [8100, 1000, 910]
    assert quote.total == Money(10_010, "EUR")
