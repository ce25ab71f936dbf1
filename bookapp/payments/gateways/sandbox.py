"""A pretend provider that moves no money and says so on every page. Refused in production.

Seen from the rest of Bookapp it is a provider like any other: asked by key, paid on a page of its own, reporting by
signed webhook over HTTP, at least once and in any order. Its books are its own two tables.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
import uuid
from collections.abc import Iterator, Mapping

from flask import current_app
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.infra.settings import current_settings
from bookapp.payments.errors import BadSignature, GatewayRefused
from bookapp.payments.gateways.base import (
    Charge,
    ChargeRequest,
    ChargeState,
    DisputeAnswer,
    ListedCharge,
    ListedRefund,
    Notice,
    Opened,
    RefundAnswer,
)
from bookapp.payments.models import SandboxCharge, SandboxRefund
from bookapp.values.money import Money
from bookapp.values.words import N_

SIGNATURE = "Sandbox-Signature"
# As Stripe does: an older (or, unlike stripe-python, a newer) timestamp than this is refused.
_TOLERANCE_SECONDS = 300


class SandboxGateway:
    """The protocol of `base`, over the pretend provider's books."""

    label = N_("Sandbox: no money moves")

    def open(self, request: ChargeRequest) -> Opened:
        """Start a charge, or answer the one with the same key."""
        charge_id = _open(request)
        return Opened(charge_id, _page(charge_id))

    def fetch(self, provider_id: str) -> Charge:
        """Read how a charge stands."""
        charges = _charges(SandboxCharge.id == provider_id)
        if not charges:
            return Charge(ChargeState.EXPIRED)
        return Charge(charges[0].state, charges[0].amount if charges[0].state is ChargeState.PAID else None)

    def close(self, provider_id: str) -> Charge:
        """End an open charge."""
        settle(provider_id, ChargeState.EXPIRED)
        return self.fetch(provider_id)

    def find_charge(self, key: uuid.UUID, *, since: dt.datetime) -> Opened | None:
        """The charge with that key made after `since`."""
        charges = _charges(SandboxCharge.key == key, SandboxCharge.created_at >= since)
        return Opened(charges[0].provider_id, _page(charges[0].provider_id)) if charges else None

    def refund(self, provider_id: str, *, key: uuid.UUID, amount: Money, capture_id: str | None = None) -> RefundAnswer:
        """Send money back, once per key and never more than was paid."""
        return RefundAnswer(_refund(capture_id or provider_id, key, amount), "processed")

    def fetch_refund(self, provider_id: str) -> RefundAnswer:
        """A refund here is processed at once."""
        if not _refunds(SandboxRefund.id == provider_id):
            raise GatewayRefused
        return RefundAnswer(provider_id, "processed")

    def find_refund(self, provider_id: str, *, key: uuid.UUID, capture_id: str | None = None) -> RefundAnswer | None:
        """The refund with that key."""
        refunds = _refunds(SandboxRefund.key == key, SandboxRefund.charge_id == (capture_id or provider_id))
        return RefundAnswer(refunds[0].provider_id, "processed") if refunds else None

    def fetch_dispute(self, provider_id: str) -> DisputeAnswer:
        """Nobody disputes what moved no money."""
        raise GatewayRefused

    def charges_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedCharge]:
        """The charges made in that time."""
        return iter(_charges(SandboxCharge.created_at >= since, SandboxCharge.created_at < until))

    def refunds_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedRefund]:
        """The refunds made in that time."""
        return iter(_refunds(SandboxRefund.created_at >= since, SandboxRefund.created_at < until))

    def verify(self, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> Notice:
        """Check "t=<seconds>,v1=<hmac-sha256 of t.body>"."""
        stamp, signature = _parts(headers.get(SIGNATURE, ""))
        if abs(now.timestamp() - stamp) > _TOLERANCE_SECONDS:
            raise BadSignature
        if not hmac.compare_digest(signature.encode(), _signature(stamp, body).encode()):
            raise BadSignature
        payload = json.loads(body)
        return Notice(
            payload["id"], payload["type"], "charge", payload["charge"],
            {**payload, "subject": "charge", "provider_id": payload["charge"]},
        )  # fmt: skip


@action
def settle(charge_id: str, state: ChargeState, *, answers: int = 1) -> bool:
    """What the provider's page does: end an open charge and report it `answers` times. False if it was over."""
    ended = db.session.execute(
        update(SandboxCharge)
        .where(SandboxCharge.id == charge_id, SandboxCharge.state == ChargeState.OPEN)
        .values(state=state)
    )
    if ended.rowcount:
        event = {"id": f"evt_{secrets.token_hex(12)}", "type": f"charge.{state.value}", "charge": charge_id}
        for _ in range(answers):
            outbox.later("payments.report_sandbox_event", json.dumps(event))
    return bool(ended.rowcount)


def sign(body: bytes, now: dt.datetime) -> str:
    """The signature header the provider sends with `body`."""
    stamp = int(now.timestamp())
    return f"t={stamp},v1={_signature(stamp, body)}"


@action
def _open(request: ChargeRequest) -> str:
    db.session.execute(
        insert(SandboxCharge)
        .values(
            id=f"sbx_{secrets.token_hex(12)}",
            key=request.key,
            amount_minor=request.amount.minor,
            currency=request.amount.currency,
            description=request.description,
            return_url=request.return_url,
            cancel_url=request.cancel_url,
            expires_at=request.expires_at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
    return db.session.scalars(select(SandboxCharge.id).where(SandboxCharge.key == request.key)).one()


@action
def _refund(charge_id: str, key: uuid.UUID, amount: Money) -> str:
    charge = db.session.scalars(select(SandboxCharge).where(SandboxCharge.id == charge_id).with_for_update()).one()
    known = db.session.scalar(select(SandboxRefund.id).where(SandboxRefund.key == key))
    if known:
        return known
    refunded = db.session.scalar(
        select(func.coalesce(func.sum(SandboxRefund.amount_minor), 0)).where(SandboxRefund.charge_id == charge_id)
    )
    if charge.state != ChargeState.PAID or refunded + amount.minor > charge.amount_minor:
        raise GatewayRefused
    refund = SandboxRefund(id=f"sbr_{secrets.token_hex(12)}", key=key, charge_id=charge_id, amount_minor=amount.minor)
    db.session.add(refund)
    return refund.id


def _charges(*such: ColumnElement[bool]) -> list[ListedCharge]:
    found = [
        ListedCharge(charge.id, charge.key, "", Money(charge.amount_minor, charge.currency), ChargeState(charge.state))
        for charge in db.session.scalars(select(SandboxCharge).where(*such).execution_options(populate_existing=True))
    ]
    db.session.rollback()
    return found


def _refunds(*such: ColumnElement[bool]) -> list[ListedRefund]:
    rows = db.session.execute(
        select(SandboxRefund, SandboxCharge.currency)
        .join(SandboxCharge, SandboxCharge.id == SandboxRefund.charge_id)
        .where(*such)
    )
    found = [
        ListedRefund(refund.id, refund.charge_id, refund.key, Money(refund.amount_minor, currency), "processed")
        for refund, currency in rows
    ]
    db.session.rollback()
    return found


def _page(charge_id: str) -> str:
    return f"{current_settings().public_base_url}/sandbox/pay/{charge_id}"


def _secret() -> bytes:
    return hashlib.sha256(b"sandbox webhooks " + current_app.secret_key.encode()).digest()


def _signature(stamp: int, body: bytes) -> str:
    return hmac.new(_secret(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def _parts(header: str) -> tuple[int, str]:
    found = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    # Seconds since 1970 have ten digits; a number of thousands would be no time at all.
    if not re.fullmatch(r"[0-9]{1,12}", found.get("t", "")) or "v1" not in found:
        raise BadSignature
    return int(found["t"]), found["v1"]
