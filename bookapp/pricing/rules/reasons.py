"""Why a rule counts for a booking, or does not: the conditions of each kind, with the sentence of each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookapp.catalog.states import Level
from bookapp.pricing.rules.facts import Facts, Rule, Subject
from bookapp.pricing.rules.verdicts import Reason
from bookapp.pricing.rules.windows import MINUTES_OF_DAY, windows
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.values.words import N_, Weekdays, Word

_HUNDRED = 100
_COUNTS = {
    RuleKind.PEAK: N_("%(length)s of the time lies between %(first)s and %(last)s on %(days)s."),
    RuleKind.WEEKEND: N_("%(length)s of the time lies on Saturday or Sunday."),
    RuleKind.LEVEL: N_("The level of who hosts: %(level)s."),
    RuleKind.EARLY_BIRD: N_("Booked %(count)s days or more before it begins."),
    RuleKind.LAST_MINUTE: N_("Booked %(count)s hours or less before it begins."),
    RuleKind.DURATION: N_("%(length)s or longer."),
    RuleKind.DEMAND: N_("%(share)s %% of the seats or more were taken before."),
    RuleKind.FLOOR: N_("It never costs less than %(amount)s."),
    RuleKind.CAP: N_("It never costs more than %(amount)s."),
}
_DOES_NOT = {
    RuleKind.PEAK: N_("Only between %(first)s and %(last)s on %(days)s."),
    RuleKind.WEEKEND: N_("Only on Saturday and Sunday."),
    RuleKind.LEVEL: N_("Only where somebody hosts."),
    RuleKind.EARLY_BIRD: N_("Only when booked %(count)s days or more before it begins."),
    RuleKind.LAST_MINUTE: N_("Only when booked %(count)s hours or less before it begins."),
    RuleKind.DURATION: N_("Only from %(length)s on."),
    RuleKind.DEMAND: N_("Only once %(share)s %% of the seats are taken."),
    RuleKind.FLOOR: N_("It costs no less than %(amount)s without it."),
    RuleKind.CAP: N_("It costs no more than %(amount)s without it."),
}
_ELSEWHERE = N_("Only for another place, room or service.")
_OTHER_CURRENCY = N_("Set in another currency.")
_NOT_YET = N_("Only for what takes place on %(day)s or later.")
_NO_MORE = N_("Only for what takes place until %(day)s.")
_NO_SEATS = N_("Only for seats in sessions.")
_NO_CHANGE = N_("%(level)s: the price stays as it is.")
_NOTHING = N_("It would change less than the smallest coin.")


def why_not(rule: Rule, facts: Facts) -> Reason | None:
    """What keeps the rule from counting; None when nothing does."""
    if not rule.is_for(facts):
        return Reason(_ELSEWHERE)
    if rule.valid_from is not None and facts.day < rule.valid_from:
        return Reason(_NOT_YET, {"day": rule.valid_from})
    if rule.valid_until is not None and facts.day > rule.valid_until:
        return Reason(_NO_MORE, {"day": rule.valid_until})
    return _kind_does_not(rule, facts)


def why(rule: Rule, facts: Facts, amount: Money) -> Reason:
    """Why a rule that nothing keeps from counting changed the price by `amount`, or by nothing."""
    if amount:
        return Reason(_COUNTS[rule.kind], _said(rule, facts))
    if rule.kind.is_limit:
        return Reason(_DOES_NOT[rule.kind], _said(rule, facts))
    if rule.kind is RuleKind.LEVEL and not rule.percent(facts):
        return Reason(_NO_CHANGE, _said(rule, facts))
    return Reason(_NOTHING)


def _kind_does_not(rule: Rule, facts: Facts) -> Reason | None:
    given = rule.parameters
    match rule.kind:
        case RuleKind.PEAK | RuleKind.WEEKEND:
            counts = bool(windows(rule, facts.span, facts.zone))
        case RuleKind.LEVEL:
            counts = bool(facts.level)
        case RuleKind.EARLY_BIRD:
            counts = facts.ahead >= dt.timedelta(days=given["days_before"])
        case RuleKind.LAST_MINUTE:
            counts = facts.ahead <= dt.timedelta(hours=given["hours_before"])
        case RuleKind.DURATION:
            counts = facts.span.length >= dt.timedelta(minutes=given["from_minutes"])
        case RuleKind.DEMAND:
            if facts.subject is not Subject.SEATS:
                return Reason(_NO_SEATS)
            counts = facts.seats_taken * _HUNDRED >= given["taken_percent"] * facts.capacity
        case RuleKind.FLOOR | RuleKind.CAP:
            return None if rule.limit().currency == facts.price.currency else Reason(_OTHER_CURRENCY)
    return None if counts else Reason(_DOES_NOT[rule.kind], _said(rule, facts))


def _said(rule: Rule, facts: Facts) -> dict[str, Any]:
    """What the sentence of this kind names."""
    given = rule.parameters
    match rule.kind:
        case RuleKind.PEAK:
            times = {"first": _clock(given["from_minute"]), "last": _clock(given["to_minute"])}
            return {"length": _within(rule, facts), **times, "days": Weekdays(sorted(given["weekdays"]))}
        case RuleKind.WEEKEND:
            return {"length": _within(rule, facts)}
        case RuleKind.LEVEL:
            return {"level": Word(Level(facts.level).label)} if facts.level else {}
        case RuleKind.EARLY_BIRD:
            return {"count": given["days_before"]}
        case RuleKind.LAST_MINUTE:
            return {"count": given["hours_before"]}
        case RuleKind.DURATION:
            return {"length": dt.timedelta(minutes=given["from_minutes"])}
        case RuleKind.DEMAND:
            return {"share": given["taken_percent"]}
        case RuleKind.FLOOR | RuleKind.CAP:
            return {"amount": rule.limit()}


def _within(rule: Rule, facts: Facts) -> dt.timedelta:
    return sum((span.length for span in windows(rule, facts.span, facts.zone) or ()), dt.timedelta())


def _clock(minute: int) -> dt.time:
    hours, minutes = divmod(minute % MINUTES_OF_DAY, 60)
    return dt.time(hours, minutes)
