"""What a price rule must be before it is written down: every field at the edges of what fits."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookapp.pricing.rules import Rule
from bookapp.pricing.rules.drafts import RuleDraft
from bookapp.pricing.states import RuleKind

DAY = dt.date(2026, 11, 24)
PEAK = {"weekdays": [0, 4], "from_minute": 1080, "to_minute": 1320, "percent": 10}
FITTING: dict[RuleKind, dict[str, Any]] = {
    RuleKind.PEAK: PEAK,
    RuleKind.WEEKEND: {"percent": 10},
    RuleKind.LEVEL: {"junior_percent": 0, "senior_percent": 25, "expert_percent": 50},
    RuleKind.EARLY_BIRD: {"days_before": 30, "percent": -10},
    RuleKind.LAST_MINUTE: {"hours_before": 6, "percent": -10},
    RuleKind.DURATION: {"from_minutes": 240, "percent": -15},
    RuleKind.DEMAND: {"taken_percent": 80, "percent": 10},
    RuleKind.FLOOR: {"amount_minor": 2000, "currency": "EUR"},
    RuleKind.CAP: {"amount_minor": 9000, "currency": "EUR"},
}
# For each number the lowest and the highest that fit.
EDGES = [
    (RuleKind.WEEKEND, "percent", -99, 1000), (RuleKind.LEVEL, "junior_percent", -99, 1000),
    (RuleKind.LEVEL, "expert_percent", -99, 1000), (RuleKind.PEAK, "from_minute", 0, 1440),
    (RuleKind.PEAK, "to_minute", 0, 1440), (RuleKind.EARLY_BIRD, "days_before", 1, 365),
    (RuleKind.LAST_MINUTE, "hours_before", 1, 720), (RuleKind.DURATION, "from_minutes", 1, 14 * 1440),
    (RuleKind.DEMAND, "taken_percent", 1, 100), (RuleKind.FLOOR, "amount_minor", 0, 10**9),
]  # fmt: skip


def found(kind: RuleKind, changed: dict[str, Any] | None = None, **facts: Any) -> list[str]:
    """The fields that do not fit, each of which says why."""
    problems = RuleDraft(kind, facts.pop("name", "Rule"), FITTING[kind] | (changed or {}), **facts).problems()
    assert all(problems.values())
    return sorted(problems)


@pytest.mark.parametrize("kind", list(RuleKind))
def test_a_rule_of_each_kind_fits(kind: RuleKind) -> None:
    assert found(kind) == []
    assert found(kind, {"other": 1}) == ["kind"]
    assert list(RuleDraft(kind, "Rule").problems()) == ["kind"]


@pytest.mark.parametrize(("kind", "field", "low", "high"), EDGES)
def test_each_number_has_edges(kind: RuleKind, field: str, low: int, high: int) -> None:
    assert found(kind, {field: low}) == found(kind, {field: high}) == []
    for wrong in (low - 1, high + 1, None, "10", 1.5, True):
        assert found(kind, {field: wrong}) == [field], wrong


@pytest.mark.parametrize("weekdays", [[], [7], [-1], [0, 0], (0, 1), 3, None])
def test_days_of_the_week_are_named_once(weekdays: object) -> None:
    assert found(RuleKind.PEAK, {"weekdays": weekdays}) == ["weekdays"]
    assert found(RuleKind.PEAK, {"weekdays": [0, 6]}) == []


@pytest.mark.parametrize("currency", ["", "EU", "EURO", 978])
def test_a_currency_has_three_letters(currency: object) -> None:
    assert found(RuleKind.CAP, {"currency": currency}) == ["currency"]


def test_hours_end_at_another_time_and_a_percentage_changes_something() -> None:
    assert found(RuleKind.PEAK, {"to_minute": 1080}) == ["to_minute"]
    assert found(RuleKind.WEEKEND, {"percent": 0}) == ["percent"]


def test_a_name_is_short_and_there() -> None:
    assert found(RuleKind.WEEKEND, name="x" * 60) == found(RuleKind.WEEKEND, name="x") == []
    assert found(RuleKind.WEEKEND, name="x" * 61) == found(RuleKind.WEEKEND, name="") == ["name"]


def test_it_is_valid_from_a_day_to_one_not_before() -> None:
    assert found(RuleKind.WEEKEND, valid_from=DAY, valid_until=DAY) == []
    assert found(RuleKind.WEEKEND, valid_from=DAY) == found(RuleKind.WEEKEND, valid_until=DAY) == []
    assert found(RuleKind.WEEKEND, valid_from=DAY, valid_until=DAY - dt.timedelta(days=1)) == ["valid_until"]


def test_it_is_about_one_thing_at_most() -> None:
    for one in ("venue_id", "room_id", "service_id"):
        assert found(RuleKind.WEEKEND, **{one: 0}) == []
    assert found(RuleKind.WEEKEND, venue_id=1, room_id=2) == ["scope"]
    assert found(RuleKind.WEEKEND, room_id=2, service_id=0) == ["scope"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert found(RuleKind.PEAK, {"percent": 0, "to_minute": -1, "weekdays": []}, name="") == [
        "name", "percent", "to_minute", "weekdays",
    ]  # fmt: skip


def test_the_engine_gets_all_of_it() -> None:
    draft = RuleDraft(RuleKind.WEEKEND, "Weekend", {"percent": 5}, 1, 2, 3, DAY, DAY + dt.timedelta(days=1))
    last = DAY + dt.timedelta(days=1)
    assert draft.rule(id_=7, position=4) == Rule(7, RuleKind.WEEKEND, "Weekend", {"percent": 5}, 4, 1, 2, 3, DAY, last)
    assert (draft.rule().id, draft.rule().position) == (0, 0)
