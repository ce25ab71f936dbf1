"""Somebody who works here, at their browser."""

from __future__ import annotations

from functools import cache

from bookapp.catalog.actions import grant_role
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.identity.passwords import hashed
from tests.builders import a_user
from tests.support.client import Client

PASSWORD = "correct-horse-9"
_hash = cache(lambda: hashed(PASSWORD))


def sign_in(
    client: Client, *, merchant_id: int | None = None, role: str = "owner", venue_id: int | None = None,
    is_admin: bool = False,
) -> User:  # fmt: skip
    """The browser belongs to somebody with this role at the merchant, to an admin, or to a customer."""
    user = a_user(is_admin=is_admin, password_hash=_hash())
    if merchant_id is not None:
        grant_role(SYSTEM, user_id=user.id, merchant_id=merchant_id, role=role, venue_id=venue_id)
    client.post("/login", data={"login": user.email, "password": PASSWORD})
    return user
