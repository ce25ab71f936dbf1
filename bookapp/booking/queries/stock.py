"""How many of the add-ons are left at a time: reusable ones are counted by the instant, consumables by the day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import DateTime, and_, func, or_, select

from bookapp.booking.models import Booking, BookingChange, BookingLine
from bookapp.booking.queries.bookings import is_live
from bookapp.booking.rules import most_at_once
from bookapp.catalog.models import Addon
from bookapp.infra.db import db
from bookapp.values.timespan import Span, day_span, wall


def pieces_left(
    addons: Iterable[Addon], span: Span, zone: str, *, now: dt.datetime, but: int | None = None
) -> dict[int, int]:
    """What is left of each add-on that has a stock, by its id: two queries for all.

    Of a reusable one at the busiest instant of `span`; of a consumable on the day in `zone` on which `span` begins,
    because its stock is what the house can make in a day (product.md, "Add-on"). What the booking `but` has counts as
    left, for when it moves. A move that waits for its payment has its pieces at both times.
    """
    stocked = {addon.id: addon for addon in addons if addon.stock is not None}
    if not stocked:
        return {}
    day = day_span(wall(span.start, zone).date(), zone)
    wide = Span(min(day.start, span.start), max(day.end, span.end))
    # Reversed lines count against what they take back: the sum is what is agreed.
    agreed = (
        select(BookingLine.addon_id, BookingLine.booking_id, func.sum(BookingLine.quantity).label("pieces"))
        .where(BookingLine.addon_id.in_(stocked))
        .group_by(BookingLine.addon_id, BookingLine.booking_id)
        .subquery()
    )
    active = or_(Booking.state == "confirmed", and_(Booking.state == "pending", is_live(now)))
    booked = (
        select(agreed.c.addon_id, Booking.starts_at, Booking.ends_at, agreed.c.pieces)
        .join(Booking, Booking.id == agreed.c.booking_id)
        .where(Booking.starts_at < wide.end, Booking.ends_at > wide.start, active)
    )
    start, end = (BookingChange.after[name].as_string().cast(DateTime(True)) for name in ("starts_at", "ends_at"))
    moving = (
        select(agreed.c.addon_id, start, end, agreed.c.pieces)
        .join(BookingChange, BookingChange.booking_id == agreed.c.booking_id)
        .where(
            BookingChange.state == "pending",
            or_(BookingChange.hold_expires_at > now, BookingChange.paying_until.is_not(None)),
            start < wide.end,
            end > wide.start,
        )
    )
    if but is not None:
        booked = booked.where(Booking.id != but)
        moving = moving.where(BookingChange.booking_id != but)
    rows = [*db.session.execute(booked), *db.session.execute(moving)]
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
