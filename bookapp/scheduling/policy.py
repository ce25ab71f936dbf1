"""Who may change when things happen (product.md, "People")."""

from __future__ import annotations

from bookapp.catalog.policy import may_run_merchant, may_run_venue
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor


def may_set_hours_of_venue(actor: Actor, merchant_id: int, venue_id: int) -> bool:
    """Opening hours and closures: the owner, and the manager of this venue."""
    return may_run_venue(actor, merchant_id, venue_id)


def may_set_hours_of_person(actor: Actor, merchant_id: int, user_id: int | None) -> bool:
    """Working hours and time off: the person, and the owner of the house they belong to."""
    return may_run_merchant(actor, merchant_id) or (user_id is not None and actor.user_id == user_id)


def may_plan_session(actor: Actor, merchant_id: int, venue_id: int | None, host_user_id: int | None) -> bool:
    """A session: owner, manager of its venue, or the facilitator who hosts it."""
    if may_run_merchant(actor, merchant_id) or actor.has_role(merchant_id, venue_id, Role.MANAGER):
        return True
    return host_user_id is not None and actor.user_id == host_user_id
