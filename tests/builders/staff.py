"""People with a role at a merchant."""

from __future__ import annotations

from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Merchant, Venue
from bookapp.identity.actor import SYSTEM, Actor
from tests.builders.identity import a_user, actor_of


def an_owner_of(merchant: Merchant) -> Actor:
    """Somebody who runs all of it."""
    return _with_role(merchant, "owner")


def a_manager_of(merchant: Merchant, venue: Venue | None = None) -> Actor:
    """Somebody who runs one of its venues, or all of them."""
    return _with_role(merchant, "manager", venue)


def _with_role(merchant: Merchant, role: str, venue: Venue | None = None) -> Actor:
    user = a_user()
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role=role, venue_id=venue.id if venue else None)
    return actor_of(user)
