"""What payments tells the features above it. `reference` is what the payment was for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """The provider says the money is there."""

    payment_id: int
    reference: str
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class PaymentClosed:
    """This attempt ended without money: the card was declined (`declined`), or nobody paid in time.

    `bounced`: it was declined after its payer had been led back as if all were done.
    """

    payment_id: int
    reference: str
    declined: bool
    now: dt.datetime
    bounced: bool = False


@dataclass(frozen=True, slots=True)
class RefundProcessed:
    """The provider has sent the money back."""

    refund_id: int
    reference: str
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """The provider will not send the money back; a person has to look."""

    refund_id: int
    reference: str
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class PaymentWrong:
    """Money arrived that is not what was asked for; it counts for nothing and goes back whole."""

    payment_id: int
    reference: str
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class WalletChosen:
    """The desk gives a failed refund to its customer's wallet instead. Whose that is, is known above."""

    refund_id: int
    reference: str
    now: dt.datetime
