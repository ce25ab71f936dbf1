"""The register: every booking that an actor may serve, filtered, searched and added up.

Served by ix_booking_merchant_id_starts_at_ends_at where times are given (for admins by ix_booking_starts_at_ends_at):
they hold all that is added up. Served by ix_booking_house_words where words are searched for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, null, or_, select

from bookapp.booking.models import WORDS, Booking
from bookapp.booking.queries.lists import served_by
from bookapp.booking.rules.bookings import REF_ALPHABET, REF_LENGTH
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.catalog.queries import host_of_account, in_reach
from bookapp.identity.actor import Actor, Grant
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.infra.searching import words_begin
from bookapp.values.money import Money
from bookapp.values.timespan import Span

PER_PAGE = 50
# A retreat may last weeks. What is longer than this is found by its start only.
LONGEST = dt.timedelta(days=60)
# A file of more is of no use to a spreadsheet; a shorter span is.
MOST_IN_FILE = 10_000
_REF = re.compile(f"[{REF_ALPHABET}]{{{REF_LENGTH}}}")
# What has so many digits, and so few other characters between them, is a telephone number.
_LEAST_DIGITS = 4
_MOST_MARKS = 4
_B = Booking.__table__.c


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What of the register is wanted; empty values want everything. `start` and `end` are instants, half-open."""

    text: str = ""
    state: str = ""
    kind: str = ""
    room_id: int | None = None
    merchant_id: int | None = None
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    latest_first: bool = False


