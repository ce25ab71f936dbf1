"""From facts and rules to lines: a pure function, and the one place where rules meet amounts.

The order is product.md's, "Price": the base; the merchant's rules by position, each on the running amount; floors,
then caps; add-ons. Coupon and tax follow elsewhere (`rules.codes`, `rules.tax`).

How a percentage works on a part of the time. The base is cut wherever a rule begins or ends to count, so that each
piece of time has a running amount of its own, an exact fraction. A rule takes its percentage of the pieces it counts
for, rounds that sum half up to the minor unit, and that is its line; the rounded line is given back to those pieces in
proportion. So the pieces always add up to the lines before them, whatever was rounded, and the next rule works on what
people read. A discount never takes more than there is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

from bookapp.pricing.rules.base import Part, base
from bookapp.pricing.rules.facts import Facts, Rule, percent_words
from bookapp.pricing.rules.lines import Extra, Line, LineKind, Quote, Unit
from bookapp.pricing.rules.reasons import why, why_not
from bookapp.pricing.rules.verdicts import Verdict
from bookapp.pricing.rules.windows import windows
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money, round_half_up, total
from bookapp.values.timespan import Span


def price(facts: Facts, rules: Iterable[Rule], extras: Sequence[Extra] = ()) -> Quote:
    """What it costs, line by line. The order in which `rules` are given makes no difference.

    Raises ValueError where an add-on is in another currency.
    """
    lines, verdicts = _priced(facts, (rule for rule in rules if rule.is_for(facts)))
    lines += [_addon(extra) for extra in extras if extra.quantity]
    whole = total((line.subtotal for line in lines), facts.price.currency)
    return Quote(tuple(lines), whole, verdicts=tuple(verdicts))


def amount(facts: Facts, rules: Iterable[Rule]) -> Money:
    """The total of `price` without saying how it comes about: lists ask for dozens of these."""
    _lines, parts = base(facts)
    counting = [rule for rule in rules if why_not(rule, facts) is None]
    running = _Running(parts, facts, counting)
    for rule in sorted(counting, key=lambda rule: rule.order):
        running.add(rule)
    return running.amount


def explain(facts: Facts, rules: Iterable[Rule]) -> tuple[Verdict, ...]:
    """Each rule in the order in which it is looked at: what it added and why, or why it does not count."""
    return tuple(_priced(facts, rules)[1])


def _priced(facts: Facts, rules: Iterable[Rule]) -> tuple[list[Line], list[Verdict]]:
    lines, parts = base(facts)
    ordered = sorted(rules, key=lambda rule: rule.order)
    if not ordered:
        return lines, []
    tried = [(rule, why_not(rule, facts)) for rule in ordered]
    running = _Running(parts, facts, [rule for rule, reason in tried if reason is None])
    changes: dict[str, Line] = {}
    verdicts = []
    zero = Money.zero(facts.price.currency)
    for rule, reason in tried:
        amount = running.add(rule) if reason is None else zero
        label = rule.name
        if amount and not rule.kind.is_limit:
            label = f"{rule.name} {percent_words(rule.percent(facts))}"
        if amount:
            changes[label] = _change(label, amount, changes.get(label))
        verdicts.append(Verdict(label, bool(amount), amount, reason or why(rule, facts, amount)))
    return lines + list(changes.values()), verdicts


@dataclass(slots=True)
class _Piece:
    span: Span
    amount: Fraction


class _Running:
    """The running amount: a whole number, and the share of each piece of time that no rule divides.

    What a rule adds to the whole it adds to every piece in proportion, so the pieces are brought up to date only when
    a rule on the clock asks for some of them.
    """

    def __init__(self, parts: Sequence[Part], facts: Facts, rules: Sequence[Rule]) -> None:
        self._facts, self._currency = facts, facts.price.currency
        self._windows = {rule.id: windows(rule, facts.span, facts.zone) for rule in rules}
        cuts = sorted({at for some in self._windows.values() for span in some or () for at in (span.start, span.end)})
        self._pieces = [piece for part in parts for piece in _cut(part, cuts)] if cuts else []
        self._amount = self._of_pieces = sum(amount.minor for _span, amount in parts)

    @property
    def amount(self) -> Money:
        """What it has come to."""
        return Money(self._amount, self._currency)

    def add(self, rule: Rule) -> Money:
        """Let the rule count, and say what it adds."""
        among = self._windows[rule.id]
        if rule.kind.is_limit:
            # A floor lifts the whole to its amount, a cap lowers it.
            gap = rule.limit().minor - self._amount
            change = max(gap, 0) if rule.kind is RuleKind.FLOOR else min(gap, 0)
        elif among is None:
            change = self._percentage(rule, Fraction(self._amount))
        else:
            change = self._of_the_clock(rule, among)
        self._amount += change
        return Money(change, self._currency)

    def _of_the_clock(self, rule: Rule, among: Sequence[Span]) -> int:
        self._catch_up()
        counts = [piece for piece in self._pieces if any(window.contains(piece.span) for window in among)]
        here = sum((piece.amount for piece in counts), Fraction(0))
        change = self._percentage(rule, here)
        if change:
            for piece in counts:
                piece.amount *= 1 + change / here
        self._of_pieces += change
        return change

    def _catch_up(self) -> None:
        if self._amount != self._of_pieces:
            factor = Fraction(self._amount, self._of_pieces)
            for piece in self._pieces:
                piece.amount *= factor
            self._of_pieces = self._amount

    def _percentage(self, rule: Rule, here: Fraction) -> int:
        return max(round_half_up(here * rule.percent(self._facts) / 100), -floor(here))


def _cut(part: Part, cuts: Sequence[dt.datetime]) -> list[_Piece]:
    """The part at every cut inside it; each piece has its share by elapsed time."""
    span, amount = part
    inside = [at for at in cuts if span.start < at < span.end]
    edges = [span.start, *inside, span.end]
    whole, spans = _length(span), [Span(start, end) for start, end in pairwise(edges)]
    return [_Piece(each, Fraction(amount.minor * _length(each), whole)) for each in spans]


def _length(span: Span) -> int:
    return span.length // dt.timedelta(microseconds=1)


def _change(label: str, amount: Money, before: Line | None) -> Line:
    """The line of a rule; rules that read the same are one line."""
    if before is None:
        return Line(LineKind.RULE, label, Unit.ONCE, Decimal(1), amount, amount)
    both = before.subtotal + amount
    return replace(before, unit_price=both, subtotal=both)


def _addon(extra: Extra) -> Line:
    subtotal = extra.price.times(extra.quantity)
    quantity = Decimal(extra.quantity)
    return Line(LineKind.ADDON, extra.name, Unit.PIECE, quantity, extra.price, subtotal, extra.addon_id)
