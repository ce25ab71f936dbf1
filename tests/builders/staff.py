"""People with a role at a merchant."""

from __future__ import annotations

from typing import Any

from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Facilitator, Merchant, Venue
from bookapp.identity.actor import SYSTEM, Actor
from tests.builders.catalog import a_facilitator, a_merchant
from tests.builders.identity import a_user, actor_of


def an_owner_of(merchant: Merchant) -> Actor:
    """Somebody who runs all of it."""
    return _with_role(merchant, "owner")


def a_manager_of(merchant: Merchant, venue: Venue | None = None) -> Actor:
    """Somebody who runs one of its venues, or all of them."""
    return _with_role(merchant, "manager", venue)


def a_host(merchant: Merchant | None = None, **facts: Any) -> tuple[Facilitator, Actor]:
    """A facilitator with an account and the role, and them doing something."""
    merchant = merchant or a_merchant()
    user = a_user()
    person = a_facilitator(merchant, user_id=user.id, **facts)
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="facilitator")
    return person, actor_of(user)


def _with_role(merchant: Merchant, role: str, venue: Venue | None = None) -> Actor:
    user = a_user()
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role=role, venue_id=venue.id if venue else None)
    return actor_of(user)
