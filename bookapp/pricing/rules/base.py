"""What something costs, as a pure function of facts: lines that always add up to the total.

The order is product.md's, "Price": the base, the merchant's rules on the running amount, add-ons, discounts, tax. Each
line is rounded half up to the minor unit by itself, so the sum of the lines is the total and nothing is left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bookapp.pricing.rules.lines import Extra, Line, LineKind, Quote, Unit
from bookapp.values.money import Money, total
from bookapp.values.timespan import Span, day_span, wall


def quote_room(
    *, label: str, span: Span, zone: str, rate: Money, day_rate: Money | None, extras: Sequence[Extra] = ()
) -> Quote:
    """Price a room for `span`: hours x rate, every real hour; a day rate caps each wall-clock day in `zone`."""
    lines = [_hours(label, part, rate, day_rate) for part in _by_day(span, zone)] if day_rate else []
    if not lines:
        lines = [_hours(label, span, rate, None)]
    return _sum(_joined(lines), extras, rate.currency)


def quote_seats(*, label: str, seats: int, price: Money, extras: Sequence[Extra] = ()) -> Quote:
    """Price `seats` in a session: price x seats."""
    line = Line(LineKind.BASE, label, Unit.SEAT, Decimal(seats), price, price.times(seats))
    return _sum([line], extras, price.currency)


def quote_appointment(*, label: str, price: Money, extras: Sequence[Extra] = ()) -> Quote:
    """Price one appointment: what its length costs."""
    return _sum([Line(LineKind.BASE, label, Unit.ONCE, Decimal(1), price, price)], extras, price.currency)


def _hours(label: str, span: Span, rate: Money, cap: Money | None) -> Line:
    hours = Decimal(span.minutes) / 60
    subtotal = rate.times(hours)
    if cap is not None and cap < subtotal:
        return Line(LineKind.BASE, label, Unit.DAY, Decimal(1), cap, cap)
    return Line(LineKind.BASE, label, Unit.HOUR, hours, rate, subtotal)


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
            joined[-1] = Line(
                line.kind, line.label, Unit.DAY, quantity, line.unit_price, line.unit_price.times(quantity)
            )
        else:
            joined.append(line)
    return joined


def _sum(base: list[Line], extras: Sequence[Extra], currency: str) -> Quote:
    lines = [
        *base,
        *(
            Line(
                LineKind.ADDON,
                extra.name,
                Unit.PIECE,
                Decimal(extra.quantity),
                extra.price,
                extra.price.times(extra.quantity),
                extra.addon_id,
            )
            for extra in extras
            if extra.quantity
        ),
    ]
    return Quote(tuple(lines), total((line.subtotal for line in lines), currency))
