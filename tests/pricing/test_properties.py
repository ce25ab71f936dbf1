"""Whatever the facts and rules are: lines add up, order makes no difference, nothing is lost and nothing negative."""

import datetime as dt
from fractions import Fraction
from math import floor
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bookapp.pricing.rules import Extra, Facts, LineKind, Rule, Subject, TaxRate, explain, price
from bookapp.pricing.rules.base import base
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.pricing.rules.windows import windows
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money, total
from bookapp.values.timespan import UTC, Span

# Around the days on which the clocks change in Europe, and a week without either.
STARTS = [
    dt.datetime(2026, 3, 28, tzinfo=UTC),
    dt.datetime(2026, 10, 24, tzinfo=UTC),
    dt.datetime(2026, 6, 8, tzinfo=UTC),
]
ZONES = ["Europe/Berlin", "Europe/London", "Australia/Lord_Howe", "America/New_York", "UTC"]
percents = st.integers(-99, 300)
minutes = st.integers(0, 1440)
parameters = {
    RuleKind.PEAK: st.fixed_dictionaries(
        {"weekdays": st.lists(st.integers(0, 6), unique=True), "from_minute": minutes, "to_minute": minutes,
         "percent": percents}
    ),
    RuleKind.WEEKEND: st.fixed_dictionaries({"percent": percents}),
    RuleKind.LEVEL: st.fixed_dictionaries({f"{level}_percent": percents for level in ("junior", "senior", "expert")}),
    RuleKind.EARLY_BIRD: st.fixed_dictionaries({"days_before": st.integers(0, 60), "percent": percents}),
    RuleKind.LAST_MINUTE: st.fixed_dictionaries({"hours_before": st.integers(0, 100), "percent": percents}),
    RuleKind.DURATION: st.fixed_dictionaries({"from_minutes": st.integers(1, 600), "percent": percents}),
    RuleKind.DEMAND: st.fixed_dictionaries({"taken_percent": st.integers(1, 100), "percent": percents}),
    RuleKind.FLOOR: st.fixed_dictionaries({"amount_minor": st.integers(0, 50000), "currency": st.just("EUR")}),
    RuleKind.CAP: st.fixed_dictionaries({"amount_minor": st.integers(0, 50000), "currency": st.just("EUR")}),
}  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    kinds = draw(st.lists(st.sampled_from(list(RuleKind)), max_size=6))
    return [
        Rule(number, kind, draw(st.sampled_from("ABC")), draw(parameters[kind]), position=draw(st.integers(0, 2)))
        for number, kind in enumerate(kinds)
    ]


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    start = draw(st.sampled_from(STARTS)) + dt.timedelta(minutes=5 * draw(st.integers(0, 600)))
    length = dt.timedelta(minutes=5 * draw(st.integers(1, 700)))
    subject = draw(st.sampled_from(list(Subject)))
    return Facts(
        subject, "It", Span(start, start + length), draw(st.sampled_from(ZONES)),
        Money(draw(st.integers(0, 20000)), draw(st.sampled_from(["EUR", "JPY", "KWD"]))),
        start - dt.timedelta(hours=draw(st.integers(0, 2000))),
        seats=draw(st.integers(1, 5)), seats_taken=draw(st.integers(0, 10)), capacity=10,
        level=draw(st.sampled_from(["", "junior", "senior", "expert"])),
    )  # fmt: skip


@given(facts(), rules(), st.integers(0, 3))
def test_lines_always_add_up_and_nothing_is_negative(one: Facts, some: list[Rule], pieces: int) -> None:
    currency = one.price.currency
    quote = price(one, some, [Extra(1, "Lunch", Money(333, currency), pieces)])
    assert total((line.subtotal for line in quote.lines), currency) == quote.total
    assert quote.total.minor >= 0
    assert all(line.subtotal.minor >= 0 for line in quote.lines if line.kind is not LineKind.RULE)


@given(facts(), rules(), st.none() | st.builds(TaxRate, st.just("VAT"), st.decimals(0, 30, places=1), st.booleans()))
def test_a_total_is_that_of_the_quote(one: Facts, some: list[Rule], tax: TaxRate | None) -> None:
    tariff = Tariff(tuple(some), tax)
    assert tariff.total(one) == tariff.quote(one).total


@given(facts(), rules(), st.randoms(use_true_random=False))
def test_the_order_in_which_rules_are_given_makes_no_difference(one: Facts, some: list[Rule], chance: Random) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)
    assert price(one, shuffled) == price(one, some)


@given(facts(), rules())
def test_what_the_rules_are_said_to_add_is_what_the_lines_say(one: Facts, some: list[Rule]) -> None:
    quote = price(one, some)
    said = sum(verdict.amount.minor for verdict in explain(one, some))
    assert said == sum(line.subtotal.minor for line in quote.lines if line.kind is LineKind.RULE)
    assert {verdict.label for verdict in quote.verdicts if verdict.applied} == {
        line.label for line in quote.lines if line.kind is LineKind.RULE
    }


@given(facts(), rules())
def test_floor_and_cap_hold(one: Facts, some: list[Rule]) -> None:
    limits = {kind: [each.limit() for each in some if each.kind is kind] for kind in (RuleKind.FLOOR, RuleKind.CAP)}
    if one.price.currency != "EUR":
        return
    paid = price(one, some).total
    assert all(paid <= cap for cap in limits[RuleKind.CAP])
    if not limits[RuleKind.CAP]:
        assert all(paid >= floor for floor in limits[RuleKind.FLOOR])


@given(facts(), parameters[RuleKind.PEAK])
def test_a_rule_on_the_clock_is_rounded_once_whatever_it_is_cut_into(one: Facts, given_: dict) -> None:
    """One line is off by half a minor unit at most from its share of each day's base, by elapsed time; only a discount
    of nearly all of it takes what there is, to the last whole unit."""
    peak = Rule(1, RuleKind.PEAK, "Peak", given_)
    _lines, days = base(one)
    here = sum(
        (
            Fraction(amount.minor * part.minutes, day.minutes)
            for window in windows(peak, one.span, one.zone) or ()
            for day, amount in days
            if (part := window.within(day))
        ),
        Fraction(0),
    )
    added = price(one, [peak]).total.minor - price(one, ()).total.minor
    assert abs(added - here * given_["percent"] / 100) <= Fraction(1, 2) or added == -floor(here)


@given(facts(), parameters[RuleKind.PEAK])
def test_a_window_and_its_opposite_are_the_whole_week(one: Facts, given_: dict) -> None:
    first, last = given_["from_minute"] % 1440, given_["to_minute"] % 1440
    if first == last:
        return
    every = {"weekdays": list(range(7)), "percent": 10}
    there = windows(Rule(1, RuleKind.PEAK, "", every | {"from_minute": first, "to_minute": last}), one.span, one.zone)
    back = windows(Rule(2, RuleKind.PEAK, "", every | {"from_minute": last, "to_minute": first}), one.span, one.zone)
    assert there is not None
    assert back is not None
    assert sum((span.length for span in (*there, *back)), dt.timedelta()) == one.span.length
