"""The verbs: invite, accept, change roles, apply, decide, close and open a house."""

from bookapp.members.actions.applications import apply, approve, refuse
from bookapp.members.actions.invitations import accept, invite, renew, withdraw
from bookapp.members.actions.merchants import set_standing
from bookapp.members.actions.roles import set_posts

__all__ = ["accept", "apply", "approve", "invite", "refuse", "renew", "set_posts", "set_standing", "withdraw"]
