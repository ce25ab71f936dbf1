"""What every provider can do for us. None of these is called inside a transaction of ours."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from bookapp.values.money import Money


class ChargeState(StrEnum):
    """How a charge stands at the provider."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What we ask to be collected. `key` makes asking twice the same as asking once."""

    key: uuid.UUID
    amount: Money
    description: str
    payer_email: str
    reference: str
    return_url: str
    cancel_url: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """The provider's id of the charge and the page on which it is paid."""

    provider_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified webhook: the provider's event id, its kind, and the charge or refund it speaks of."""

    event_id: str
    kind: str
    provider_id: str
    payload: Mapping[str, Any]


class Gateway(Protocol):
    """A provider. Raises GatewayDown (unknown, try again) or GatewayRefused (no use)."""

    def open(self, request: ChargeRequest) -> Opened:
        """Start collecting."""

    def fetch(self, provider_id: str) -> ChargeState:
        """Ask how a charge stands now."""

    def close(self, provider_id: str) -> ChargeState:
        """Make sure nobody can pay it any more; answers how it stands after that, which may be PAID."""

    def refund(self, provider_id: str, *, key: uuid.UUID, amount: Money) -> str:
        """Send `amount` of a charge back, once per `key`; answers the provider's id of the refund."""

    def verify(self, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> Notice:
        """Check a webhook's signature over the raw body; raises BadSignature."""
