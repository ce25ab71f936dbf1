"""Price rules in words, short enough for a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from bookapp.catalog.states import Level
from bookapp.pricing.models import PriceRule
from bookapp.pricing.rules.facts import percent_words
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.values.words import Weekdays
from bookapp.web import filters


def effect(rule: PriceRule) -> str:
    """What a rule does: "+10 %, 18:00–22:00, Mon–Fri"."""
    given, kind = rule.parameters, RuleKind(rule.kind)
    if kind is RuleKind.LEVEL:
        return ", ".join(f"{_(level.label)} {percent_words(given[f'{level.value}_percent'])}" for level in Level)
    if kind.is_limit:
        return filters.money_short(Money(given["amount_minor"], given["currency"]))
    return ", ".join([percent_words(given["percent"]), *_when(kind, given)])


def validity(rule: PriceRule) -> str:
    """When it holds: "always", "until Thu 31 Dec"."""
    first, last = rule.valid_from, rule.valid_until
    if first and last:
        return f"{filters.day(first)} – {filters.day(last)}"
    if first:
        return _("from %(day)s", day=filters.day(first))
    return _("until %(day)s", day=filters.day(last)) if last else _("always")


def _when(kind: RuleKind, given: Mapping[str, Any]) -> list[str]:
    match kind:
        case RuleKind.PEAK:
            return [
                f"{_clock(given['from_minute'])}–{_clock(given['to_minute'])}",
                filters.weekdays(Weekdays(given["weekdays"])),
            ]
        case RuleKind.WEEKEND:
            return [filters.weekdays(Weekdays((5, 6)))]
        case RuleKind.EARLY_BIRD:
            return [_("%(days)s days before or earlier", days=given["days_before"])]
        case RuleKind.LAST_MINUTE:
            return [_("%(hours)s hours before or later", hours=given["hours_before"])]
        case RuleKind.DURATION:
            return [_("from %(length)s on", length=filters.duration(dt.timedelta(minutes=given["from_minutes"])))]
        case RuleKind.DEMAND:
            return [_("from %(share)s %% of the seats on", share=given["taken_percent"])]
        case _:
            return []


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
