"""Who may change what is on offer (product.md, "People")."""

from __future__ import annotations

from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor


def may_run_platform(actor: Actor) -> bool:
    """Merchants themselves: admins, and the house's own commands."""
    return actor.is_admin or actor.kind == "system"


def may_run_merchant(actor: Actor, merchant_id: int) -> bool:
    """Venues, services, add-ons, terms, members: the owner."""
    return may_run_platform(actor) or actor.has_role(merchant_id, None, Role.OWNER)


def may_see_merchant(actor: Actor, merchant_id: int) -> bool:
    """Terms, prices, coupons, taxes: the owner runs them, every manager of the house may look."""
    is_manager = any(grant.role == Role.MANAGER and grant.merchant_id == merchant_id for grant in actor.grants)
    return may_run_merchant(actor, merchant_id) or is_manager


def may_run_venue(actor: Actor, merchant_id: int, venue_id: int) -> bool:
    """Rooms: the owner, and the manager of this venue."""
    return may_run_merchant(actor, merchant_id) or actor.has_role(merchant_id, venue_id, Role.MANAGER)


def may_change_profile(actor: Actor, merchant_id: int, user_id: int | None) -> bool:
    """What a facilitator says of themselves: they, and the owner of the house they belong to."""
    return may_run_merchant(actor, merchant_id) or (user_id is not None and actor.user_id == user_id)
