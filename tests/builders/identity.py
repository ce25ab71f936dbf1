"""People with accounts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookapp.catalog.queries import grants_of
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra.db import db
from tests.builders.numbers import another

LONG_AGO = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def a_user(*, verified: bool = True, **facts: Any) -> User:
    """Somebody with a verified email and no password (give `password_hash` to let them sign in)."""
    number = another()
    facts = {"email": f"person{number}@example.org", "name": f"Ann Example {number}"} | facts
    user = User(email_verified_at=LONG_AGO if verified else None, **facts)
    db.session.add(user)
    db.session.commit()
    return user


def actor_of(user: User) -> Actor:
    """This user, doing something."""
    return Actor(
        user_id=user.id,
        name=user.name,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        is_admin=bool(user.is_admin),
        grants=grants_of(user.id),
        kind="user",
    )
