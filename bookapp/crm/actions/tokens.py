"""The tokens of the notify door: made and revoked by admins."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_platform
from bookapp.crm.models import NotifyToken
from bookapp.crm.rules.notify import derived_token, token_hash
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.infra.settings import current_settings
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.words import N_

_NO_HOUSE = N_("There is no such house.")


@action
def make_token(actor: Actor, *, name: str, merchant_id: int | None, key: str) -> str:
    """A token that writes to the facilitators of this merchant, or (None) to all; only its hash is stored.

    It is drawn from the application's secret and `key`, so that the same form sent twice shows the same token and not
    a second one, of which nobody would know. Raises NotAllowed, NotValid, KeyReused.
    """
    if not may_run_platform(actor):
        raise NotAllowed
    if merchant_id is not None and db.session.get(Merchant, merchant_id) is None:
        raise NotValid({"merchant": _NO_HOUSE})
    token = derived_token(current_settings().secret_key, f"{actor.label} {key}")
    hashed = idempotency.fingerprint(name=name, merchant_id=merchant_id)
    if idempotency.claim(f"{actor.label}:crm.make_token", key, hashed) is None:
        made = NotifyToken(name=name, merchant_id=merchant_id, token_hash=token_hash(token), made_by=actor.user_id)
        db.session.add(made)
        db.session.flush()
        record(actor, "notify_token.made", f"notify_token:{made.id}", {"merchant_id": merchant_id})
    return token


@action
def revoke_token(actor: Actor, token_id: int, *, now: dt.datetime) -> NotifyToken:
    """Nobody gets in by it any more; revoking twice is once. Raises NotFound, NotAllowed."""
    if not may_run_platform(actor):
        raise NotAllowed
    token: NotifyToken | None = db.session.scalar(
        select(NotifyToken).where(NotifyToken.id == token_id).with_for_update()
    )
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = now
        record(actor, "notify_token.revoked", f"notify_token:{token.id}")
    return token
