"""How many of the add-ons are left at a time: reusable ones are counted by the instant, consumables by the day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import and_, or_, select

from bookapp.booking.models import Booking, BookingLine
from bookapp.booking.queries.bookings import is_live
from bookapp.booking.rules import most_at_once
from bookapp.catalog.models import Addon
from bookapp.infra.db import db
from bookapp.values.timespan import Span, day_span, wall


def pieces_left(addons: Iterable[Addon], span: Span, zone: str, *, now: dt.datetime) -> dict[int, int]:
    """What is left of each add-on that has a stock, by its id: one query for all.

    Of a reusable one at the busiest instant of `span`; of a consumable on the day in `zone` on which `span` begins,
    because its stock is what the house can make in a day (product.md, "Add-on").
    """
    stocked = {addon.id: addon for addon in addons if addon.stock is not None}
    if not stocked:
        return {}
    day = day_span(wall(span.start, zone).date(), zone)
    wide = Span(min(day.start, span.start), max(day.end, span.end))
    rows = db.session.execute(
        select(BookingLine.addon_id, Booking.starts_at, Booking.ends_at, BookingLine.quantity)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(
            BookingLine.addon_id.in_(stocked),
            Booking.starts_at < wide.end,
            Booking.ends_at > wide.start,
            or_(Booking.state == "confirmed", and_(Booking.state == "pending", is_live(now))),
        )
    )
    uses: defaultdict[int | None, list[tuple[Span, int]]] = defaultdict(list)
    for addon_id, starts_at, ends_at, quantity in rows:
        uses[addon_id].append((Span(starts_at, ends_at), int(quantity)))
    return {
        addon.id: max(0, (addon.stock or 0) - _used(addon, uses[addon.id], span, day)) for addon in stocked.values()
    }


def _used(addon: Addon, uses: Iterable[tuple[Span, int]], span: Span, day: Span) -> int:
    if addon.kind == "consumable":
        return sum(quantity for used, quantity in uses if day.start <= used.start < day.end)
    return most_at_once(uses, span)
