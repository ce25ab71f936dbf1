"""Who works for a merchant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, select

from bookapp.catalog.models import Facilitator, Membership, Venue
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.infra.idempotency import fingerprint
from bookapp.members.rules import Post
from bookapp.values.errors import NotFound


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody, all they are at one merchant (with the venue's name, "" for all), and since when.

    `host` is the person of the catalogue whose account this is: (id, name), or None; `newest` the row of their
    latest role.
    """

    user_id: int
    name: str
    email: str
    is_closed: bool
    posts: tuple[tuple[Post, str], ...]
    host: tuple[int, str] | None
    since: dt.datetime
    newest: int

    @property
    def version(self) -> str:
        """Changes with their roles: an edit form carries the one it was made of (guarantees.md 13)."""
        return fingerprint(posts=sorted(repr(post) for post, _venue in self.posts), host=self.host)[:16]


def members_of(merchant_id: int) -> list[Member]:
    """Everybody with a role at this merchant, by name. One query."""
    rows = _rows(merchant_id)
    return [_member([row for row in rows if row.user_id == user_id]) for user_id in {row.user_id: None for row in rows}]


def member_of(merchant_id: int, user_id: int) -> Member:
    """One of them. Raises NotFound for somebody without a role there."""
    rows = _rows(merchant_id, user_id)
    if not rows:
        raise NotFound
    return _member(rows)


def hosts_without_account(merchant_id: int) -> list[tuple[int, str]]:
    """The facilitators of a house who cannot sign in yet, by name: (id, name)."""
    rows = db.session.execute(
        select(Facilitator.id, Facilitator.name)
        .where(Facilitator.merchant_id == merchant_id, Facilitator.user_id.is_(None))
        .order_by(Facilitator.name, Facilitator.id)
    )
    return [(person_id, name) for person_id, name in rows]


def venue_names(merchant_id: int) -> list[tuple[int, str]]:
    """The venues of a house, listed or not, by name: (id, name)."""
    rows = db.session.execute(
        select(Venue.id, Venue.name).where(Venue.merchant_id == merchant_id).order_by(Venue.name, Venue.id)
    )
    return [(venue_id, name) for venue_id, name in rows]


def _rows(merchant_id: int, user_id: int | None = None) -> Sequence[Row[Any]]:
    query = (
        select(
            Membership.id, Membership.user_id, Membership.role, Membership.venue_id, Membership.created_at,
            Venue.name.label("venue"), User.name, User.email, User.disabled_at,
            Facilitator.id.label("host_id"), Facilitator.name.label("host"),
        )
        .join(User, User.id == Membership.user_id)
        .outerjoin(Venue, Venue.id == Membership.venue_id)
        .outerjoin(
            Facilitator, and_(Facilitator.user_id == Membership.user_id, Facilitator.merchant_id == merchant_id)
        )
        .where(Membership.merchant_id == merchant_id)
        .order_by(User.name, User.id, Membership.role.desc(), Venue.name, Membership.id)
    )  # fmt: skip
    return db.session.execute(query if user_id is None else query.where(Membership.user_id == user_id)).all()


def _member(rows: Sequence[Row[Any]]) -> Member:
    first = rows[0]
    return Member(
        user_id=first.user_id,
        name=first.name,
        email=first.email,
        is_closed=first.disabled_at is not None,
        posts=tuple((Post(row.role, row.venue_id), row.venue or "") for row in rows),
        host=(first.host_id, first.host) if first.host_id else None,
        since=min(row.created_at for row in rows),
        newest=max(row.id for row in rows),
    )
