"""Giving money back out of goodwill: not by the terms, but because a person says so, and says why."""

from __future__ import annotations

import datetime as dt
import uuid

from bookapp.audit.actions import record
from bookapp.booking import messages, queries
from bookapp.booking.actions.overriding import override_facts
from bookapp.booking.actions.refunding import refund_spread
from bookapp.booking.policy import goodwill_left, may_serve
from bookapp.booking.queries.desk import GOODWILL
from bookapp.booking.queries.destinations import TO_ORIGINAL, TO_WALLET, Destinations, destinations
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.words import N_


@action
def give_goodwill(
    actor: Actor, ref: str, amount: Money, *, reason: str, key: str, now: dt.datetime, to: str = TO_ORIGINAL
) -> Destinations:
    """Give `amount` of what was paid for a booking back; answers where it goes. Each `key` does it once.

    `to` is "original" or "wallet" (only with an account behind the booking). Raises NotFound for whoever does not
    serve the booking, NotAllowed for who does but may give nothing, NotValid for too much, nothing, or no reason.
    """
    booking = queries.lock_by_ref(ref)
    if not may_serve(actor, booking):
        raise NotFound
    said = idempotency.fingerprint(amount=amount.minor, reason=reason, to=to)
    stored = idempotency.claim(f"goodwill:{actor.label}:{booking.ref}", key, said)
    if stored is not None:
        return Destinations(Money(stored["wallet"], amount.currency), Money(stored["original"], amount.currency))
    _check(booking.currency, amount, goodwill_left(actor, booking), reason)
    to = to if to == TO_WALLET and booking.customer_id is not None else TO_ORIGINAL
    goes = destinations(booking, amount, to=to)
    cause = f"{GOODWILL}{uuid.uuid4().hex}"
    facts = {"amount_minor": amount.minor, "to": to} | override_facts(actor, booking, reason)
    record(actor, "booking.goodwill", f"booking:{booking.ref}", facts, reason=reason)
    refund_spread(booking, amount, cause=cause, now=now, to=to, reason=reason, actor=actor)
    db.session.flush()
    send(messages.booking_goodwill(booking, amount, to_wallet=goes.wallet, reason=reason, cause=cause))
    idempotency.keep(
        f"goodwill:{actor.label}:{booking.ref}", key, {"wallet": goes.wallet.minor, "original": goes.original.minor}
    )
    return goes


def _check(currency: str, amount: Money, most: Money, reason: str) -> None:
    problems = {}
    if amount.currency != currency or amount.minor <= 0:
        problems["amount"] = N_("Please give an amount in the currency of the booking, more than nothing.")
    elif amount > most:
        if not most:
            raise NotAllowed(N_("There is nothing that you could give back for this booking."))
        problems["amount"] = N_("That is more than you can give back for this booking.")
    if not reason.strip():
        problems["reason"] = N_("Please say why: the customer reads it, and it stays with the booking.")
    if problems:
        raise NotValid(problems)
