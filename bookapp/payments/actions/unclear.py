"""When a provider gave no answer for a day: look for what was done by what we gave it, then ask a person.

A timeout means unknown, not failed (guarantees.md 15). For 23 hours the same call with the same key is safe; later a
provider may have forgotten the key, so nothing is sent again before it was looked for.
"""

from __future__ import annotations

import datetime as dt

from bookapp.infra.db import action, db
from bookapp.payments import queries
from bookapp.payments.actions.cases import open_case
from bookapp.payments.actions.refunding import note_answer, send_refund
from bookapp.payments.errors import GatewayDown
from bookapp.payments.gateways import gateway
from bookapp.payments.states import CaseKind

KEYS_LAST = dt.timedelta(hours=23)


def give_up_on_payment(payment_id: int, *, now: dt.datetime, refused: bool = False) -> bool:
    """The provider does not say how a payment stands: after 23 hours, or when it `refused`, a person looks.

    False while it is too early for that.
    """
    payment = queries.payment_by_id(payment_id)
    if not refused and now < payment.closes_at + KEYS_LAST:
        db.session.rollback()
        return False
    open_case(
        CaseKind.PAYMENT_UNCLEAR,
        f"payment:{payment_id}",
        reference=payment.reference,
        merchant_id=payment.merchant_id,
        facts={"gateway": payment.gateway, "refused": refused},
        now=now,
    )
    return True


def give_up_on_refund(refund_id: int, *, now: dt.datetime) -> bool:
    """The provider does not answer a refund: after 23 hours it is looked for, and if that fails too a person looks.

    False while it is too early for that.
    """
    if now < queries.refund_by_id(refund_id).created_at + KEYS_LAST:
        db.session.rollback()
        return False
    try:
        found = _find(refund_id, now=now)
    except GatewayDown:
        found = False
    if not found:
        _open_refund_case(refund_id, now=now)
    return True


def ask_about_refund(refund_id: int, *, now: dt.datetime) -> bool:
    """Find out how a refund without an answer stands; if the provider knows nothing of it, send it with the same key.

    False while it has not finished. Raises GatewayDown.
    """
    if queries.refund_by_id(refund_id).state != "initiated":
        db.session.rollback()
        return True
    return _find(refund_id, now=now) or send_refund(refund_id, now=now)


@action
def _open_refund_case(refund_id: int, *, now: dt.datetime) -> None:
    refund = queries.refund_by_id(refund_id)
    open_case(
        CaseKind.REFUND_UNCLEAR,
        f"refund:{refund_id}",
        reference=refund.payment.reference,
        merchant_id=refund.payment.merchant_id,
        facts={"amount_minor": refund.amount_minor, "currency": refund.currency},
        now=now,
    )


def _find(refund_id: int, *, now: dt.datetime) -> bool:
    refund = queries.refund_by_id(refund_id)
    payment, key = refund.payment, refund.key
    db.session.rollback()
    answer = gateway(payment.gateway).find_refund(payment.provider_id or "", key=key, capture_id=payment.capture_id)
    if answer is None:
        return False
    note_answer(refund_id, answer, now=now)
    return True
