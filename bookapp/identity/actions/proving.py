"""Whether somebody has the second factor of an account. Wrong codes are counted, whatever becomes of the rest."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update

from bookapp.audit.actions import record
from bookapp.identity import messages, rules
from bookapp.identity.actions import links, passkeys, steps
from bookapp.identity.actions.sign_ins import is_paused
from bookapp.identity.actor import ANONYMOUS
from bookapp.identity.errors import CodesPaused, WrongCode
from bookapp.identity.models import AuthenticatorApp, RecoveryCode, User
from bookapp.identity.queries import APP_SECRET
from bookapp.identity.rules import Factor, Proof
from bookapp.infra.db import action, db
from bookapp.infra.sealing import unseal
from bookapp.notifications.actions import send


def prove_factor(user_id: int, proof: Proof, *, now: dt.datetime) -> Factor:
    """Which factor `proof` shows; a code is used up by it. Raises WrongCode, and CodesPaused after five in a row.

    A transaction of its own, never part of another: a refusal must leave its count.
    """
    used, paused = _try(user_id, proof, now=now)
    if paused:
        raise CodesPaused(retry_after=int(rules.CODES_PAUSE.total_seconds()))
    if used is None:
        raise WrongCode()
    return used


@action
def _try(user_id: int, proof: Proof, *, now: dt.datetime) -> tuple[Factor | None, bool]:
    user = links.locked(user_id)
    if is_paused(user, now=now):
        return None, True
    used = _shown(user, proof, now=now)
    if used is not None:
        user.factor_failures = 0
        return used, False
    user.factor_failures += 1
    record(ANONYMOUS, "user.second_factor_failed", f"user:{user.id}")
    if user.factor_failures < rules.MOST_WRONG_CODES:
        return None, False
    user.factor_failures, user.factor_paused_until = 0, now + rules.CODES_PAUSE
    steps.void(user, now=now)
    record(ANONYMOUS, "user.codes_paused", f"user:{user.id}")
    send(messages.factors_changed(user, "paused", now=now))
    return None, True


def _shown(user: User, proof: Proof, *, now: dt.datetime) -> Factor | None:
    if proof.credential:
        found = passkeys.answered(user.id, proof.credential, step=proof.step, now=now)
        return Factor.PASSKEY if found else None
    code = rules.canonical_code(proof.code)
    if _is_of_app(user, code, now=now):
        return Factor.APP
    return Factor.RECOVERY if _is_on_paper(user, code, now=now) else None


def _is_of_app(user: User, code: str, *, now: dt.datetime) -> bool:
    app = db.session.get(AuthenticatorApp, user.id, populate_existing=True)
    secret = unseal(app.secret, APP_SECRET) if app is not None and app.confirmed_at is not None else None
    if app is None or secret is None:
        return False
    step = rules.app_step(secret, code, now=now, last=app.last_step)
    if step is None:
        return False
    app.last_step = step
    return True


def _is_on_paper(user: User, code: str, *, now: dt.datetime) -> bool:
    taken = db.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == rules.token_hash(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if taken is None:
        return False
    left = db.session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    )
    send(messages.factors_changed(user, "recovery_used", now=now, left=left or 0))
    return True
