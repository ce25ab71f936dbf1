"""The register: every booking that an actor may serve, filtered, searched and added up.

Served by ix_booking_merchant_id_starts_at where times are given (for admins by ix_booking_starts_at_ends_at, which
holds all that is added up), by ix_booking_words where words are searched for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, null, or_, select
from sqlalchemy.orm import Load, load_only

from bookapp.booking.models import WORDS, Booking
from bookapp.booking.queries.lists import served_by
from bookapp.booking.rules.bookings import REF_ALPHABET, REF_LENGTH
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.catalog.queries import in_reach
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.infra.searching import words_begin
from bookapp.values.money import Money

PER_PAGE = 50
# A retreat may last weeks. What is longer than this is found by its start only.
LONGEST = dt.timedelta(days=60)
# A file of more is of no use to a spreadsheet; a shorter span is.
MOST_IN_FILE = 10_000
_REF = re.compile(f"[{REF_ALPHABET}]{{{REF_LENGTH}}}")
# What has so many digits, and so few other characters between them, is a telephone number.
_LEAST_DIGITS = 4
_MOST_MARKS = 4


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


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """One page of it: how many there are, and what they come to in each currency."""

    rows: Sequence[Booking]
    total: int
    sums: Sequence[Money]

    @property
    def pages(self) -> int:
        """How many pages, one at least."""
        return max(1, -(-self.total // PER_PAGE))


def register(actor: Actor, wanted: RegisterFilter, page: int = 1) -> RegisterPage:
    """One page of the bookings that fit, in two queries."""
    where = _where(actor, wanted)
    counted = db.session.execute(
        select(Booking.currency, func.count(), func.sum(Booking.total_minor))
        .where(*where)
        .group_by(Booking.currency)
        .order_by(Booking.currency)
    ).all()
    rows = db.session.scalars(
        select(Booking)
        .where(*where)
        .order_by(*_order(wanted))
        .options(_columns())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    sums = [Money(int(minor), currency) for currency, _count, minor in counted]
    return RegisterPage(rows, sum(count for _currency, count, _minor in counted), sums)


def each_of_register(actor: Actor, wanted: RegisterFilter) -> Sequence[Booking]:
    """The first MOST_IN_FILE bookings that fit, for a file."""
    return db.session.scalars(
        select(Booking).where(*_where(actor, wanted)).order_by(*_order(wanted)).options(_columns()).limit(MOST_IN_FILE)
    ).all()


def refs_of_register(actor: Actor, wanted: RegisterFilter, *, limit: int) -> Sequence[str]:
    """The refs of the first `limit` bookings that fit."""
    return db.session.scalars(
        select(Booking.ref).where(*_where(actor, wanted)).order_by(*_order(wanted)).limit(limit)
    ).all()


def rooms_of_register(actor: Actor) -> list[tuple[int, str]]:
    """The rooms an actor may filter by: (id, "Linden, Kastanienhof Mitte"), by venue and name."""
    if actor.is_admin:
        return []  # all rooms of a platform are no list to choose from
    rows = db.session.execute(
        select(Room.id, Room.name, Venue.name)
        .join(Venue, Venue.id == Room.venue_id)
        .where(in_reach(actor, merchant_id=Venue.merchant_id, venue_id=Venue.id, facilitator_id=null()))
        .order_by(Venue.name, Room.name, Room.id)
    )
    return [(room_id, f"{room}, {venue}") for room_id, room, venue in rows]


def merchants_of_register(actor: Actor) -> list[tuple[int, str]]:
    """The merchants an actor may filter by: (id, name)."""
    mine = select(Merchant.id, Merchant.name).order_by(Merchant.name, Merchant.id)
    if not actor.is_admin:
        mine = mine.where(Merchant.id.in_({grant.merchant_id for grant in actor.grants}))
    return [(merchant_id, name) for merchant_id, name in db.session.execute(mine)]


def zone_of_register(actor: Actor) -> str:
    """Whose days a filter by day means: those of the actor's house, when there is one only; else UTC's."""
    houses = {grant.merchant_id for grant in actor.grants}
    if actor.is_admin or len(houses) != 1:
        return "UTC"
    return db.session.scalars(select(Merchant.zone).where(Merchant.id == houses.pop())).one()


def is_ref(text: str) -> bool:
    """Whether this is how a ref is written, in any case."""
    return _REF.fullmatch(text.upper()) is not None


def _where(actor: Actor, wanted: RegisterFilter) -> list[ColumnElement[bool]]:
    where = [served_by(actor)]
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
        where.append(_searched(wanted.text))
    return where


def _searched(text: str) -> ColumnElement[bool]:
    """A ref, or words that each begin a word of the name, the email, or the digits of a phone."""
    if is_ref(text):
        return or_(Booking.ref == text.upper(), words_begin(WORDS, text))
    digits = re.sub(r"\D", "", text)
    is_phone = len(digits) >= _LEAST_DIGITS and len(digits) >= len(re.sub(r"\s", "", text)) - _MOST_MARKS
    return words_begin(WORDS, digits if is_phone else text)


def _order(wanted: RegisterFilter) -> tuple[ColumnElement[dt.datetime], ColumnElement[int]]:
    if wanted.latest_first:
        return Booking.starts_at.desc(), Booking.id.desc()
    return Booking.starts_at.asc(), Booking.id.asc()


def _columns() -> Load:
    return load_only(
        Booking.ref, Booking.state, Booking.kind, Booking.name, Booking.email, Booking.phone, Booking.title,
        Booking.place, Booking.host, Booking.people, Booking.starts_at, Booking.ends_at, Booking.zone,
        Booking.currency, Booking.total_minor, Booking.due_now_minor, Booking.hold_expires_at, Booking.paying_until,
        Booking.merchant_id,
    )  # fmt: skip
