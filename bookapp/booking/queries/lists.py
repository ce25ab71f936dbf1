"""Long lists of bookings, a page at a time and counted by state: one's own, or those one serves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select

from bookapp.booking.models import Booking
from bookapp.booking.queries.bookings import among_ones_own
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Merchant
from bookapp.catalog.queries import in_reach
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.payments.queries import Balance, balances


@dataclass(frozen=True, slots=True)
class Ask:
    """What of the bookings is asked for: None is any. `since` and `until` bound the start, the end excluded."""

    state: str | None = None
    venue_id: int | None = None
    room_id: int | None = None
    facilitator_id: int | None = None
    session_id: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Everything but the state, which the counts go by."""
        same = {
            Booking.venue_id: self.venue_id,
            Booking.room_id: self.room_id,
            Booking.facilitator_id: self.facilitator_id,
            Booking.session_id: self.session_id,
        }
        wanted = [column == value for column, value in same.items() if value is not None]
        if self.since is not None:
            wanted.append(Booking.starts_at >= self.since)
        if self.until is not None:
            wanted.append(Booking.starts_at < self.until)
        return wanted


@dataclass(frozen=True, slots=True)
class BookingPage:
    """One page, the latest start first; `counts` are by state over all pages and whatever state was asked for."""

    bookings: Sequence[Booking]
    money: Mapping[str, Balance]
    counts: Mapping[BookingState, int]
    total: int


def own_page(actor: Actor, ask: Ask, *, page: int, limit: int) -> BookingPage:
    """The actor's own bookings, and those they take part in. Four queries."""
    return _page(among_ones_own(actor), ask, page=page, limit=limit)


def served_page(actor: Actor, ask: Ask, *, page: int, limit: int) -> BookingPage:
    """The bookings this actor serves: all, those of their merchant or venues, or what they host. Four queries."""
    whose = served_by(actor)
    if actor.is_admin:
        # By merchant, so that their index on the start serves an admin as well.
        whose = and_(whose, Booking.merchant_id.in_(select(Merchant.id)))
    return _page(whose, ask, page=page, limit=limit)


def served_by(actor: Actor, *, is_by_words: bool = False) -> ColumnElement[bool]:
    """The same answer as `policy.may_serve`, for many at once.

    Who looks for words has read their houses' only: then the house is looked at row by row, or its whole index would
    be read beside that of the words.
    """
    return in_reach(
        actor,
        merchant_id=Booking.merchant_id + 0 if is_by_words else Booking.merchant_id,
        venue_id=Booking.venue_id,
        facilitator_id=Booking.facilitator_id,
    )


def _page(whose: ColumnElement[bool], ask: Ask, *, page: int, limit: int) -> BookingPage:
    among = and_(whose, *ask.conditions())
    found = db.session.execute(select(Booking.state, func.count()).where(among).group_by(Booking.state)).all()
    counts = dict.fromkeys(BookingState, 0) | {BookingState(state): number for state, number in found}
    wanted = select(Booking).where(among)
    if ask.state:
        wanted = wanted.where(Booking.state == ask.state)
    latest_first = wanted.order_by(Booking.starts_at.desc(), Booking.id.desc())
    rows = db.session.scalars(latest_first.limit(limit).offset((page - 1) * limit)).all()
    return BookingPage(
        rows,
        balances([row.ref for row in rows], {row.ref: row.currency for row in rows}),
        counts,
        counts[BookingState(ask.state)] if ask.state else sum(counts.values()),
    )
