"""An admin who acts as somebody: in the same browser, for half an hour at most, written down with both names."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.identity import rules
from bookapp.identity.actions import links
from bookapp.identity.actions.sign_ins import open_sign_in
from bookapp.identity.actor import Actor
from bookapp.identity.errors import ActingAlready, NotActingAs, NotYourself
from bookapp.identity.models import SignIn
from bookapp.identity.policy import may_administer_users
from bookapp.identity.queries import actor_of, user_by_id
from bookapp.infra.db import action, db
from bookapp.values.errors import NotAllowed, NotFound


@action
def impersonate(
    user_id: int, *, by: Actor, own_token: str, reason: str, agent: str, address: str, now: dt.datetime
) -> str:
    """A sign-in at somebody's account that hangs on the admin's own; returns its token.

    Raises NotAllowed, NotFound, NotYourself, NotActingAs for another admin, ActingAlready.
    """
    if not may_administer_users(by) or by.user_id is None:
        raise NotAllowed()
    if user_by_id(user_id) is None:
        raise NotFound()
    if user_id == by.user_id:
        raise NotYourself()
    user = links.locked(user_id)
    if user.is_admin:
        raise NotActingAs()
    own = db.session.scalar(
        select(SignIn).where(
            SignIn.token_hash == rules.token_hash(own_token),
            SignIn.user_id == by.user_id,
            SignIn.ended_at.is_(None),
            SignIn.impersonator_id.is_(None),
        )
    )
    if own is None or by.impersonator_id is not None or user.disabled_at is not None:
        raise ActingAlready()
    return open_sign_in(user, agent=agent, address=address, now=now, parent=own, reason=reason, by=by)


@action
def stop_impersonating(token: str, *, now: dt.datetime) -> str | None:
    """End it, and give the admin's own sign-in, which waited, a new token. None when there is no way back to it."""
    acting = db.session.scalar(
        select(SignIn)
        .where(SignIn.token_hash == rules.token_hash(token), SignIn.parent_id.is_not(None))
        .with_for_update()
    )
    if acting is None or acting.parent_id is None or acting.impersonator_id is None:
        return None
    admin = links.locked(acting.impersonator_id)
    own = db.session.get_one(SignIn, acting.parent_id, populate_existing=True, with_for_update=True)
    if acting.ended_at is None:
        acting.ended_at = now
        record(actor_of(admin), "user.impersonation_ended", f"user:{acting.user_id}", {"sign_in_id": acting.id})
    is_over = own.ended_at is not None or own.user_version != admin.version or admin.disabled_at is not None
    if is_over or own.created_at <= now - rules.SIGN_IN_LIFETIME:
        return None
    new = secrets.token_urlsafe(32)
    own.token_hash = rules.token_hash(new)
    return new
