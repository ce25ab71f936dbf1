"""Payments work for workers; each job is safe to run twice."""

from __future__ import annotations

import urllib.error
import urllib.request

from bookapp.infra import clock, outbox
from bookapp.infra.db import action
from bookapp.infra.queue import Later, Retryable, job
from bookapp.infra.settings import current_settings
from bookapp.payments import actions, queries
from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways import available, sandbox

_MOST_TRIES_FOR_MONEY = 32
_PAUSE_SECONDS = 15
_LONG_PAUSE_SECONDS = 3600


@job("payments.close_stale", tries=_MOST_TRIES_FOR_MONEY)
def close_stale(payment_id: int) -> None:
    """End one payment whose time is over; a provider that says nothing for a day, or no, is a person's matter."""
    now = clock.now()
    try:
        actions.close_stale(payment_id, now=now)
    except (GatewayDown, GatewayRefused) as silent:
        if not actions.give_up_on_payment(payment_id, now=now, refused=isinstance(silent, GatewayRefused)):
            raise


@job("payments.close_all_stale")
def close_all_stale() -> None:
    """Find the payments whose time is over and end each in a job of its own."""
    _promise_closing(queries.stale_payments(clock.now()))


@action
def _promise_closing(payment_ids: list[int]) -> None:
    for payment_id in payment_ids:
        outbox.later("payments.close_stale", payment_id, key=f"payments.close_stale:{payment_id}")


@job("payments.send_refund", tries=_MOST_TRIES_FOR_MONEY)
def send_refund(refund_id: int) -> None:
    """Take one refund to its provider, and look again later while a bank or the provider is not done with it."""
    now = clock.now()
    try:
        finished = actions.send_refund(refund_id, now=now)
    except GatewayDown:
        if not actions.give_up_on_refund(refund_id, now=now):
            raise
        return
    if not finished:
        raise Later(_LONG_PAUSE_SECONDS)


@job("payments.ask_about_refund")
def ask_about_refund(refund_id: int) -> None:
    """A person wants to know how a refund without an answer stands."""
    if not actions.ask_about_refund(refund_id, now=clock.now()):
        raise Later(_LONG_PAUSE_SECONDS)


@job("payments.reconcile_all")
def reconcile_all() -> None:
    """Compare with every provider, each in a job of its own."""
    _promise_reconciling()


@action
def _promise_reconciling() -> None:
    for name in available(current_settings()):
        outbox.later("payments.reconcile", name)


@job("payments.reconcile")
def reconcile(name: str) -> None:
    """Compare our books with one provider's."""
    actions.reconcile(name, now=clock.now())


@job("payments.promise_statements")
def promise_statements() -> None:
    """Find the merchants without a statement of last month and make each in a job of its own."""
    actions.promise_statements(now=clock.now())


@job("payments.make_statements")
def make_statements(account_id: int) -> None:
    """Make one merchant's missing statements in one currency."""
    actions.make_statements(account_id, now=clock.now())


@job("payments.work_off_webhook", tries=_MOST_TRIES_FOR_MONEY)
def work_off_webhook(event_id: int) -> None:
    """Act on one stored webhook."""
    if not actions.work_off_webhook(event_id, now=clock.now()):
        raise Later(_PAUSE_SECONDS)


@job("payments.report_sandbox_event")
def report_sandbox_event(event: str) -> None:
    """Be the sandbox provider: post one signed webhook to our own door, over HTTP as a real one would."""
    body = event.encode()
    request = urllib.request.Request(  # noqa: S310 - PUBLIC_BASE_URL is http or https by config
        f"{current_settings().public_base_url}/payments/webhooks/sandbox",
        data=body,
        headers={"Content-Type": "application/json", sandbox.SIGNATURE: sandbox.sign(body, clock.now())},
    )
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass
    except (urllib.error.URLError, TimeoutError) as error:
        raise Retryable(type(error).__name__) from error
