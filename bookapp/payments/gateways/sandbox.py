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
from collections.abc import Mapping

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.infra.settings import current_settings
from bookapp.payments.errors import BadSignature, GatewayRefused
from bookapp.payments.gateways.base import ChargeRequest, ChargeState, Notice, Opened
from bookapp.payments.models import SandboxCharge, SandboxRefund
from bookapp.values.money import Money

SIGNATURE = "Sandbox-Signature"
# As Stripe does: an older (or, unlike stripe-python, a newer) timestamp than this is refused.
_TOLERANCE_SECONDS = 300


class SandboxGateway:
    """The protocol of `base`, over the pretend provider's books."""

    def open(self, request: ChargeRequest) -> Opened:
        """Start a charge, or answer the one with the same key."""
        charge_id = _open(request)
        return Opened(charge_id, f"{current_settings().public_base_url}/sandbox/pay/{charge_id}")

    def fetch(self, provider_id: str) -> ChargeState:
        """Read how a charge stands."""
        state = db.session.scalar(select(SandboxCharge.state).where(SandboxCharge.id == provider_id))
        db.session.rollback()
        return ChargeState(state) if state else ChargeState.EXPIRED

    def close(self, provider_id: str) -> ChargeState:
        """End an open charge."""
        settle(provider_id, ChargeState.EXPIRED)
        return self.fetch(provider_id)

    def refund(self, provider_id: str, *, key: uuid.UUID, amount: Money) -> str:
        """Send money back, once per key and never more than was paid."""
        return _refund(provider_id, key, amount)

    def verify(self, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> Notice:
        """Check "t=<seconds>,v1=<hmac-sha256 of t.body>"."""
        stamp, signature = _parts(headers.get(SIGNATURE, ""))
        if abs(now.timestamp() - stamp) > _TOLERANCE_SECONDS:
            raise BadSignature
        if not hmac.compare_digest(signature.encode(), _signature(stamp, body).encode()):
            raise BadSignature
        payload = json.loads(body)
        return Notice(payload["id"], payload["type"], payload["charge"], payload)


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
