"""How a plain price stands to what will be paid, where no time is chosen yet: exact, the least there is, or a guide.

The lowest price of the days to come would have to be worked out time by time, by each rule: too much for a list. What
can be said without is which way the rules lean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from bookapp.pricing.rules.facts import Rule
from bookapp.pricing.states import RuleKind


class Leaning(StrEnum):
    """EXACT: no rule is about it. FROM: rules only make it dearer. ABOUT: one may make it cheaper."""

    EXACT = "exact"
    FROM = "from"
    ABOUT = "about"


def leaning(
    rules: Iterable[Rule], *, on: dt.date, room_id: int | None = None, service_id: int | None = None
) -> Leaning:
    """Which way the rules that may count for a room or a service lean, among those that are not over `on` that day.

    A rule about a venue is taken to be about it, wherever it is.
    """
    found = Leaning.EXACT
    for rule in rules:
        is_over = rule.valid_until is not None and rule.valid_until < on
        if is_over or rule.room_id not in (None, room_id) or rule.service_id not in (None, service_id):
            continue
        if rule.kind is RuleKind.LEVEL and service_id is None:
            continue  # nobody hosts the hire of a room
        lowest = _lowest(rule)
        if lowest < 0:
            return Leaning.ABOUT
        if lowest or _highest(rule):
            found = Leaning.FROM
    return found


def _lowest(rule: Rule) -> int:
    if rule.kind.is_limit:
        return -1 if rule.kind is RuleKind.CAP else 1
    return min(_percents(rule))


def _highest(rule: Rule) -> int:
    return 1 if rule.kind.is_limit else max(_percents(rule))


def _percents(rule: Rule) -> list[int]:
    return [int(value) for name, value in rule.parameters.items() if name.endswith("percent")]
