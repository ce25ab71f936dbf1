"""How many of the add-ons are left at a time: reusable ones are counted by the instant, consumables by the day."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CompoundSelect, DateTime, any_, bindparam, func, or_, select, union_all

from bookapp.booking.models import Booking, BookingChange, BookingLine
from bookapp.booking.queries.bookings import is_active
from bookapp.booking.rules import most_at_once
from bookapp.catalog.models import Addon, Venue
from bookapp.infra.db import db
from bookapp.values.timespan import Span, day_span, wall

_LINE = BookingLine.__table__.c
# Later than anything is agreed.
FAR_AHEAD = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def pieces_left(
    addons: Iterable[Addon], span: Span, zone: str, *, now: dt.datetime, but: int | None = None
) -> dict[int, int]:
    """What is left of each add-on that has a stock, by its id: one query for all.

    Of a reusable one at the busiest instant of `span`; of a consumable on the day in `zone` on which `span` begins,
    because its stock is what the house can make in a day (product.md, "Add-on"). What the booking `but` has counts as
    left, for when it moves. A move that waits for its payment has its pieces at both times.
    """
    stocked = {addon.id: addon for addon in addons if addon.stock is not None}
    if not stocked:
        return {}
    day = day_span(wall(span.start, zone).date(), zone)
    wide = Span(min(day.start, span.start), max(day.end, span.end))
    uses = _promised(stocked, wide.start, wide.end, now=now, but=but)
    return {
        addon.id: max(0, (addon.stock or 0) - _used(addon, uses[addon.id], span, day)) for addon in stocked.values()
    }


def most_promised(addon: Addon, *, now: dt.datetime) -> int:
    """The most pieces of an add-on that are agreed from now on: at any one instant of a reusable one, of a consumable
    on any one day of its venue. A house cannot have fewer (invariant 9)."""
    uses = _promised([addon.id], now, None, now=now)[addon.id]
    if addon.kind == "consumable":
        zone = db.session.scalar(select(Venue.zone).where(Venue.id == addon.venue_id)) or "UTC"
        days: Counter[dt.date] = Counter()
        for span, quantity in uses:
            days[wall(span.start, zone).date()] += quantity
        return max(days.values(), default=0)
    ahead = Span(now, max((span.end for span, _ in uses), default=now + dt.timedelta(hours=1)))
    return most_at_once(uses, ahead)


def _promised(
    addon_ids: Collection[int], start: dt.datetime, end: dt.datetime | None, *, now: dt.datetime, but: int | None = None
) -> Mapping[int | None, list[tuple[Span, int]]]:
    """(when, how many) of all that is agreed of these add-ons between `start` and `end` (None: for ever).

    Bookings that block, and moves that wait for their payment at their new time; the booking `but` is left out.
    """
    asked = {
        "addon_ids": sorted(addon_ids),
        "start": start,
        "end": end or FAR_AHEAD,
        "now": now,
        "but": but or 0,
    }
    uses: defaultdict[int | None, list[tuple[Span, int]]] = defaultdict(list)
    for addon_id, starts_at, ends_at, quantity in db.session.execute(_agreed(), asked):
        uses[addon_id].append((Span(starts_at, ends_at), int(quantity)))
    return uses


@functools.cache
def _agreed() -> CompoundSelect[Any]:
    """Put together once: making a statement of this size costs more than running it."""
    start, end, now = (bindparam(name, type_=DateTime(True)) for name in ("start", "end", "now"))
    but = bindparam("but", type_=BigInteger)
    # Reversed lines count against what they take back: the sum is what is agreed.
    pieces = func.sum(_LINE.quantity)
    these = _LINE.addon_id == any_(bindparam("addon_ids", type_=ARRAY(BigInteger)))
    booked = (
        select(_LINE.addon_id, Booking.starts_at, Booking.ends_at, pieces)
        .join(Booking, Booking.id == _LINE.booking_id)
        .where(these, Booking.id != but, Booking.ends_at > start, Booking.starts_at < end, is_active(now))
        .group_by(_LINE.addon_id, Booking.id)
    )
    begins, ends = (BookingChange.after[name].as_string().cast(DateTime(True)) for name in ("starts_at", "ends_at"))
    moving = (
        select(_LINE.addon_id, begins, ends, pieces)
        .join(BookingChange, BookingChange.booking_id == _LINE.booking_id)
        .where(
            these,
            BookingChange.booking_id != but,
            BookingChange.state == "pending",
            or_(BookingChange.hold_expires_at > now, BookingChange.paying_until.is_not(None)),
            ends > start,
            begins < end,
        )
        .group_by(_LINE.addon_id, BookingChange.id)
    )
    return union_all(booked, moving)


def _used(addon: Addon, uses: Iterable[tuple[Span, int]], span: Span, day: Span) -> int:
    if addon.kind == "consumable":
        return sum(quantity for used, quantity in uses if day.start <= used.start < day.end)
    return most_at_once(uses, span)
