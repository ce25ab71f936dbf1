"""Coming in with a second factor: after the password, or with a passkey alone."""

from __future__ import annotations

import datetime as dt

from bookapp.audit.actions import record
from bookapp.identity.actions import links, passkeys, steps
from bookapp.identity.actions.proving import prove_factor
from bookapp.identity.actions.sign_ins import open_sign_in
from bookapp.identity.actor import ANONYMOUS
from bookapp.identity.errors import AccountClosed, PasskeyRefused, StepGone
from bookapp.identity.queries import step_begun
from bookapp.identity.rules import Factor, Proof, StepFor
from bookapp.infra.db import action


def finish_step(token: str, proof: Proof, *, agent: str, address: str, now: dt.datetime) -> str:
    """The rest of signing in, for the browser whose password was right; returns the token of its sign-in.

    Raises StepGone, WrongCode, CodesPaused. Not one transaction by itself: a wrong code must stay counted.
    """
    step = step_begun(token, StepFor.CODE, now=now)
    if step is None or step.user_id is None:
        raise StepGone()
    used = prove_factor(step.user_id, proof, now=now)
    return _finish(step.user_id, token, used, agent=agent, address=address, now=now)


def sign_in_with_passkey(proof: Proof, *, agent: str, address: str, now: dt.datetime) -> str:
    """Sign in with a passkey alone, whose device has checked its owner; returns the token for the browser.

    Raises PasskeyRefused, AccountClosed. Not one transaction by itself: a refusal leaves its row in the audit trail.
    """
    token, closed = _with_passkey(proof, agent=agent, address=address, now=now)
    if closed:
        raise AccountClosed()
    if token is None:
        raise PasskeyRefused()
    return token


@action
def _finish(user_id: int, token: str, used: Factor, *, agent: str, address: str, now: dt.datetime) -> str:
    user = links.locked(user_id)
    step = steps.take(token, StepFor.CODE, user_id=user.id, now=now)
    if step is None or step.user_version != user.version or user.disabled_at is not None:
        raise StepGone()
    return open_sign_in(user, agent=agent, address=address, factor=used, now=now)


@action
def _with_passkey(proof: Proof, *, agent: str, address: str, now: dt.datetime) -> tuple[str | None, bool]:
    passkey = passkeys.answered(None, proof.credential, step=proof.step, now=now)
    user = links.locked(passkey.user_id) if passkey else None
    if user is None or user.disabled_at is not None:
        record(ANONYMOUS, "user.sign_in_failed", f"user:{user.id if user else 'unknown'}")
        return None, user is not None
    return open_sign_in(user, agent=agent, address=address, factor=Factor.PASSKEY, now=now), False
