"""Who may do what with accounts. Everybody may change their own; those actions take the actor and nobody else's id."""

from __future__ import annotations

from bookapp.identity.actor import Actor


def may_administer_users(actor: Actor) -> bool:
    """Close accounts and make admins: admins, and the operator at the command line."""
    return actor.is_admin or actor.kind == "system"
