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
    FLOOR = "floor"
    CAP = "cap"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _LABELS[self]

    @property
    def meaning(self) -> str:
        """What a rule of this kind does, in one sentence to be translated."""
        return _MEANINGS[self]

    @property
    def parameters(self) -> frozenset[str]:
        """The names a rule of this kind must give: whole numbers, a list of them (weekdays), or a currency."""
        return _PARAMETERS[self]

    @property
    def is_limit(self) -> bool:
        """Whether it bounds the whole price instead of changing a part of it: limits come after all other rules."""
        return self in (RuleKind.FLOOR, RuleKind.CAP)


_LABELS = {
    RuleKind.PEAK: N_("Peak hours"),
    RuleKind.WEEKEND: N_("Weekend"),
    RuleKind.LEVEL: N_("Facilitator's level"),
    RuleKind.EARLY_BIRD: N_("Early bird"),
    RuleKind.LAST_MINUTE: N_("Last minute"),
    RuleKind.DURATION: N_("Longer bookings"),
    RuleKind.DEMAND: N_("High demand"),
    RuleKind.FLOOR: N_("Least price"),
    RuleKind.CAP: N_("Highest price"),
}
_MEANINGS = {
    RuleKind.PEAK: N_("Dearer or cheaper between two times of certain weekdays; only that part of a booking counts."),
    RuleKind.WEEKEND: N_("Dearer or cheaper on Saturday and Sunday; only that part of a booking counts."),
    RuleKind.LEVEL: N_("The level of the person who hosts sets the price."),
    RuleKind.EARLY_BIRD: N_("For who books early enough."),
    RuleKind.LAST_MINUTE: N_("For who books shortly before it begins."),
    RuleKind.DURATION: N_("For bookings from a certain length on."),
    RuleKind.DEMAND: N_("For sessions that are nearly full: from a share of the seats taken before the booking."),
    RuleKind.FLOOR: N_("A booking never costs less, whatever the other rules say."),
    RuleKind.CAP: N_("A booking never costs more, whatever the other rules say."),
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
    RuleKind.FLOOR: frozenset({"amount_minor", "currency"}),
    RuleKind.CAP: frozenset({"amount_minor", "currency"}),
}
