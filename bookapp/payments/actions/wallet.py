"""What the house itself does to a wallet."""

from __future__ import annotations

import datetime as dt

from bookapp.audit.actions import record
from bookapp.catalog.policy import may_run_platform
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.values.errors import NotAllowed, NotValid
from bookapp.values.money import Money
from bookapp.values.words import N_

LONGEST_REASON = 200


@action
def adjust(actor: Actor, user_id: int, amount: Money, *, reason: str, key: str, now: dt.datetime) -> bool:
    """Correct a wallet by hand, up (positive) or down, against the platform's own account; once per `key`.

    `reason` is read by the wallet's owner. Raises NotAllowed, NotValid, or WalletTooLow.
    """
    if not may_run_platform(actor):
        raise NotAllowed
    if not 0 < len(reason) <= LONGEST_REASON:
        raise NotValid({"reason": N_("Please give a reason: the owner of the wallet reads it.")})
    if not amount:
        raise NotValid({"amount": N_("Please give an amount other than zero.")})
    scope = f"adjust:{actor.label}"
    stored = idempotency.claim(scope, key, idempotency.fingerprint(user=user_id, amount=repr(amount), reason=reason))
    if stored is not None:
        return False
    theirs, ours = AccountOf.wallet(user_id), AccountOf.platform()
    up = amount.minor > 0
    source, target = (ours, theirs) if up else (theirs, ours)
    record(actor, "wallet.adjusted", f"user:{user_id}", {"amount_minor": amount.minor, "currency": amount.currency},
           reason=reason)  # fmt: skip
    ledger.post(
        "adjustment",
        f"{scope}:{key}",
        amount if up else -amount,
        source,
        target,
        now=now,
        user_id=user_id,
        note=reason,
    )
    idempotency.keep(scope, key, {"done": True})
    return True
