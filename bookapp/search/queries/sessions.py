"""Sessions: what starts on the asked day with seats left, and what comes next when that is little."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    not_,
    or_,
    select,
)

from bookapp.booking.queries import seat_totals
from bookapp.catalog.models import Room, Service
from bookapp.catalog.states import Amenity
from bookapp.favourites.queries import Kept
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.timeslots import seats_gone
from bookapp.search.queries.stage import Stage, stage
from bookapp.search.queries.times import Times, times
from bookapp.search.rules.ask import Ask, ClockTrouble, Sort
from bookapp.search.rules.fit import FEW, Miss, Missing, weighted_rating
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall

NOTHING, NO_QUESTION = Kept(), Ask()
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
    """The sessions for `ask`, soonest first: one query. Without a day, those of the next fortnight."""
    rows = _read(_window(ask, now), MOST, ask, kept)
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
    return _priced(_read(Span(now, now + AHEAD), limit), 1, now)


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


def _read(window: Span, limit: int, ask: Ask = NO_QUESTION, kept: Kept = NOTHING) -> list[ShownSession]:
    """Scheduled sessions of listed, public services that start within `window`, soonest first.

    What they are of and where is remembered: only they themselves are read, and whether the room of a timeslot is gone.
    """
    is_online = ask.where.lower() == ONLINE
    where = "" if is_online else ask.where
    needed = frozenset([*ask.amenities, *([Amenity.STEP_FREE.value] if ask.accessible else [])])
    among = stage(where, ask.type, ask.rating, needed)
    rows = db.session.execute(
        _SESSIONS,
        {
            "starts": window.start,
            "ends": window.end,
            "services": among.services_array,
            "is_anywhere": not where,
            "venues": list(among.there),
            "merchants": list(among.theirs),
            "is_online": is_online,
            "is_any_room": not needed,
            "rooms": list(among.rooms),
            "is_any_kept": not ask.favourites,
            "kept_rooms": sorted(kept.rooms),
            "kept_venues": sorted(kept.venues),
            "most": limit,
        },
    )
    return [_shown(row, among) for row in rows]


def _shown(row: Any, among: Stage) -> ShownSession:
    service = among.services[row.service_id]
    host = among.hosts.get(row.facilitator_id)
    venue = among.venues.get(row.venue_id)
    return ShownSession(
        id=row.id,
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        capacity=row.capacity,
        seats_taken=row.seats_gone,
        price_minor=row.price_minor,
        currency=row.currency,
        online=row.online,
        theme=service.theme,
        rating_sum=service.rating_sum,
        rating_count=service.rating_count,
        facilitator=host and host.name,
        venue=venue and venue.name,
        city=venue and venue.city,
        merchant_id=row.merchant_id,
        venue_id=row.venue_id,
        service_id=row.service_id,
        level=host.level if host else "",
    )


def _sessions() -> Select[Any]:
    """Over the index of starts. Each condition that may not be asked for stands beside the word that it is not."""
    one = Session.__table__.c
    names = (
        "id", "title", "starts_at", "ends_at", "zone", "capacity", "price_minor", "currency", "online",
        "facilitator_id", "venue_id", "merchant_id", "service_id",
    )  # fmt: skip

    def among(column: Any, values: str) -> Any:
        return column == any_(cast(bindparam(values, type_=ARRAY(BigInteger)), ARRAY(BigInteger)))

    def flag(name: str) -> Any:
        return bindparam(name, type_=Boolean)

    return (
        select(*(one[name] for name in names), seats_gone().label("seats_gone"))
        .join(Service, Service.id == one.service_id)
        .outerjoin(Room, Room.id == one.room_id)
        .where(
            one.state == "scheduled",
            one.starts_at >= bindparam("starts", type_=DateTime(timezone=True)),
            one.starts_at < bindparam("ends", type_=DateTime(timezone=True)),
            one.service_id == any_(cast(bindparam("services", type_=Text), ARRAY(BigInteger))),
            or_(flag("is_anywhere"), among(one.venue_id, "venues"), among(one.merchant_id, "merchants")),
            or_(not_(flag("is_online")), one.online),
            or_(flag("is_any_room"), among(one.room_id, "rooms")),
            or_(flag("is_any_kept"), among(one.room_id, "kept_rooms"), among(one.venue_id, "kept_venues")),
        )
        .order_by(one.starts_at, one.id)
        .limit(bindparam("most", type_=Integer))
    )


# Put together once: that costs as much as to send it.
_SESSIONS = _sessions()
