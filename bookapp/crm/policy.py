"""Who may look at whose day. What they may do there, the policies of booking and scheduling say."""

from __future__ import annotations

from bookapp.catalog.models import Facilitator
from bookapp.catalog.policy import may_run_platform, may_see_merchant
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor
from bookapp.scheduling.policy import may_plan_session


def is_self(actor: Actor, person: Facilitator) -> bool:
    """Whether the actor is this facilitator."""
    return actor.user_id is not None and actor.user_id == person.user_id


def may_see_day(actor: Actor, person: Facilitator) -> bool:
    """A day: the person's own, and for the owner, the managers and an admin that of everybody in the house."""
    return is_self(actor, person) or may_see_merchant(actor, person.merchant_id)


def may_see_all_of(actor: Actor, person: Facilitator, merchant_id: int, venue_id: int | None) -> bool:
    """One thing on a day in full; to other houses and other venues' managers the person is only busy."""
    return is_self(actor, person) or may_plan_session(actor, merchant_id, venue_id, None)


def houses_looked_after(actor: Actor) -> frozenset[int] | None:
    """The merchants whose people's days the actor may see; None for all of them."""
    if may_run_platform(actor):
        return None
    return frozenset(grant.merchant_id for grant in actor.grants if grant.role in (Role.OWNER, Role.MANAGER))
