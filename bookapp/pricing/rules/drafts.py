"""What a price rule must be before it is written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bookapp.pricing.rules.facts import Rule
from bookapp.pricing.rules.windows import MINUTES_OF_DAY
from bookapp.pricing.states import RuleKind
from bookapp.values.words import N_

LONGEST_NAME = 60
LEAST_PERCENT, MOST_PERCENT = -99, 1000
_NO_PERCENT = N_("A percentage lies between -99 and 1000.")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as somebody wants it. At most one of venue, room and service; validity in days, both included."""

    kind: RuleKind
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    venue_id: int | None = None
    room_id: int | None = None
    service_id: int | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    active: bool = True

    def problems(self) -> dict[str, str]:
        """A sentence for each field that does not fit; nothing when the rule can be written down."""
        found: dict[str, str] = {}
        if not 0 < len(self.name) <= LONGEST_NAME:
            found["name"] = N_("Give the rule a name of up to 60 characters: customers read it.")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            found["valid_until"] = N_("A rule ends after it begins.")
        if sum(one is not None for one in (self.venue_id, self.room_id, self.service_id)) > 1:
            found["scope"] = N_("Choose one place, room or service, or everything.")
        if set(self.parameters) != self.kind.parameters:
            found["kind"] = N_("This kind of rule needs other numbers.")
            return found
        for name, value in self.parameters.items():
            fits, sentence = _CHECKS["percent" if name.endswith("_percent") and name != "taken_percent" else name]
            if not fits(value):
                found[name] = sentence
        if self.kind is RuleKind.PEAK and self.parameters["from_minute"] == self.parameters["to_minute"]:
            found["to_minute"] = N_("The hours end at another time than they begin.")
        if self.kind is not RuleKind.LEVEL and self.parameters.get("percent") == 0:
            found["percent"] = N_("A rule of 0 % changes nothing.")
        return found

    def rule(self, *, id_: int = 0, position: int = 0) -> Rule:
        """The draft as the engine takes it."""
        return Rule(
            id_, self.kind, self.name, self.parameters, position, self.venue_id, self.room_id, self.service_id,
            self.valid_from, self.valid_until,
        )  # fmt: skip


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _are_weekdays(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_whole(0, 6), value)) and len(set(value)) == len(value)


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "percent": (_whole(LEAST_PERCENT, MOST_PERCENT), _NO_PERCENT),
    "weekdays": (_are_weekdays, N_("Choose one day of the week or more.")),
    "from_minute": (_whole(0, MINUTES_OF_DAY), N_("Please give a time such as 18:00.")),
    "to_minute": (_whole(0, MINUTES_OF_DAY), N_("Please give a time such as 22:00.")),
    "days_before": (_whole(1, 365), N_("From 1 to 365 days before.")),
    "hours_before": (_whole(1, 720), N_("From 1 to 720 hours before.")),
    "from_minutes": (_whole(1, 14 * MINUTES_OF_DAY), N_("From one minute to 14 days.")),
    "taken_percent": (_whole(1, 100), N_("From 1 to 100 percent of the seats.")),
    "amount_minor": (_whole(0, 10**9), N_("Please give an amount, 0 or more.")),
    "currency": (lambda value: isinstance(value, str) and len(value) == 3, N_("Please give a currency.")),
}
