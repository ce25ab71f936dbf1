"""Merchants are closed, and opened again, by the platform."""

from __future__ import annotations

import datetime as dt

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed
from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_platform
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound


@action
def close_merchant(actor: Actor, merchant_id: int, *, reason: str, now: dt.datetime) -> bool:
    """Nothing of it is found or booked any more; what is booked is served. False when it was closed already.

    A hold that runs ends as usual, paid or lapsed. Raises NotAllowed, NotFound.
    """
    return _stand(actor, merchant_id, now, reason)


@action
def open_merchant(actor: Actor, merchant_id: int, *, reason: str) -> bool:
    """It is found and booked again; False when it was not closed. Raises NotAllowed, NotFound."""
    return _stand(actor, merchant_id, None, reason)


def _stand(actor: Actor, merchant_id: int, closed_at: dt.datetime | None, reason: str) -> bool:
    allowed(may_run_platform(actor))
    merchant = db.session.get(Merchant, merchant_id, populate_existing=True, with_for_update=True)
    if merchant is None:
        raise NotFound
    if (merchant.closed_at is None) == (closed_at is None):
        return False
    merchant.closed_at, merchant.listed = closed_at, closed_at is None
    what = "merchant.opened" if closed_at is None else "merchant.closed"
    record(actor, what, f"merchant:{merchant_id}", reason=reason)
    return True
