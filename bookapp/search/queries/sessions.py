"""Sessions: what starts on the asked day with seats left, and what comes next when that is little."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, any_, func, or_, select

from bookapp.booking.queries import seat_totals
from bookapp.catalog.models import Facilitator, Merchant, Room, Service, Venue
from bookapp.catalog.states import Amenity
from bookapp.favourites.queries import Kept
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.timeslots import seats_gone
from bookapp.search.queries.candidates import has_amenities, ids
from bookapp.search.queries.times import Times, times
from bookapp.search.rules.ask import Ask, ClockTrouble, Sort
from bookapp.search.rules.fit import FEW, Miss, Missing, weighted_rating
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall

NOTHING = Kept()
PER_PAGE = 15
# Nobody pages through more, and a window never holds the whole table.
MOST = 500
AHEAD = dt.timedelta(days=14)
# From the first place on Earth where it is a day to the last.
ANYWHERE = dt.timedelta(hours=14)
ONLINE = "online"


class ShownSession(NamedTuple):
    """One line: when, what, with whom, where, and how many seats are left."""

    id: int
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    zone: str
    capacity: int
    # Of a timeslot whose room is taken all of them.
    seats_taken: int
    price_minor: int
    currency: str
    online: bool
    theme: str
    rating_sum: int
    rating_count: int
    facilitator: str | None
    venue: str | None
    city: str | None
    merchant_id: int
    venue_id: int | None
    service_id: int
    level: str
    # For everybody who comes, by today's rules, tax included: set for what is shown.
    total_minor: int = 0

    @property
    def left(self) -> int:
        """Seats nobody has."""
        return self.capacity - self.seats_taken

    @property
    def price(self) -> Money:
        """Of one seat, before any rule."""
        return Money(self.price_minor, self.currency)

    @property
    def total(self) -> Money:
        """What everybody who comes pays together."""
        return Money(self.total_minor, self.currency)

    @property
    def day(self) -> dt.date:
        """The date on the clocks there."""
        return wall(self.starts_at, self.zone).date()


@dataclass(frozen=True, slots=True)
class SeatsFound:
    """One page of sessions with seats; `near` are too small or on another day; `full` have none left."""

    shown: Sequence[ShownSession]
    near: Sequence[tuple[ShownSession, Miss]]
    full: int
    total: int
    page: int
    pages: int
    currency: str
    currencies: Sequence[str]
    troubles: Sequence[ClockTrouble]


def find_sessions(ask: Ask, *, now: dt.datetime, kept: Kept = NOTHING) -> SeatsFound:
    """The sessions for `ask`, soonest first: two queries. Without a day, those of the next fortnight."""
    rows = _read(_asked(ask, _window(ask, now), kept))
    by_price = ask.sort is Sort.PRICE or ask.min_price is not None or ask.max_price is not None
    if by_price:
        rows = _priced(rows, ask.party, now)
    currencies = [row.currency for row in rows]
    currency = ask.currency or max(sorted(currencies), key=currencies.count, default="")
    rows = [row for row in rows if _is_affordable(row, ask, currency)]
    there = times(ask, {row.zone for row in rows}, now)
    that_day = [row for row in rows if _is_then(row, ask, there)]
    fitting = sorted((row for row in that_day if row.left >= ask.party), key=_order(ask.sort))
    pages = max(1, -(-len(fitting) // PER_PAGE))
    page = min(ask.page, pages)
    shown = fitting[(page - 1) * PER_PAGE : page * PER_PAGE]
    near = _nearly(rows, that_day, ask) if len(fitting) < FEW else []
    if not by_price:
        known = {row.id: row for row in _priced([*shown, *(row for row, _miss in near)], ask.party, now)}
        shown, near = [known[row.id] for row in shown], [(known[row.id], miss) for row, miss in near]
    return SeatsFound(
        shown=shown,
        near=near,
        full=sum(not row.left for row in that_day),
        total=len(fitting),
        page=page,
        pages=pages,
        currency=currency,
        currencies=sorted(set(currencies)),
        troubles=there.troubles,
    )


def sessions_soon(now: dt.datetime, limit: int) -> list[ShownSession]:
    """The next sessions of the coming fortnight, full ones as well, soonest first."""
    return _priced(_read(_sessions(Span(now, now + AHEAD)).limit(limit)), 1, now)


def _priced(rows: list[ShownSession], party: int, now: dt.datetime) -> list[ShownSession]:
    """The same with their totals; priced before paging only where the price decides what is shown."""
    totals = seat_totals(rows, now=now, seats=party)
    return [row._replace(total_minor=totals[row.id].minor) for row in rows]


def _window(ask: Ask, now: dt.datetime) -> Span:
    if ask.day is None:
        return Span(now, now + AHEAD)
    midnight = dt.datetime.combine(ask.day, dt.time(0), dt.UTC)
    start = max(now, midnight - ANYWHERE)
    return Span(start, max(start, midnight) + AHEAD + ANYWHERE)


def _is_then(row: ShownSession, ask: Ask, there: Times) -> bool:
    """Whether it starts in the asked hours, or on the asked day, or at all when no day was asked."""
    if ask.hours is not None:
        span = there.spans.get(row.zone)
        return span is not None and span.start <= row.starts_at < span.end
    return ask.day is None or row.day == ask.day


def _nearly(rows: list[ShownSession], that_day: list[ShownSession], ask: Ask) -> list[tuple[ShownSession, Miss]]:
    few = [
        (row, Miss(Missing.SEATS, {"seats": row.left, "people": ask.party}))
        for row in that_day
        if 0 < row.left < ask.party
    ]
    shown = {row.id for row in that_day}
    later = [
        (row, Miss(Missing.DAY, {"day": row.day}))
        for row in rows
        if row.id not in shown and row.left >= ask.party and ask.day is not None and row.day >= ask.day
    ]
    return (few + later)[:FEW]


def _is_affordable(row: ShownSession, ask: Ask, currency: str) -> bool:
    if ask.min_price is None and ask.max_price is None:
        return True
    total = row.total.amount
    return (
        row.currency == currency
        and (ask.min_price is None or ask.min_price <= total)
        and (ask.max_price is None or total <= ask.max_price)
    )


def _order(sort: Sort) -> Callable[[ShownSession], tuple[Any, ...]]:
    return {
        Sort.BEST: lambda row: (row.starts_at, row.id),
        Sort.PRICE: lambda row: (row.total_minor, row.starts_at, row.id),
        Sort.RATING: lambda row: (-weighted_rating(row.rating_sum, row.rating_count), row.starts_at, row.id),
    }[sort]


def _read(query: Select[Any]) -> list[ShownSession]:
    return [ShownSession(*row) for row in db.session.execute(query)]


def _asked(ask: Ask, window: Span, kept: Kept) -> Select[Any]:
    query = _sessions(window).limit(MOST)
    if ask.where.lower() == ONLINE:
        query = query.where(Session.online)
    elif ask.where:
        said = func.lower(ask.where)
        query = query.where(
            or_(func.lower(Venue.city) == said, func.lower(Venue.name) == said, func.lower(Merchant.name) == said)
        )
    if ask.type:
        query = query.where(Service.theme == ask.type)
    if ask.rating is not None:
        query = query.where(Service.rating_count > 0, Service.rating_sum >= ask.rating * Service.rating_count)
    needed = [*ask.amenities, *([Amenity.STEP_FREE.value] if ask.accessible else [])]
    if needed:
        query = query.where(has_amenities(needed))
    if ask.favourites:
        query = query.where(or_(Session.room_id == any_(ids(kept.rooms)), Session.venue_id == any_(ids(kept.venues))))
    return query


def _sessions(window: Span) -> Select[Any]:
    """Scheduled sessions of listed, public services that start within `window`, in the order of `ShownSession`."""
    return (
        select(
            Session.id,
            Session.title,
            Session.starts_at,
            Session.ends_at,
            Session.zone,
            Session.capacity,
            seats_gone(),
            Session.price_minor,
            Session.currency,
            Session.online,
            Service.theme,
            Service.rating_sum,
            Service.rating_count,
            Facilitator.name,
            Venue.name,
            Venue.city,
            Session.merchant_id,
            Session.venue_id,
            Session.service_id,
            func.coalesce(Facilitator.level, ""),
        )
        .join(Service, Service.id == Session.service_id)
        .join(Merchant, Merchant.id == Session.merchant_id)
        .outerjoin(Facilitator, Facilitator.id == Session.facilitator_id)
        .outerjoin(Venue, Venue.id == Session.venue_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(
            Session.state == "scheduled",
            Session.starts_at >= window.start,
            Session.starts_at < window.end,
            Service.listed,
            Service.private.is_(False),
            Merchant.listed,
        )
        .order_by(Session.starts_at, Session.id)
    )
