"""Reads: who an account, a sign-in or a mailed link belongs to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from bookapp.identity import rules
from bookapp.identity.actor import Actor, Grant
from bookapp.identity.models import (
    WORDS,
    ApiToken,
    AuthenticatorApp,
    EmailLink,
    Passkey,
    RecoveryCode,
    SignIn,
    SignInStep,
    User,
)
from bookapp.identity.rules import Purpose, Scope, StepFor, TokenKind
from bookapp.infra.db import db
from bookapp.infra.sealing import unseal
from bookapp.infra.searching import words_begin

PER_PAGE = 50
APP_SECRET = "authenticator app"  # noqa: S105 - what the key is for
_OWN, _ADMIN = aliased(SignIn), aliased(User)
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
        has_second_factor=user.second_factor_at is not None,
    )


def actor_for_token(token: str, *, grants: ColumnElement[Any] = _NO_GRANTS) -> Actor | None:
    """Who is signed in with `token`; None when that sign-in has ended, is too old, or the account is closed.

    One query. Memberships live above this feature, so `grants` is a scalar subquery correlated with `User.id` that
    yields JSON [[role, merchant_id, venue_id], …] or null; whoever wires the application passes it.
    """
    row = db.session.execute(
        select(
            User.id, User.name, User.email, User.email_verified_at, User.is_admin, User.second_factor_at,
            grants.label("grants"), SignIn.impersonator_id,
        )
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.token_hash == rules.token_hash(token),
            SignIn.ended_at.is_(None),
            SignIn.user_version == User.version,
            SignIn.created_at > func.now() - rules.SIGN_IN_LIFETIME,
            User.disabled_at.is_(None),
            or_(SignIn.impersonator_id.is_(None), _admin_still_there()),
        )
    ).one_or_none()  # fmt: skip
    return _actor_in(row, impersonator_id=row.impersonator_id) if row else None


def _admin_still_there() -> ColumnElement[bool]:
    """Whoever acts as somebody does so for half an hour at most, and only while their own sign-in lasts."""
    return and_(
        SignIn.created_at > func.now() - rules.IMPERSONATION_LIFETIME,
        select(_OWN.id)
        .join(_ADMIN, _ADMIN.id == _OWN.user_id)
        .where(
            _OWN.id == SignIn.parent_id,
            _OWN.ended_at.is_(None),
            _OWN.user_version == _ADMIN.version,
            _OWN.created_at > func.now() - rules.SIGN_IN_LIFETIME,
            _ADMIN.disabled_at.is_(None),
            _ADMIN.is_admin,
        )
        .correlate(SignIn)
        .exists(),
    )


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
            User.id, User.name, User.email, User.email_verified_at, User.is_admin, User.second_factor_at,
            grants.label("grants"), ApiToken.scope, ApiToken.family,
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


def _actor_in(row: Row[Any], *, impersonator_id: int | None = None) -> Actor:
    return Actor(
        user_id=row.id,
        name=row.name,
        email=row.email,
        email_verified=row.email_verified_at is not None,
        is_admin=row.is_admin,
        grants=tuple(Grant(*values) for values in row.grants or ()),
        kind="user",
        impersonator_id=impersonator_id,
        has_second_factor=row.second_factor_at is not None,
    )


def sign_ins_of(user: User, *, now: dt.datetime) -> Sequence[SignIn]:
    """The browsers that are signed in to this account, the newest first; an admin's who acts as its owner as well."""
    return db.session.scalars(
        select(SignIn)
        .where(
            SignIn.user_id == user.id,
            SignIn.ended_at.is_(None),
            SignIn.user_version == user.version,
            SignIn.created_at > now - rules.SIGN_IN_LIFETIME,
            or_(SignIn.impersonator_id.is_(None), SignIn.created_at > now - rules.IMPERSONATION_LIFETIME),
        )
        .order_by(SignIn.created_at.desc(), SignIn.id.desc())
        .limit(50)
    ).all()


def impersonations_of(user: User) -> Sequence[SignIn]:
    """When an admin acted as this user, as long as it is kept, the latest first."""
    return db.session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user.id, SignIn.impersonator_id.is_not(None))
        .order_by(SignIn.created_at.desc(), SignIn.id.desc())
        .limit(20)
    ).all()


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account, and how many recovery codes are left: none without a factor."""

    app: AuthenticatorApp | None
    passkeys: Sequence[Passkey]
    codes_left: int

    @property
    def has_app(self) -> bool:
        """Whether an authenticator app is in use."""
        return self.app is not None and self.app.confirmed_at is not None

    @property
    def is_any(self) -> bool:
        """Whether signing in asks for one."""
        return self.has_app or bool(self.passkeys)


def factors_of(user_id: int) -> Factors:
    """What an account has beside its password."""
    return Factors(
        app=db.session.get(AuthenticatorApp, user_id, populate_existing=True),
        passkeys=db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all(),
        codes_left=db.session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        )
        or 0,
    )


def app_secret(app: AuthenticatorApp | None, *, now: dt.datetime) -> str | None:
    """The secret that is being set up, to be shown; None when there is none, or it lay about for too long."""
    if app is None or app.confirmed_at is not None or app.created_at <= now - rules.APP_SETUP_LIFETIME:
        return None
    return unseal(app.secret, APP_SECRET)


def step_begun(token: str, purpose: StepFor, *, now: dt.datetime) -> SignInStep | None:
    """The step of this token; None when it is finished, too old, or the account was closed or changed meanwhile."""
    return db.session.scalar(
        select(SignInStep)
        .outerjoin(User, User.id == SignInStep.user_id)
        .where(
            SignInStep.token_hash == rules.token_hash(token),
            SignInStep.purpose == purpose,
            SignInStep.used_at.is_(None),
            SignInStep.expires_at > now,
            or_(
                SignInStep.user_id.is_(None),
                and_(SignInStep.user_version == User.version, User.disabled_at.is_(None)),
            ),
        )
    )


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
