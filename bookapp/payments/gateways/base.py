"""What every provider can do for us. None of these is called inside a transaction of ours.

A call that raises GatewayDown has an unknown end: it may have been done. The same call with the same key is the same
charge or refund; when a provider has forgotten its keys, `find_charge` and `find_refund` look for what was done.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from bookapp.values.money import Money

RefundState = Literal["processed", "pending", "failed"]
DisputeState = Literal["open", "won", "lost"]
Subject = Literal["charge", "refund", "dispute", "other"]


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
class Charge:
    """The provider's word on a charge.

    `received` is what it says arrived, and may differ from what was asked for; only a PAID charge has it. `capture_id`
    is what refunds go against where that is not the charge itself. `failure` is the provider's own code. `bounced`: it
    failed after its payer had been told it was done, so nobody sees it on a page.
    """

    state: ChargeState
    received: Money | None = None
    capture_id: str | None = None
    failure: str | None = None
    bounced: bool = False


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """The provider's word on a refund. A pending or processed one may still fail later."""

    provider_id: str
    state: RefundState
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeAnswer:
    """The provider's word on a dispute over the charge `capture_id`."""

    provider_id: str
    capture_id: str
    state: DisputeState
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class ListedCharge:
    """A charge in the provider's books. `provider_id` is what our payment has as its capture_id, or else provider_id.

    `key` and `reference` are what we gave it; a charge that is none of ours has neither.
    """

    provider_id: str
    key: uuid.UUID | None
    reference: str
    amount: Money
    state: ChargeState


@dataclass(frozen=True, slots=True)
class ListedRefund:
    """A refund in the provider's books, of the charge `charge_id` (see ListedCharge.provider_id)."""

    provider_id: str
    charge_id: str
    key: uuid.UUID | None
    amount: Money
    state: RefundState


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified webhook: the provider's event id, its kind, and what it speaks of: the `subject` called `provider_id`.

    `payload` holds the ids, sums and states we work with and nothing personal: "subject" and "provider_id" always,
    "charge" (what was opened) and "capture" (what refunds go against) where the provider says them.
    """

    event_id: str
    kind: str
    subject: Subject
    provider_id: str
    payload: Mapping[str, Any]


class Gateway(Protocol):
    """A provider. Raises GatewayDown (unknown, try again) or GatewayRefused (no use).

    `label` is what people choose it by (N_).
    """

    label: str

    def open(self, request: ChargeRequest) -> Opened:
        """Start collecting."""

    def fetch(self, provider_id: str) -> Charge:
        """Ask how a charge stands now."""

    def close(self, provider_id: str) -> Charge:
        """Make sure nobody can pay it any more; answers how it stands after that, which may be PAID."""

    def find_charge(self, key: uuid.UUID, *, since: dt.datetime) -> Opened | None:
        """Look for what `open` with this key began after `since`, without beginning anything."""

    def refund(self, provider_id: str, *, key: uuid.UUID, amount: Money, capture_id: str | None = None) -> RefundAnswer:
        """Send `amount` of a charge back, once per `key`. `capture_id` as `fetch` told it saves asking for it again."""

    def fetch_refund(self, provider_id: str) -> RefundAnswer:
        """Ask how a refund stands now."""

    def find_refund(self, provider_id: str, *, key: uuid.UUID, capture_id: str | None = None) -> RefundAnswer | None:
        """Look for what `refund` of this charge with this key began, without beginning anything."""

    def fetch_dispute(self, provider_id: str) -> DisputeAnswer:
        """Ask how a dispute stands now."""

    def charges_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedCharge]:
        """Every charge the provider made from `since` up to, not including, `until`, in any order."""

    def refunds_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedRefund]:
        """Every refund the provider made from `since` up to, not including, `until`, in any order."""

    def verify(self, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> Notice:
        """Check a webhook's signature over the raw body; raises BadSignature."""
