"""Who may keep something."""

from __future__ import annotations

from bookapp.identity.actor import Actor


def may_keep(actor: Actor) -> bool:
    """Whoever has an account to keep it in."""
    return actor.user_id is not None
