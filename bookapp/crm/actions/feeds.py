"""Making and revoking the secret address of a calendar."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.crm.models import CalendarFeed
from bookapp.crm.queries.circles import own_record
from bookapp.crm.queries.feeds import BOOKINGS, HOSTING
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.identity.rules import token_hash
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound


@action
def make_feed(actor: Actor, kind: str, *, now: dt.datetime) -> str:
    """A new token for the actor's feed; the one before is void. It is told this once and kept nowhere.

    Raises NotFound for a feed of hosting of somebody who does not host.
    """
    if kind == HOSTING:
        own_record(actor)
    user = db.session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None or kind not in (HOSTING, BOOKINGS):
        raise NotFound
    token = secrets.token_urlsafe(32)
    values = {"token_hash": token_hash(token), "user_version": user.version, "created_at": now}
    db.session.execute(
        insert(CalendarFeed)
        .values(user_id=user.id, kind=kind, **values)
        .on_conflict_do_update(index_elements=["user_id", "kind"], set_=values)
    )
    record(actor, "feed.made", f"user:{user.id}", {"kind": kind})
    return token


@action
def revoke_feed(actor: Actor, kind: str) -> None:
    """Nobody reads the actor's feed any more; without one nothing happens."""
    theirs = delete(CalendarFeed).filter_by(user_id=actor.user_id, kind=kind).returning(CalendarFeed.id)
    if db.session.scalar(theirs) is not None:
        record(actor, "feed.revoked", f"user:{actor.user_id}", {"kind": kind})
