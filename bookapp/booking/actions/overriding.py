"""What an admin does for a house they do not belong to is an override: never without a reason, and marked as one."""

from __future__ import annotations

from bookapp.booking.models import Booking
from bookapp.booking.policy import is_new_override, is_override
from bookapp.booking.queries.plans import Plan
from bookapp.identity.actor import Actor
from bookapp.values.errors import NotValid
from bookapp.values.words import N_

OVERRIDE = "override"
_WHY = N_("Please say why: you act for a house you do not belong to, and it stays in the audit trail.")


def override_facts(actor: Actor, booking: Booking, reason: str) -> dict[str, bool]:
    """What the audit trail says of an act on `booking`: {"override": True} or nothing.

    Raises NotValid for an override without a reason.
    """
    return _facts(is_override(actor, booking), reason)


def new_override_facts(actor: Actor, plan: Plan, reason: str) -> dict[str, bool]:
    """The same of something booked anew, as it is planned."""
    return _facts(is_new_override(actor, plan), reason)


def _facts(is_one: bool, reason: str) -> dict[str, bool]:
    if not is_one:
        return {}
    if not reason.strip():
        raise NotValid({"reason": _WHY})
    return {OVERRIDE: True}
