"""Closing and opening a house, with its owners told why."""

from __future__ import annotations

import datetime as dt

from bookapp.catalog.actions import close_merchant, open_merchant
from bookapp.identity.actor import Actor
from bookapp.infra.db import action
from bookapp.members import messages
from bookapp.members.errors import StandingChanged
from bookapp.members.queries.merchants import merchant_by_id, owners_of
from bookapp.notifications.actions import send


@action
def set_standing(actor: Actor, merchant_id: int, *, close: bool, reason: str, now: dt.datetime) -> None:
    """Close a house (nothing is found or booked, what is booked is served), or open it again; its owners read why.

    Raises NotAllowed, NotFound, and StandingChanged when it is so already.
    """
    changed = (
        close_merchant(actor, merchant_id, reason=reason, now=now)
        if close
        else open_merchant(actor, merchant_id, reason=reason)
    )
    if not changed:
        raise StandingChanged
    merchant = merchant_by_id(merchant_id)
    cause = f"merchant:{merchant_id}:standing:{int(now.timestamp() * 1000)}"
    for owner in owners_of(merchant_id):
        send(messages.standing_changed(merchant, owner, reason, cause))
