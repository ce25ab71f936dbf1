"""Our books against a provider's: every charge and refund of some time, each difference a case for a person.

Run twice it opens nothing twice, and closes what agrees again. What a provider has and we only have not heard of yet is
asked back first; that is how a lost webhook heals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from bookapp.audit.actions import record
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.payments import policy, queries
from bookapp.payments.actions.asking import ask_back
from bookapp.payments.actions.cases import close_case, open_case
from bookapp.payments.actions.refunding import note_answer
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeState, ListedCharge, ListedRefund, RefundAnswer
from bookapp.payments.models import Payment, Refund
from bookapp.payments.rules.reconciling import Side, Verdict, compare
from bookapp.payments.states import CaseKind
from bookapp.values.errors import NotAllowed

WINDOW = dt.timedelta(hours=72)
# A payment page lives half an hour and clocks differ: nearer to the edges of the window one side may not show it.
SLACK = dt.timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was compared, by our name for it or the provider's, and what came of it."""

    subject: str
    verdict: Verdict
    reference: str = ""
    merchant_id: int | None = None
    ours: str = ""
    theirs: str = ""
    provider_id: str = ""


@action
def ask_to_reconcile(actor: Actor, *, now: dt.datetime, names: Iterable[str]) -> None:
    """Have a worker compare now. Raises NotAllowed for anybody but an admin."""
    if not policy.may_reconcile(actor):
        raise NotAllowed
    for name in names:
        outbox.later("payments.reconcile", name)
        record(actor, "reconciliation.asked", f"gateway:{name}")


def reconcile(name: str, *, now: dt.datetime, window: dt.timedelta = WINDOW) -> list[Finding]:
    """Compare the last `window` with the provider `name`; answers every difference. Raises GatewayDown."""
    since = now - window
    provider = gateway(name)
    charges = list(provider.charges_between(since, now))
    refunds = list(provider.refunds_between(since, now))
    _heal(name, charges, refunds, since, now)
    findings = [*_charges(name, charges, since, now), *_refunds(name, refunds, since, now)]
    db.session.rollback()
    differences = [found for found in findings if found.verdict is not Verdict.AGREES]
    _note(name, findings, {"charges": len(charges), "refunds": len(refunds)}, since=since, now=now)
    return differences


def _heal(
    name: str, charges: list[ListedCharge], refunds: list[ListedRefund], since: dt.datetime, now: dt.datetime
) -> None:
    """Hear of what went past us: a payment that was made, a refund that was finished or came back."""
    behind = [
        payment.id
        for payment, listed in _pair_charges(name, charges, since, now)
        if payment and compare(_our_charge(payment), _their_charge(listed)) is Verdict.BEHIND
    ]
    answers = [
        (refund.id, RefundAnswer(listed.provider_id, listed.state))
        for refund, listed in _pair_refunds(name, refunds, since, now)
        if refund and listed and (refund.state, listed.state) in (("initiated", "processed"), ("processed", "failed"))
    ]
    db.session.rollback()
    for payment_id in behind:
        ask_back(payment_id, now=now)
    for refund_id, answer in answers:
        note_answer(refund_id, answer, now=now)


def _charges(name: str, listed: list[ListedCharge], since: dt.datetime, now: dt.datetime) -> list[Finding]:
    findings = []
    for payment, charge in _pair_charges(name, listed, since, now):
        ours, theirs = (_our_charge(payment) if payment else None), _their_charge(charge)
        verdict = compare(ours, theirs)
        if payment:
            findings.append(
                Finding(f"payment:{payment.id}", verdict, payment.reference, payment.merchant_id,
                        payment.state, charge.state.value if charge else "")
            )  # fmt: skip
        elif charge:
            findings.append(_stranger("charge", name, charge.provider_id, verdict, charge.state.value))
    return findings


def _refunds(name: str, listed: list[ListedRefund], since: dt.datetime, now: dt.datetime) -> list[Finding]:
    findings = []
    for refund, theirs in _pair_refunds(name, listed, since, now):
        ours = Side(refund.amount, refund.state == "processed", refund.state == "initiated") if refund else None
        verdict = compare(ours, Side(theirs.amount, theirs.state == "processed") if theirs else None)
        if refund and theirs and theirs.state == "pending" and refund.state == "initiated":
            verdict = Verdict.AGREES
        if refund:
            findings.append(
                Finding(f"refund:{refund.id}", verdict, refund.payment.reference, refund.payment.merchant_id,
                        refund.state, theirs.state if theirs else "")
            )  # fmt: skip
        elif theirs:
            findings.append(_stranger("refund", name, theirs.provider_id, verdict, theirs.state))
    return findings


