"""What a person decides about a case at the desk. Each decision is done once, however often its button is pressed."""

from __future__ import annotations

import datetime as dt

from bookapp.audit.actions import record
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency, outbox
from bookapp.infra.db import action
from bookapp.infra.events import publish
from bookapp.payments import policy, queries
from bookapp.payments.actions import ledger
from bookapp.payments.actions.cases import close_case
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.actions.refunding import note_refund, refund
from bookapp.payments.errors import CaseClosed, NothingLeft
from bookapp.payments.events import WalletChosen
from bookapp.payments.models import MoneyCase, Refund
from bookapp.payments.policy import Decision
from bookapp.payments.queries import BY_HAND
from bookapp.values.errors import NotAllowed


@action
def decide(actor: Actor, case_id: int, decision: Decision, *, note: str, key: str, now: dt.datetime) -> None:
    """Do what a person decided about a case, and close it unless an answer is still awaited.

    Raises NotFound for a case that is not theirs, CaseClosed when it was decided before, NothingLeft when the payment
    has not that much to give any more, NotAllowed for a decision that this case, or this person, does not have.
    """
    case = queries.case_by_id(case_id, visible_to_actor=actor)
    scope = f"case:{actor.label}"
    asked = idempotency.fingerprint(case=case_id, decision=decision, note=note)
    if idempotency.claim(scope, key, asked) is not None:
        return
    if case.closed_at is not None:
        raise CaseClosed
    failed = queries.refund_of_case(case)
    if decision not in policy.decisions(actor, case, failed):
        raise NotAllowed
    record(actor, f"case.{decision}", f"case:{case_id}", {"subject": case.subject}, reason=note or None)
    if decision is Decision.ASK:
        _ask(case)
    else:
        # Closed first: what follows is done for one of two people who press at the same moment, and not for both.
        if not close_case(case.kind, case.subject, note=note or decision.value, actor=actor, now=now):
            raise CaseClosed
        if failed is not None:
            try:
                _give_back(actor, failed, decision, now)
            except ValueError as too_much:
                # Since it failed the money went back another way, or a bank has taken it.
                raise NothingLeft from too_much
    idempotency.keep(scope, key, {"decision": decision.value})


def _ask(case: MoneyCase) -> None:
    kind, _, number = case.subject.partition(":")
    if kind == "refund":
        outbox.later("payments.ask_about_refund", int(number))
    else:
        outbox.later("payments.close_stale", int(number))


def _give_back(actor: Actor, failed: Refund, decision: Decision, now: dt.datetime) -> None:
    """The failed refund stays as it is; what is tried instead is a refund of its own, with a key of its own.

    It keeps the reason of the first; the note of whoever decided is in the audit trail.
    """
    # One cause for every way: a failed refund is replaced once.
    cause = f"instead:{failed.id}"
    if decision is Decision.RETRY:
        refund(failed.payment_id, failed.amount, cause=cause, now=now, reason=failed.reason, actor=actor)
    elif decision is Decision.WALLET:
        publish(WalletChosen(failed.id, failed.payment.reference, now))
    elif decision is Decision.BY_HAND:
        given = refund(failed.payment_id, failed.amount, cause=cause, now=now, reason=failed.reason, actor=actor)
        note_refund(given.id, "processed", now=now, provider_id=BY_HAND)
        _book_by_hand(given, failed, now)


def _book_by_hand(given: Refund, failed: Refund, now: dt.datetime) -> None:
    """The provider gave nothing: what the refund took from its account comes back, from who really paid.

    At the venue that is the merchant, out of its own till; for a card it is the house.
    """
    payment = failed.payment
    clearing = AccountOf.clearing(payment.gateway)
    at_venue = payment.gateway == "venue"
    ledger.post(
        "adjustment",
        f"refund:{given.id}:{BY_HAND}",
        given.amount,
        clearing,
        AccountOf.receivable(payment.merchant_id) if at_venue else AccountOf.platform(),
        now=now,
        merchant_id=payment.merchant_id,
        reference=payment.reference,
        note=BY_HAND,
    )
