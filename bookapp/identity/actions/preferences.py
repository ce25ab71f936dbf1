"""What an account remembers of what its owner chose."""

from __future__ import annotations

from sqlalchemy import update

from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra.db import action, db


@action
def remember_refund_to(actor: Actor, to: str) -> None:
    """Keep where money that comes back shall go ("original" or "wallet"), to be offered first the next time."""
    db.session.execute(
        update(User)
        .where(User.id == actor.user_id, User.refund_to.is_distinct_from(to))
        .values(refund_to=to)
        .execution_options(synchronize_session=False)
    )