def _stranger(what: str, name: str, provider_id: str, verdict: Verdict, state: str) -> Finding:
    """Something at the provider that our books do not have; webhooks call it the same."""
    return Finding(f"{what}_at:{name}:{provider_id}", verdict, theirs=state, provider_id=provider_id)


def _pair_charges(
    name: str, listed: list[ListedCharge], since: dt.datetime, now: dt.datetime
) -> list[tuple[Payment | None, ListedCharge | None]]:
    keys = {charge.key for charge in listed if charge.key}
    ids = {charge.provider_id for charge in listed}
    ours = queries.payments_to_compare(name, keys, ids, since + SLACK, now - SLACK)
    by_key = {payment.key: payment for payment in ours}
    by_id = {known: payment for payment in ours for known in (payment.provider_id, payment.capture_id) if known}
    pairs: dict[int, tuple[Payment, ListedCharge | None]] = {payment.id: (payment, None) for payment in ours}
    strangers: list[tuple[Payment | None, ListedCharge | None]] = []
    for charge in listed:
        payment = (by_key.get(charge.key) if charge.key else None) or by_id.get(charge.provider_id)
        if payment is None:
            strangers.append((None, charge))
        elif pairs[payment.id][1] is None or charge.state is ChargeState.PAID:
            # A card that was declined first leaves a charge too: the one that was paid is the payment's.
            pairs[payment.id] = (payment, charge)
    return [*pairs.values(), *strangers]


def _pair_refunds(
    name: str, listed: list[ListedRefund], since: dt.datetime, now: dt.datetime
) -> list[tuple[Refund | None, ListedRefund | None]]:
    keys = {refund.key for refund in listed if refund.key}
    ids = {refund.provider_id for refund in listed}
    ours = queries.refunds_to_compare(name, keys, ids, since + SLACK, now - SLACK)
    theirs_by_key = {refund.key: refund for refund in listed if refund.key}
    theirs_by_id = {refund.provider_id: refund for refund in listed}
    paired: list[tuple[Refund | None, ListedRefund | None]] = [
        (refund, theirs_by_key.get(refund.key) or theirs_by_id.get(refund.provider_id or "")) for refund in ours
    ]
    found = {theirs.provider_id for _, theirs in paired if theirs}
    return [*paired, *((None, refund) for refund in listed if refund.provider_id not in found)]


def _our_charge(payment: Payment) -> Side:
    # A lost dispute took back what had come: for the provider the charge stays paid.
    has_come = payment.has_money or payment.state == "lost"
    return Side(payment.received, has_come, open=not has_come)


def _their_charge(charge: ListedCharge | None) -> Side | None:
    return Side(charge.amount, charge.state is ChargeState.PAID) if charge else None


@action
def _note(name: str, findings: list[Finding], counts: dict[str, int], *, since: dt.datetime, now: dt.datetime) -> None:
    agreeing = {found.subject for found in findings if found.verdict is Verdict.AGREES}
    for subject in queries.open_differences(name):
        if subject in agreeing:
            close_case(CaseKind.DIFFERENCE, subject, note=Verdict.AGREES.value, now=now)
    differences = [found for found in findings if found.verdict is not Verdict.AGREES]
    decided = queries.decided_differences([found.subject for found in differences])
    for found in differences:
        if (found.subject, found.verdict.value) in decided:
            continue
        open_case(
            CaseKind.DIFFERENCE,
            found.subject,
            reference=found.reference,
            merchant_id=found.merchant_id,
            facts={
                "what": found.verdict.value,
                "gateway": name,
                "ours": found.ours,
                "theirs": found.theirs,
                "provider_id": found.provider_id,
            },
            now=now,
        )
    facts = {**counts, "differences": len(differences), "since": since.isoformat(), "until": now.isoformat()}
    record(SYSTEM, queries.RUN, f"gateway:{name}", facts)
