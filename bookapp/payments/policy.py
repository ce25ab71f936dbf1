"""Who may do what about money (product.md, "People"). Whether a payment allows it is for the actions."""

from __future__ import annotations

from enum import StrEnum

from bookapp.catalog.policy import may_run_merchant, may_run_platform
from bookapp.identity.actor import Actor
from bookapp.payments.models import MoneyCase, Refund
from bookapp.payments.states import CaseKind


class Decision(StrEnum):
    """What can be decided about a case."""

    RETRY = "retry"
    WALLET = "wallet"
    BY_HAND = "by_hand"
    ASK = "ask"
    CLOSE = "close"


def may_see_cases(actor: Actor) -> bool:
    """The queue: admins, and whoever owns a merchant."""
    return may_run_platform(actor) or any(grant.role == "owner" for grant in actor.grants)


def may_reconcile(actor: Actor) -> bool:
    """Comparing with the providers' books is the platform's: one account there holds every merchant's money."""
    return may_run_platform(actor)


def may_see_statements(actor: Actor) -> bool:
    """Statements: admins, and whoever owns a merchant; an owner sees those of their own."""
    return may_see_cases(actor)


def may_pay_out(actor: Actor) -> bool:
    """Only the platform has the money to pay out."""
    return may_run_platform(actor)


def decisions(actor: Actor, case: MoneyCase, failed: Refund | None) -> list[Decision]:
    """What `actor` may decide about a case (`failed` is the refund it is about), the usual one first."""
    if case.closed_at is not None or not _runs(actor, case):
        return []
    if case.kind in (CaseKind.REFUND_UNCLEAR, CaseKind.PAYMENT_UNCLEAR):
        return [Decision.ASK, Decision.CLOSE]
    if case.kind != CaseKind.REFUND_FAILED or failed is None or failed.state != "failed":
        return [Decision.CLOSE]
    if not failed.payment.has_money:
        # The bank has taken the payment back: there is nothing left to give.
        return [Decision.CLOSE]
    possible = [Decision.RETRY] if failed.payment.gateway != "venue" else []
    if failed.payment.received_minor is None:
        possible.append(Decision.WALLET)
    # Money the house would have to lay out is not an owner's to promise.
    if failed.payment.gateway == "venue" or may_run_platform(actor):
        possible.append(Decision.BY_HAND)
    return [*possible, Decision.CLOSE]


def _runs(actor: Actor, case: MoneyCase) -> bool:
    return may_run_platform(actor) if case.merchant_id is None else may_run_merchant(actor, case.merchant_id)
