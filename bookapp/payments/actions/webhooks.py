"""The inbox for what providers tell us: verified, stored once, worked off in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.payments.actions.asking import ask_back
from bookapp.payments.gateways import gateway
from bookapp.payments.gateways.base import Notice
from bookapp.payments.models import Payment, WebhookEvent

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
        outbox.later("payments.work_off_webhook", event_id)


def work_off_webhook(event_id: int, *, now: dt.datetime) -> bool:
    """Act on a stored webhook. Its order and its words are not trusted: the provider is asked how things stand.

    False when it speaks of a charge we do not know, and is so young that we may be about to note it: ask again later.
    """
    event = db.session.get_one(WebhookEvent, event_id)
    payment_id = db.session.scalar(
        select(Payment.id).where(
            Payment.gateway == event.gateway, Payment.provider_id == str(event.payload.get("charge"))
        )
    )
    is_young = event.received_at > now - _MAY_BE_EARLY
    db.session.rollback()
    if payment_id is None and is_young:
        return False
    if payment_id is not None:
        ask_back(payment_id, now=now)
    _note_worked_off(event_id, now)
    return True


@action
def _note_worked_off(event_id: int, now: dt.datetime) -> None:
    db.session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.id == event_id, WebhookEvent.processed_at.is_(None))
        .values(processed_at=now)
    )
