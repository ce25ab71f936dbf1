"""Who may do what with accounts. Everybody may change their own; those actions take the actor and nobody else's id."""

from __future__ import annotations

from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra.settings import current_settings


def may_administer_users(actor: Actor) -> bool:
    """Close accounts and make admins: admins, and the operator at the command line."""
    return actor.is_admin or actor.kind == "system"


def must_have_factor(who: Actor | User) -> bool:
    """Whether this account may not be without a second factor: admins, except in a demonstration and in tests."""
    return who.is_admin and current_settings().admins_need_factor
