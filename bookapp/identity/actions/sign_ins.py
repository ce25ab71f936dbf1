"""Signing in and out. The browser holds a random token, the row its hash; ending the row ends the browser's."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace

from sqlalchemy import update

from bookapp.audit.actions import record
from bookapp.identity import passwords, rules
from bookapp.identity.actions import links, steps
from bookapp.identity.actor import ANONYMOUS, Actor
from bookapp.identity.errors import AccountClosed, SecondFactorNeeded, WrongSignIn
from bookapp.identity.models import ApiToken, SignIn, User
from bookapp.identity.queries import actor_of, user_by_login
from bookapp.identity.rules import Factor, StepFor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound


def sign_in(login: str, password: str, *, agent: str, now: dt.datetime, address: str = "") -> str:
    """Sign in by email or username; returns the token for the browser. `agent` is its User-Agent, for the list.

    Raises WrongSignIn without saying what was wrong, after the same work for known and unknown; AccountClosed only to
    who knew the password, and SecondFactorNeeded, with the step to go on with. Not one transaction by itself: a
    refusal must leave its row in the audit trail.
    """
    user = proven(login, password, now=now)
    token, step = _sign_in(user.id, password, agent=agent, address=address, now=now)
    if step:
        raise SecondFactorNeeded(step)
    return token


def proven(login: str, password: str, *, now: dt.datetime) -> User:
    """Whose account these two open. Raises WrongSignIn, AccountClosed; each refusal is noted in the audit trail.

    While no codes are taken the right password is as wrong as any other: nobody learns it that way.
    """
    user = user_by_login(login)
    fits = passwords.fits(password, user.password_hash if user else None)
    if user is None or not fits or is_paused(user, now=now):
        _note_failure(user.id if user else None)
        raise WrongSignIn()
    if user.disabled_at is not None:
        _note_failure(user.id)
        raise AccountClosed()
    return user


def is_paused(user: User, *, now: dt.datetime) -> bool:
    """Whether nobody comes in to this account for the moment: too many codes were wrong."""
    return user.factor_paused_until is not None and user.factor_paused_until > now


def still_open(user_id: int, password: str) -> User:
    """Inside an action: the account that was just proven, locked. Raises WrongSignIn when it was closed meanwhile."""
    user = links.locked(user_id)
    if user.password_hash is None or user.disabled_at is not None:
        raise WrongSignIn()
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hashed(password)
    return user


@action
def sign_out(token: str, *, now: dt.datetime) -> None:
    """End the sign-in of `token`; one that has ended stays ended. Who acts as somebody leaves both accounts."""
    ended = db.session.execute(
        update(SignIn)
        .where(SignIn.token_hash == rules.token_hash(token), SignIn.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignIn.user_id, SignIn.parent_id, SignIn.impersonator_id)
    ).one_or_none()
    if ended is not None:
        actor = replace(actor_of(links.locked(ended.user_id)), impersonator_id=ended.impersonator_id)
        record(actor, "user.signed_out", f"user:{ended.user_id}")
        db.session.execute(update(SignIn).where(SignIn.id == ended.parent_id).values(ended_at=now))


@action
def sign_out_everywhere(actor: Actor, *, now: dt.datetime) -> None:
    """End every sign-in of this account, this one included, and void every token made before."""
    assert actor.user_id is not None
    user = links.locked(actor.user_id)
    end_all(user, now=now)
    record(actor, "user.signed_out_everywhere", f"user:{user.id}", {"version": user.version})


@action
def end_sign_in(actor: Actor, sign_in_id: int, *, now: dt.datetime) -> None:
    """End one browser of one's own. Raises NotFound for anybody else's."""
    ended = db.session.scalar(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.user_id == actor.user_id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignIn.id)
    )
    if ended is None:
        raise NotFound()
    record(actor, "user.sign_in_ended", f"user:{actor.user_id}", {"sign_in_id": sign_in_id})


@action
def end_other_sign_ins(actor: Actor, own_token: str, *, now: dt.datetime) -> int:
    """End every browser of one's own but this one; returns how many."""
    ended = db.session.scalars(
        update(SignIn)
        .where(
            SignIn.user_id == actor.user_id,
            SignIn.token_hash != rules.token_hash(own_token),
            SignIn.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(SignIn.id)
    ).all()
    if ended:
        record(actor, "user.other_sign_ins_ended", f"user:{actor.user_id}", {"count": len(ended)})
    return len(ended)


def open_sign_in(
    user: User, *, agent: str, now: dt.datetime, address: str = "", factor: Factor | None = None,
    parent: SignIn | None = None, reason: str | None = None, by: Actor | None = None,
) -> str:  # fmt: skip
    """Inside an action: a new row for this browser; returns its token, which is stored nowhere else.

    With `by`, an admin who acts as the user for `reason`, and `parent`, their own sign-in.
    """
    token = secrets.token_urlsafe(32)
    row = SignIn(
        user_id=user.id,
        token_hash=rules.token_hash(token),
        user_version=user.version,
        agent=agent[: rules.LONGEST_AGENT],
        address=address or None,
        factor=factor,
        impersonator_id=by.user_id if by else None,
        parent_id=parent.id if parent else None,
        reason=reason,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    facts = {"sign_in_id": row.id} | ({"factor": factor} if factor else {})
    record(
        by or actor_of(user), "user.impersonated" if by else "user.signed_in", f"user:{user.id}", facts, reason=reason
    )
    return token


def enter(user: User, *, agent: str, address: str = "", now: dt.datetime) -> tuple[str, str]:
    """Inside an action: whoever proved the first factor comes in, or gets the step that waits for the second.

    Returns (token of the sign-in, "") or ("", token of the step).
    """
    if user.second_factor_at is not None:
        return "", steps.begin(user, StepFor.CODE, now=now)
    return open_sign_in(user, agent=agent, address=address, now=now), ""


def end_all(user: User, *, now: dt.datetime) -> None:
    """Inside an action, with the user locked: a higher version voids every older sign-in and token."""
    user.version += 1
    for table in (SignIn, ApiToken):
        db.session.execute(update(table).where(table.user_id == user.id, table.ended_at.is_(None)).values(ended_at=now))
    db.session.flush()


@action
def _sign_in(user_id: int, password: str, *, agent: str, address: str, now: dt.datetime) -> tuple[str, str]:
    return enter(still_open(user_id, password), agent=agent, address=address, now=now)


@action
def _note_failure(user_id: int | None) -> None:
    record(ANONYMOUS, "user.sign_in_failed", f"user:{user_id or 'unknown'}")
