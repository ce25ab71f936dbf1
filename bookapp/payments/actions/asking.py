"""Asking a provider how a payment stands, and closing what is over: HTTP between two transactions."""

from __future__ import annotations

import datetime as dt

from bookapp.infra.db import db
from bookapp.payments import queries
from bookapp.payments.actions.opening import charge_request, note_opened
from bookapp.payments.actions.settling import close, settle
from bookapp.payments.actions.unclear import KEYS_LAST
from bookapp.payments.actions.wrong import settle_wrong
from bookapp.payments.errors import GatewayRefused
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import Charge, ChargeState, Opened
from bookapp.values.money import Money

_CLOCKS_DIFFER = dt.timedelta(minutes=10)


def ask_back(payment_id: int, *, now: dt.datetime) -> None:
    """Ask the provider how a payment stands and act on its word."""
    payment = queries.payment_by_id(payment_id)
    provider_id, name, asked = payment.provider_id, payment.gateway, payment.amount
    db.session.rollback()
    if provider_id:
        _heed(payment_id, asked, gateway(name).fetch(provider_id), now=now)


def close_stale(payment_id: int, *, now: dt.datetime) -> None:
    """End a payment whose time is over: first at the provider, so that nobody can pay it any more; a paid one wins."""
    payment = queries.payment_by_id(payment_id)
    provider_id, name, state, request = payment.provider_id, payment.gateway, payment.state, charge_request(payment)
    created_at = payment.created_at
    db.session.rollback()
    if state != "pending":
        return
    if provider_id is None:
        # Its opening got no answer: unknown, not undone. The same key finds what may be open there; when the provider
        # may have forgotten the key, opening again could begin a second charge, so it is only looked for.
        provider = gateway(name)
        is_known = now < created_at + KEYS_LAST
        try:
            opened: Opened | None = (
                provider.open(request)
                if is_known
                else provider.find_charge(request.key, since=created_at - _CLOCKS_DIFFER)
            )
        except GatewayRefused:
            opened = None
        if opened is None:
            close(payment_id, ChargeState.EXPIRED, now=now)
            return
        note_opened(payment_id, opened.provider_id, opened.url)
        provider_id = opened.provider_id
    _heed(payment_id, request.amount, gateway(name).close(provider_id), now=now)


def _heed(payment_id: int, asked: Money, answer: Charge, *, now: dt.datetime) -> None:
    if answer.state is ChargeState.PAID:
        if answer.received is None or answer.received == asked:
            settle(payment_id, now=now, capture_id=answer.capture_id)
        else:
            settle_wrong(payment_id, answer.received, now=now, capture_id=answer.capture_id)
    elif answer.state is not ChargeState.OPEN:
        close(payment_id, answer.state, now=now, failure=answer.failure, bounced=answer.bounced)
