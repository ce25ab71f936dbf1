"""The inbox for what providers tell us: verified, stored once, worked off in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.identity.actor import Actor
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.payments import policy, queries
from bookapp.payments.actions.asking import ask_back
from bookapp.payments.actions.cases import open_case
from bookapp.payments.actions.disputes import heed_dispute
from bookapp.payments.actions.refunding import note_answer
from bookapp.payments.errors import GatewayRefused
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import ChargeState, Notice
from bookapp.payments.models import Payment, Refund, WebhookEvent
from bookapp.payments.states import CaseKind
from bookapp.values.errors import NotAllowed, NotFound

# A provider may be quicker to report a charge than we are to note its id.
_MAY_BE_EARLY = dt.timedelta(minutes=10)


def receive_webhook(gateway_name: str, body: bytes, headers: Mapping[str, str], *, now: dt.datetime) -> None:
    """The door for providers: verify the raw body, store, answer. Raises BadSignature or KeyError."""
    note_webhook(gateway_name, gateway(gateway_name).verify(body, headers, now))


@action
def note_webhook(gateway_name: str, notice: Notice) -> None:
    """Store a verified webhook once; a worker works it off."""
    event_id = db.session.scalar(
        insert(WebhookEvent)
        .values(gateway=gateway_name, event_id=notice.event_id, kind=notice.kind, payload=dict(notice.payload))
        .on_conflict_do_nothing(index_elements=["gateway", "event_id"])
        .returning(WebhookEvent.id)
    )
    if event_id is not None:
        outbox.later("payments.work_off_webhook", event_id, key=queries.webhook_key(event_id, 1))


@action
def work_off_again(actor: Actor, event_id: int) -> bool:
    """Have a stored webhook worked off once more: the provider is asked again how things stand, so it harms nothing.

    False while the work waits anyway. Raises NotFound, NotAllowed.
    """
    if not policy.may_reconcile(actor):
        raise NotAllowed
    event = db.session.scalar(select(WebhookEvent).where(WebhookEvent.id == event_id).with_for_update())
    if event is None:
        raise NotFound
    known = queries.webhook_work([event_id])[event_id]
    if known.state == "due":
        return False
    outbox.later("payments.work_off_webhook", event_id, key=queries.webhook_key(event_id, known.runs + 1))
    record(actor, "webhook.retried", f"webhook:{event_id}", {"gateway": event.gateway, "kind": event.kind})
    return True


def work_off_webhook(event_id: int, *, now: dt.datetime) -> bool:
    """Act on a stored webhook. Its order and its words are not trusted: the provider is asked how things stand.

    False when it speaks of something we do not know, and is so young that we may be about to note it: ask again later.
    What nobody here knows after that is for a person.
    """
    event = db.session.get_one(WebhookEvent, event_id)
    name, payload, is_young = event.gateway, dict(event.payload), event.received_at > now - _MAY_BE_EARLY
    db.session.rollback()
    try:
        known = _heed(name, payload, now)
    except GatewayRefused:
        known = False
    if not known and is_young:
        return False
    if not known:
        _hand_over(name, payload, now)
    _note_worked_off(event_id, now)
    return True


def _heed(name: str, payload: Mapping[str, Any], now: dt.datetime) -> bool:
    """Whether what it speaks of is known here, and was asked about."""
    match payload.get("subject"):
        case "charge":
            return _heed_charge(name, payload, now)
        case "refund":
            return _heed_refund(name, payload, now)
        case "dispute":
            return _heed_dispute(name, payload, now)
        case _:
            return True


def _heed_charge(name: str, payload: Mapping[str, Any], now: dt.datetime) -> bool:
    payment_id = _payment_id(name, payload)
    if payment_id is not None:
        ask_back(payment_id, now=now)
    return payment_id is not None


def _heed_refund(name: str, payload: Mapping[str, Any], now: dt.datetime) -> bool:
    """A refund of ours may have been processed, or may fail after all: the provider is asked which."""
    provider_id = str(payload["provider_id"])
    refund_id = db.session.scalar(
        select(Refund.id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.gateway == name, Refund.provider_id == provider_id)
    )
    db.session.rollback()
    if refund_id is not None:
        note_answer(refund_id, gateway(name).fetch_refund(provider_id), now=now)
    return refund_id is not None


def _heed_dispute(name: str, payload: Mapping[str, Any], now: dt.datetime) -> bool:
    answer = gateway(name).fetch_dispute(str(payload["provider_id"]))
    payment_id = _payment_id(name, {**payload, "capture": answer.capture_id})
    if payment_id is None:
        return False
    # The news that it was paid may come after the news that it is disputed.
    ask_back(payment_id, now=now)
    return heed_dispute(payment_id, answer, now=now)


def _payment_id(name: str, payload: Mapping[str, Any]) -> int | None:
    """The payment a webhook is about: by what was opened, or by what refunds go against."""
    charge, capture = payload.get("charge"), payload.get("capture")
    about: list[ColumnElement[bool]] = []
    if charge:
        about.append(Payment.provider_id == str(charge))
    if capture:
        about += [Payment.capture_id == str(capture), Payment.provider_id == str(capture)]
    payment_id = db.session.scalar(select(Payment.id).where(Payment.gateway == name, or_(*about))) if about else None
    db.session.rollback()
    return payment_id


def _hand_over(name: str, payload: Mapping[str, Any], now: dt.datetime) -> None:
    """Something at the provider that our books do not have. What never took money is nobody's concern."""
    subject, provider_id = str(payload["subject"]), str(payload["provider_id"])
    with suppress(GatewayRefused):
        if subject == "charge" and gateway(name).fetch(provider_id).state is not ChargeState.PAID:
            return
    open_case(
        CaseKind.DIFFERENCE,
        f"{subject}_at:{name}:{provider_id}",
        facts={"what": "missing_here", "gateway": name, "provider_id": provider_id},
        now=now,
    )


@action
def _note_worked_off(event_id: int, now: dt.datetime) -> None:
    db.session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.id == event_id, WebhookEvent.processed_at.is_(None))
        .values(processed_at=now)
    )