class Entry(NamedTuple):
    """One booking, as the register and its file tell it."""

    id: int
    ref: str
    state: str
    name: str
    email: str
    phone: str
    title: str
    place: str
    host: str
    people: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    zone: str
    currency: str
    total_minor: int

    @property
    def span(self) -> Span:
        """When it takes place."""
        return Span(self.starts_at, self.ends_at)

    @property
    def total(self) -> Money:
        """What was agreed."""
        return Money(self.total_minor, self.currency)


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """One page of it: how many there are, and what they come to in each currency."""

    rows: Sequence[Entry]
    total: int
    sums: Sequence[Money]

    @property
    def pages(self) -> int:
        """How many pages, one at least."""
        return max(1, -(-self.total // PER_PAGE))


def register(actor: Actor, wanted: RegisterFilter, page: int = 1) -> RegisterPage:
    """One page of the bookings that fit, in two queries."""
    where, skipped = _where(actor, wanted), (page - 1) * PER_PAGE
    if wanted.text:
        counted, ids = _looked_up(where, wanted, skipped)
        rows = _entries(wanted).where(_B.id.in_(ids))
    else:
        counted = db.session.execute(_counted(_B).where(*where)).all()
        rows = _entries(wanted).where(*where).limit(PER_PAGE).offset(skipped)
    return RegisterPage(
        _as_entries(rows),
        sum(count for _currency, count, _minor in counted),
        [Money(int(minor), currency) for currency, _count, minor in counted],
    )


def each_of_register(actor: Actor, wanted: RegisterFilter) -> Sequence[Entry]:
    """The first MOST_IN_FILE bookings that fit, for a file."""
    return _as_entries(_entries(wanted).where(*_where(actor, wanted)).limit(MOST_IN_FILE))


def refs_of_register(actor: Actor, wanted: RegisterFilter, *, limit: int) -> Sequence[str]:
    """The refs of the first `limit` bookings that fit."""
    return db.session.scalars(
        select(Booking.ref).where(*_where(actor, wanted)).order_by(*_order(_B, wanted)).limit(limit)
    ).all()


def rooms_of_register(actor: Actor) -> Sequence[tuple[int, str]]:
    """The rooms an actor may filter by: (id, "Linden, Kastanienhof Mitte"), by venue and name."""
    # All rooms of a platform are no list to choose from.
    return () if actor.is_admin else _rooms(actor.grants)


def merchants_of_register(actor: Actor) -> Sequence[tuple[int, str]]:
    """The merchants an actor may filter by: (id, name)."""
    return _merchants(None if actor.is_admin else frozenset(grant.merchant_id for grant in actor.grants))


def zone_of_register(actor: Actor) -> str:
    """Whose days a filter by day means: those of the actor's house, when there is one only; else UTC's."""
    houses = {grant.merchant_id for grant in actor.grants}
    return "UTC" if actor.is_admin or len(houses) != 1 else _zone(houses.pop())


def is_ref(text: str) -> bool:
    """Whether this is how a ref is written, in any case."""
    return _REF.fullmatch(text.upper()) is not None


@remembered()
def _rooms(grants: tuple[Grant, ...]) -> Sequence[tuple[int, str]]:
    rows = db.session.execute(
        select(Room.id, Room.name, Venue.name)
        .join(Venue, Venue.id == Room.venue_id)
        .where(in_reach(Actor(grants=grants), merchant_id=Venue.merchant_id, venue_id=Venue.id, facilitator_id=null()))
        .order_by(Venue.name, Room.name, Room.id)
    )
    return tuple((room_id, f"{room}, {venue}") for room_id, room, venue in rows)


@remembered()
def _merchants(ids: frozenset[int] | None) -> Sequence[tuple[int, str]]:
    mine = select(Merchant.id, Merchant.name).order_by(Merchant.name, Merchant.id)
    if ids is not None:
        mine = mine.where(Merchant.id.in_(ids))
    return tuple((merchant_id, name) for merchant_id, name in db.session.execute(mine))


@remembered()
def _zone(merchant_id: int) -> str:
    return db.session.scalars(select(Merchant.zone).where(Merchant.id == merchant_id)).one()


def _houses(actor: Actor, wanted: RegisterFilter) -> set[int]:
    """The houses among whose bookings the actor's are."""
    houses = {merchant_id for merchant_id, _name in merchants_of_register(actor)}
    host = None if actor.user_id is None else host_of_account(actor.user_id)
    if host is not None:
        houses.add(host.merchant_id)
    return houses if wanted.merchant_id is None else houses & {wanted.merchant_id}


def _where(actor: Actor, wanted: RegisterFilter) -> list[ColumnElement[bool]]:
    where = [served_by(actor, is_by_words=bool(wanted.text))]
    if wanted.merchant_id is not None:
        where.append(Booking.merchant_id == wanted.merchant_id)
    if wanted.room_id is not None:
        where.append(Booking.room_id == wanted.room_id)
    if wanted.kind:
        where.append(Booking.kind == wanted.kind)
    # What expired was never anybody's; it is shown only to who asks for it.
    where.append(Booking.state == wanted.state if wanted.state else Booking.state != BookingState.EXPIRED)
    if wanted.start is not None:
        where.append(Booking.ends_at > wanted.start)
        # So that the index on the start has a place to begin.
        where.append(Booking.starts_at > wanted.start - LONGEST)
    if wanted.end is not None:
        where.append(Booking.starts_at < wanted.end)
    if wanted.text:
        where.append(_searched(wanted.text, _houses(actor, wanted)))
    return where


def _searched(text: str, houses: Collection[int]) -> ColumnElement[bool]:
    """A ref, or words that each begin a word of the name, the email, or the digits of a phone."""
    if is_ref(text):
        return or_(Booking.ref == text.upper(), words_begin(WORDS, text, owners=houses))
    digits = re.sub(r"\D", "", text)
    is_phone = len(digits) >= _LEAST_DIGITS and len(digits) >= len(re.sub(r"\s", "", text)) - _MOST_MARKS
    return words_begin(WORDS, digits if is_phone else text, owners=houses)


def _looked_up(
    where: Sequence[ColumnElement[bool]], wanted: RegisterFilter, skipped: int
) -> tuple[Sequence[Row[Any]], Sequence[int]]:
    """The counts of what fits and the ids of one page of it. To look words up is what costs, so it is done once."""
    found = select(_B.id, _B.starts_at, _B.currency, _B.total_minor).where(*where).cte("found")
    of_page = select(found.c.id).order_by(*_order(found.c, wanted)).limit(PER_PAGE).offset(skipped).subquery("of_page")
    ids = select(func.array_agg(of_page.c.id)).scalar_subquery()
    counted = db.session.execute(_counted(found.c).add_columns(ids)).all()
    return [row[:3] for row in counted], (counted[0][3] or ()) if counted else ()


def _counted(among: Any) -> Select[Any]:
    return (
        select(among.currency, func.count(), func.sum(among.total_minor))
        .group_by(among.currency)
        .order_by(among.currency)
    )


def _entries(wanted: RegisterFilter) -> Select[Any]:
    return select(*(_B[name] for name in Entry._fields)).order_by(*_order(_B, wanted))


def _as_entries(rows: Select[Any]) -> list[Entry]:
    return [Entry(*row) for row in db.session.execute(rows)]


def _order(among: Any, wanted: RegisterFilter) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    if wanted.latest_first:
        return among.starts_at.desc(), among.id.desc()
    return among.starts_at.asc(), among.id.asc()
