"""What became of a rule, in a sentence: why it counts, or why it does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bookapp.values.money import Money
from bookapp.values.words import Weekdays, Word


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence marked with N_. Parameters are numbers, or things the edge knows how to write:

    Money, timedelta (a length), time (of a clock), date, Weekdays, Word.
    """

    sentence: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule: `label` as its line says it, what it added (`amount`, zero when it does not count), and why."""

    label: str
    applied: bool
    amount: Money
    reason: Reason


def to_data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data, to be kept with what was sold."""
    return {
        "label": verdict.label,
        "applied": verdict.applied,
        "amount": [verdict.amount.minor, verdict.amount.currency],
        "sentence": verdict.reason.sentence,
        "params": {name: _packed(value) for name, value in verdict.reason.params.items()},
    }


def from_data(data: Mapping[str, Any]) -> Verdict:
    """What `to_data` kept."""
    params = {name: _unpacked(*packed) for name, packed in data["params"].items()}
    return Verdict(data["label"], data["applied"], Money(*data["amount"]), Reason(data["sentence"], params))


def _packed(value: Any) -> tuple[str, Any]:
    match value:
        case Money():
            return "money", [value.minor, value.currency]
        case dt.timedelta():
            return "minutes", int(value.total_seconds() // 60)
        case dt.time():
            return "time", value.isoformat("minutes")
        case dt.date():
            return "date", value.isoformat()
        case Weekdays():
            return "weekdays", list(value)
        case Word():
            return "word", str(value)
        case _:
            return "", value


def _unpacked(kind: str, value: Any) -> Any:
    match kind:
        case "money":
            return Money(*value)
        case "minutes":
            return dt.timedelta(minutes=value)
        case "time":
            return dt.time.fromisoformat(value)
        case "date":
            return dt.date.fromisoformat(value)
        case "weekdays":
            return Weekdays(value)
        case "word":
            return Word(value)
        case _:
            return value
