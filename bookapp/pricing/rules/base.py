"""The base of a price: hours x rate, seats x price, or what an appointment costs; before any rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bookapp.pricing.rules.facts import Facts, Subject
from bookapp.pricing.rules.lines import Line, LineKind, Unit
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall

# A part of the time with what it costs.
Part = tuple[Span, Money]


def base(facts: Facts) -> tuple[list[Line], list[Part]]:
    """The lines of the base, and the same amounts as parts of the time they are paid for.

    A room costs every real hour its rate; a day rate caps each wall-clock day by itself. Seats and appointments cost
    the same whenever they are: what they cost is spread evenly over their time.
    """
    match facts.subject:
        case Subject.ROOM:
            spans = _by_day(facts.span, facts.zone) if facts.day_rate else [facts.span]
            lines = [_hours(facts, span) for span in spans]
            return _joined(lines), [(span, line.subtotal) for span, line in zip(spans, lines, strict=True)]
        case Subject.SEATS:
            price, seats = facts.price, facts.seats
            line = Line(LineKind.BASE, facts.label, Unit.SEAT, Decimal(seats), price, price.times(seats))
        case Subject.APPOINTMENT:
            line = Line(LineKind.BASE, facts.label, Unit.ONCE, Decimal(1), facts.price, facts.price)
    return [line], [(facts.span, line.subtotal)]


def _hours(facts: Facts, span: Span) -> Line:
    hours = Decimal(span.minutes) / 60
    subtotal, cap = facts.price.times(hours), facts.day_rate
    if cap is not None and cap < subtotal:
        return Line(LineKind.BASE, facts.label, Unit.DAY, Decimal(1), cap, cap)
    return Line(LineKind.BASE, facts.label, Unit.HOUR, hours, facts.price, subtotal)


def _by_day(span: Span, zone: str) -> list[Span]:
    """Cut `span` at every midnight of `zone`, so that a day rate caps each day by itself."""
    parts: list[Span] = []
    start = span.start
    while start < span.end:
        day = wall(start, zone).date()
        end = min(span.end, day_span(day, zone).end)
        parts.append(Span(start, end))
        start = end
    return parts


def _joined(lines: list[Line]) -> list[Line]:
    """Days at the same price read as one line: "2 days"."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last and last.unit is Unit.DAY and line.unit is Unit.DAY:
            quantity = last.quantity + 1
            joined[-1] = replace(last, quantity=quantity, subtotal=line.unit_price.times(quantity))
        else:
            joined.append(line)
    return joined
