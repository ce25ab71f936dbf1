"""Merchants as an admin looks for them, and one of them in figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator, Membership, Merchant, Room, Service, Venue
from bookapp.catalog.models.places import MERCHANT_WORDS
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.infra.searching import words_begin
from bookapp.payments.models import Account
from bookapp.values.errors import NotFound
from bookapp.values.money import Money

PER_PAGE = 50
# Beyond this a page says "1000+": a house of years need not be counted to the last booking for a look at it.
MOST_COUNTED = 1000
LATELY = dt.timedelta(days=30)
STANDINGS = ("open", "closed")


@dataclass(frozen=True, slots=True)
class MerchantPage:
    """One page of merchants by name, how many there are, and by id how many venues and which owners they have."""

    merchants: Sequence[Merchant]
    total: int
    venues: dict[int, int]
    owners: dict[int, list[str]]

    @property
    def pages(self) -> int:
        """How many pages, one at least."""
        return max(1, -(-self.total // PER_PAGE))


def merchants_found(text: str = "", *, only: str = "", page: int = 1) -> MerchantPage:
    """Merchants by how the words of a name, an address or an email begin; `only` "open" or "closed". Four queries."""
    where: list[ColumnElement[bool]] = [words_begin(MERCHANT_WORDS, text)] if text else []
    if only:
        where.append(Merchant.closed_at.is_not(None) if only == "closed" else Merchant.closed_at.is_(None))
    total = db.session.scalar(select(func.count()).select_from(Merchant).where(*where)) or 0
    found = db.session.scalars(
        select(Merchant)
        .where(*where)
        .order_by(Merchant.name, Merchant.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    ids = [merchant.id for merchant in found]
    venues = db.session.execute(
        select(Venue.merchant_id, func.count()).where(Venue.merchant_id.in_(ids)).group_by(Venue.merchant_id)
    )
    return MerchantPage(found, total, {row[0]: row[1] for row in venues}, _owners(ids))


def merchant_by_id(merchant_id: int) -> Merchant:
    """A merchant, listed or not. Raises NotFound."""
    merchant = db.session.get(Merchant, merchant_id, populate_existing=True)
    if merchant is None:
        raise NotFound
    return merchant


def owners_of(merchant_id: int) -> Sequence[User]:
    """Who owns it and can sign in, by name."""
    return db.session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.merchant_id == merchant_id, Membership.role == "owner", User.disabled_at.is_(None))
        .order_by(User.name, User.id)
    ).all()


@dataclass(frozen=True, slots=True)
class MerchantFigures:
    """A house in figures. Of bookings no more than MOST_COUNTED + 1 are counted; `owed` is what it has to get."""

    venues: int
    rooms: int
    services: int
    people: int
    members: int
    bookings_lately: int
    bookings_ahead: int
    owed: tuple[Money, ...]


def figures_of(merchant_id: int, *, now: dt.datetime) -> MerchantFigures:
    """Two queries, whatever the house has sold: bookings by the index on merchant and start, and only so many."""
    rooms = select(func.count()).select_from(Room).join(Venue).where(Venue.merchant_id == merchant_id)
    counts = db.session.execute(
        select(
            *(
                select(func.count()).select_from(table).where(table.merchant_id == merchant_id).scalar_subquery()
                for table in (Venue, Service, Facilitator)
            ),
            rooms.scalar_subquery(),
            select(func.count(Membership.user_id.distinct()))
            .where(Membership.merchant_id == merchant_id)
            .scalar_subquery(),
            _bookings(merchant_id, Booking.starts_at >= now - LATELY, Booking.starts_at < now),
            _bookings(merchant_id, Booking.starts_at >= now),
        )
    ).one()
    venues, services, people, count_of_rooms, members, lately, ahead = counts
    owed = db.session.scalars(
        select(Account).where(Account.kind == "receivable", Account.owner_id == merchant_id).order_by(Account.currency)
    )
    return MerchantFigures(
        venues=venues,
        rooms=count_of_rooms,
        services=services,
        people=people,
        members=members,
        bookings_lately=lately,
        bookings_ahead=ahead,
        owed=tuple(account.balance for account in owed),
    )


def _bookings(merchant_id: int, *when: ColumnElement[bool]) -> Any:
    some = (
        select(Booking.id)
        .where(Booking.merchant_id == merchant_id, Booking.state.in_(("confirmed", "completed", "no_show")), *when)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def _owners(merchant_ids: Collection[int]) -> dict[int, list[str]]:
    rows = db.session.execute(
        select(Membership.merchant_id, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.merchant_id.in_(merchant_ids), Membership.role == "owner")
        .order_by(User.name)
    )
    found: dict[int, list[str]] = {}
    for merchant_id, name in rows:
        found.setdefault(merchant_id, []).append(name)
    return found
