"""Programs that act for somebody: they sign in once, and exchange their refresh token for the next pair of tokens.

A refresh token is good once. One that comes a second time is in two hands, and nobody knows whose are the right ones:
the whole family ends.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update

from bookapp.audit.actions import record
from bookapp.identity import rules
from bookapp.identity.actions import links
from bookapp.identity.actions.proving import prove_factor
from bookapp.identity.actions.sign_ins import proven, still_open
from bookapp.identity.actor import ANONYMOUS, Actor
from bookapp.identity.errors import SecondFactorNeeded, TokenGone
from bookapp.identity.models import ApiToken, User
from bookapp.identity.queries import actor_of
from bookapp.identity.rules import TOKEN_LIFETIME, Proof, Scope, TokenKind
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound


@dataclass(frozen=True, slots=True)
class Issued:
    """A pair of tokens, which are stored nowhere else."""

    access_token: str
    refresh_token: str
    scopes: tuple[Scope, ...]


def issue_tokens(
    login: str, password: str, *, code: str = "", scopes: Collection[Scope] = tuple(Scope), agent: str, now: dt.datetime
) -> Issued:
    """Sign a program in by email or username; `agent` is its User-Agent, for the list.

    `code` is needed where the account has a second factor. Raises WrongSignIn, AccountClosed, and only after the right
    password SecondFactorNeeded, WrongCode, CodesPaused. Not one transaction by itself: a refusal must leave its row in
    the audit trail.
    """
    user = proven(login, password, now=now)
    if user.second_factor_at is not None:
        if not code:
            raise SecondFactorNeeded()
        prove_factor(user.id, Proof(code=code), now=now)
    return _issue(user.id, password, with_factor=bool(code), scopes=scopes, agent=agent, now=now)


def rotate_tokens(refresh_token: str, *, now: dt.datetime) -> Issued:
    """The next pair for this refresh token, which is used up. Raises TokenGone; what was used before ends its family.

    Not one transaction by itself: the end of a family must stay when the refusal is said.
    """
    issued = _rotate(refresh_token, now=now)
    if issued is None:
        raise TokenGone()
    return issued


@action
def revoke_family(actor: Actor, family: uuid.UUID, *, now: dt.datetime) -> None:
    """Sign a program of one's own out; one that has ended stays ended."""
    if _end(family, now=now, user_id=actor.user_id):
        record(actor, "user.program_ended", f"user:{actor.user_id}", {"family": str(family)})


@action
def end_program(actor: Actor, family: uuid.UUID, *, now: dt.datetime) -> None:
    """The same from the list of programs. Raises NotFound for anybody else's and for one that has ended."""
    if not _end(family, now=now, user_id=actor.user_id):
        raise NotFound()
    record(actor, "user.program_ended", f"user:{actor.user_id}", {"family": str(family)})


def open_family(user: User, scopes: Collection[Scope], *, agent: str, now: dt.datetime) -> Issued:
    """Inside an action, with the user locked: the first pair of a program that has proven whose it is."""
    family = uuid.uuid4()
    issued = _pair(user, family, scopes, agent=agent[: rules.LONGEST_AGENT], began_at=now, now=now)
    record(actor_of(user), "user.program_signed_in", f"user:{user.id}", {"family": str(family)})
    return issued


@action
def _issue(
    user_id: int, password: str, *, with_factor: bool, scopes: Collection[Scope], agent: str, now: dt.datetime
) -> Issued:
    user = still_open(user_id, password)
    if user.second_factor_at is not None and not with_factor:
        raise SecondFactorNeeded()  # switched on while this was under way
    return open_family(user, scopes, agent=agent, now=now)


@action
def _rotate(refresh_token: str, *, now: dt.datetime) -> Issued | None:
    # The account first, as everywhere: "sign out everywhere" beside this leaves no token behind.
    found = db.session.execute(
        select(ApiToken.id, ApiToken.user_id).where(
            ApiToken.token_hash == rules.token_hash(refresh_token), ApiToken.kind == TokenKind.REFRESH
        )
    ).one_or_none()
    if found is None:
        return None
    user = links.locked(found.user_id)
    token = db.session.get_one(ApiToken, found.id, populate_existing=True)
    if token.used_at is not None:
        if _end(token.family, now=now, user_id=user.id):
            record(ANONYMOUS, "user.program_token_reused", f"user:{user.id}", {"family": str(token.family)})
        return None
    is_over = token.ended_at is not None or token.expires_at <= now or token.user_version != user.version
    if is_over or user.disabled_at is not None:
        return None
    token.used_at = now
    scopes = [Scope(word) for word in token.scope.split()]
    return _pair(user, token.family, scopes, agent=token.agent, began_at=token.began_at, now=now)


def _pair(
    user: User, family: uuid.UUID, scopes: Collection[Scope], *, agent: str, began_at: dt.datetime, now: dt.datetime
) -> Issued:
    ordered = tuple(scope for scope in Scope if scope in scopes)
    made = {kind: secrets.token_urlsafe(32) for kind in TokenKind}
    db.session.add_all(
        ApiToken(
            user_id=user.id,
            family=family,
            kind=kind,
            token_hash=rules.token_hash(token),
            scope=" ".join(ordered),
            user_version=user.version,
            agent=agent,
            began_at=began_at,
            created_at=now,
            expires_at=now + TOKEN_LIFETIME[kind],
        )
        for kind, token in made.items()
    )
    db.session.flush()
    return Issued(made[TokenKind.ACCESS], made[TokenKind.REFRESH], ordered)


def _end(family: uuid.UUID, *, now: dt.datetime, user_id: int | None) -> bool:
    """Whether there was anything left of it to end."""
    ended = db.session.execute(
        update(ApiToken)
        .where(ApiToken.family == family, ApiToken.user_id == user_id, ApiToken.ended_at.is_(None))
        .values(ended_at=now)
        .returning(ApiToken.id)
    ).all()
    return bool(ended)
