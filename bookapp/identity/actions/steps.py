"""What was begun in a browser and is finished by the same: random, stored hashed, good once and for minutes.

Called inside the actions that need them.
"""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import update

from bookapp.identity import rules
from bookapp.identity.models import SignInStep, User
from bookapp.identity.rules import StepFor
from bookapp.infra.db import db


def begin(user: User | None, purpose: StepFor, *, challenge: bytes | None = None, now: dt.datetime) -> str:
    """A new step, of nobody in particular without a user; returns its token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignInStep(
            user_id=user.id if user else None,
            user_version=user.version if user else None,
            purpose=purpose,
            token_hash=rules.token_hash(token),
            challenge=challenge,
            created_at=now,
            expires_at=now + rules.STEP_LIFETIME,
        )
    )
    db.session.flush()
    return token


def take(token: str, purpose: StepFor, *, user_id: int | None, now: dt.datetime) -> SignInStep | None:
    """Use the step up. None when it is used, too old or somebody else's; of two that come at once, one gets it."""
    step: SignInStep | None = db.session.scalar(
        update(SignInStep)
        .where(
            SignInStep.token_hash == rules.token_hash(token),
            SignInStep.purpose == purpose,
            SignInStep.user_id.is_not_distinct_from(user_id),
            SignInStep.used_at.is_(None),
            SignInStep.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInStep)
    )
    return step


def void(user: User, *, now: dt.datetime) -> None:
    """End everything that was begun for this account and not finished."""
    db.session.execute(
        update(SignInStep).where(SignInStep.user_id == user.id, SignInStep.used_at.is_(None)).values(used_at=now)
    )
