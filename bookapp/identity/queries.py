"""Reads: who an account, a sign-in or a mailed link belongs to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from bookapp.identity import rules
from bookapp.identity.actor import Actor, Grant
from bookapp.identity.models import WORDS, ApiToken, EmailLink, SignIn, User
from bookapp.identity.rules import Purpose, Scope, TokenKind
from bookapp.infra.db import db
from bookapp.infra.searching import words_begin

PER_PAGE = 50
_NO_GRANTS: ColumnElement[Any] = literal(None)


def user_by_id(user_id: int) -> User | None:
    """The account with this id, closed ones too."""
    return db.session.get(User, user_id)


def names_of(user_ids: Collection[int]) -> dict[int, str]:
    """What these accounts are called, in one query."""
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {row.id: row.name for row in rows}


def user_by_email(email: str) -> User | None:
    """The account with this email, in any spelling of it."""
    return db.session.scalar(select(User).where(User.email == rules.email_address(email)))


def user_by_login(login: str) -> User | None:
    """The account with this email or username; a username never has an @, so the two cannot be mixed up."""
    if "@" in login:
        return user_by_email(login)
    return db.session.scalar(select(User).where(User.username == login.strip().lower()))


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of accounts, the newest first, and how many pages there are."""

    users: Sequence[User]
    total: int

    @property
    def pages(self) -> int:
        """How many pages, one at least."""
        return max(1, -(-self.total // PER_PAGE))


def users_found(text: str = "", *, only: str = "", page: int = 1) -> UserPage:
    """Accounts by how the words of a name, an email or a username begin; `only` "admins" or "closed" ones."""
    where: list[ColumnElement[bool]] = [words_begin(WORDS, text)] if text else []
    if only == "admins":
        where.append(User.is_admin)
    elif only == "closed":
        where.append(User.disabled_at.is_not(None))
    total = db.session.scalar(select(func.count()).select_from(User).where(*where)) or 0
    users = db.session.scalars(
        select(User).where(*where).order_by(User.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    ).all()
    return UserPage(users, total)


def actor_of(user: User, grants: Iterable[Grant] = ()) -> Actor:
    """The user, doing something with these roles."""
    return Actor(
        user_id=user.id,
        name=user.name,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        is_admin=user.is_admin,
        grants=tuple(grants),
        kind="user",
    )


def actor_for_token(token: str, *, grants: ColumnElement[Any] = _NO_GRANTS) -> Actor | None:
    """Who is signed in with `token`; None when that sign-in has ended, is too old, or the account is closed.

    One query. Memberships live above this feature, so `grants` is a scalar subquery correlated with `User.id` that
    yields JSON [[role, merchant_id, venue_id], …] or null; whoever wires the application passes it.
    """
    row = db.session.execute(
        select(User.id, User.name, User.email, User.email_verified_at, User.is_admin, grants.label("grants"))
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.token_hash == rules.token_hash(token),
            SignIn.ended_at.is_(None),
            SignIn.user_version == User.version,
            SignIn.created_at > func.now() - rules.SIGN_IN_LIFETIME,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    return _actor_in(row) if row else None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows an access token, what it may be used for, and the family it belongs to."""

    actor: Actor
    scopes: frozenset[Scope]
    family: uuid.UUID


def actor_for_access_token(token: str, *, grants: ColumnElement[Any] = _NO_GRANTS) -> Bearer | None:
    """Who acts through the program that shows `token`; None when it has ended, expired, or the account is closed.

    One query; `grants` as in `actor_for_token`.
    """
    row = db.session.execute(
        select(
            User.id, User.name, User.email, User.email_verified_at, User.is_admin, grants.label("grants"),
            ApiToken.scope, ApiToken.family,
        )
        .join(ApiToken, ApiToken.user_id == User.id)
        .where(
            ApiToken.token_hash == rules.token_hash(token),
            ApiToken.kind == TokenKind.ACCESS,
            ApiToken.ended_at.is_(None),
            ApiToken.user_version == User.version,
            ApiToken.expires_at > func.now(),
            User.disabled_at.is_(None),
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    return Bearer(_actor_in(row), frozenset(Scope(word) for word in row.scope.split()), row.family)


def programs_of(user: User, *, now: dt.datetime) -> Sequence[Row[tuple[uuid.UUID, str, str, dt.datetime, dt.datetime]]]:
    """The programs signed in to this account, the newest first: family, agent, scope, began_at, created_at.

    Each has one refresh token that is still good, made (created_at) when it last asked for new ones.
    """
    return db.session.execute(
        select(ApiToken.family, ApiToken.agent, ApiToken.scope, ApiToken.began_at, ApiToken.created_at)
        .where(
            ApiToken.user_id == user.id,
            ApiToken.kind == TokenKind.REFRESH,
            ApiToken.used_at.is_(None),
            ApiToken.ended_at.is_(None),
            ApiToken.user_version == user.version,
            ApiToken.expires_at > now,
        )
        .order_by(ApiToken.began_at.desc(), ApiToken.id.desc())
        .limit(50)
    ).all()


def _actor_in(row: Row[Any]) -> Actor:
    return Actor(
        user_id=row.id,
        name=row.name,
        email=row.email,
        email_verified=row.email_verified_at is not None,
        is_admin=row.is_admin,
        grants=tuple(Grant(*values) for values in row.grants or ()),
        kind="user",
    )


def sign_ins_of(user: User, *, now: dt.datetime) -> Sequence[Row[tuple[int, str, str, dt.datetime]]]:
    """The browsers that are signed in to this account, the newest first: id, token_hash, agent, created_at."""
    return db.session.execute(
        select(SignIn.id, SignIn.token_hash, SignIn.agent, SignIn.created_at)
        .where(
            SignIn.user_id == user.id,
            SignIn.ended_at.is_(None),
            SignIn.user_version == user.version,
            SignIn.created_at > now - rules.SIGN_IN_LIFETIME,
        )
        .order_by(SignIn.created_at.desc(), SignIn.id.desc())
        .limit(50)
    ).all()


def owner_of_link(token: str, purpose: Purpose, *, now: dt.datetime) -> tuple[User, str] | None:
    """Whose link this is and the email it is about; None when it is used, expired, of another purpose, or unknown."""
    row = db.session.execute(
        select(User, EmailLink.email)
        .join(EmailLink, EmailLink.user_id == User.id)
        .where(
            EmailLink.token_hash == rules.token_hash(token),
            EmailLink.purpose == purpose,
            EmailLink.used_at.is_(None),
            EmailLink.expires_at > now,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None
