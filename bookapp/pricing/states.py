"""The kinds of price rules, with what each needs to know."""

from __future__ import annotations

from enum import StrEnum

from bookapp.values.words import N_


class RuleKind(StrEnum):
    """Why a price may differ from the base (product.md, "Price rules")."""

    PEAK = "peak"
    WEEKEND = "weekend"
    LEVEL = "level"
    EARLY_BIRD = "early_bird"
    LAST_MINUTE = "last_minute"
    DURATION = "duration"
    DEMAND = "demand"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _LABELS[self]

    @property
    def parameters(self) -> frozenset[str]:
        """The names a rule of this kind must give; every value is a whole number or a list of them."""
        return _PARAMETERS[self]


_LABELS = {
    RuleKind.PEAK: N_("Peak hours"),
    RuleKind.WEEKEND: N_("Weekend"),
    RuleKind.LEVEL: N_("Facilitator's level"),
    RuleKind.EARLY_BIRD: N_("Early bird"),
    RuleKind.LAST_MINUTE: N_("Last minute"),
    RuleKind.DURATION: N_("Longer bookings"),
    RuleKind.DEMAND: N_("High demand"),
}
# Percentages are signed: +25 makes dearer. Minutes of a day count from midnight, weekdays from Monday = 0.
_PARAMETERS = {
    RuleKind.PEAK: frozenset({"weekdays", "from_minute", "to_minute", "percent"}),
    RuleKind.WEEKEND: frozenset({"percent"}),
    RuleKind.LEVEL: frozenset({"junior_percent", "senior_percent", "expert_percent"}),
    RuleKind.EARLY_BIRD: frozenset({"days_before", "percent"}),
    RuleKind.LAST_MINUTE: frozenset({"hours_before", "percent"}),
    RuleKind.DURATION: frozenset({"from_minutes", "percent"}),
    RuleKind.DEMAND: frozenset({"taken_percent", "percent"}),
}
