"""Where money goes that comes back: counted before anything is done, the same way as it is done then.

The order is written down in docs/refunds.md: the newest payment first, and what came from a wallet only into it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bookapp.booking.models import Booking
from bookapp.booking.rules import refunds_newest_first
from bookapp.infra.db import db
from bookapp.payments.models import Payment
from bookapp.payments.queries import payments_of
from bookapp.values.money import Money, total

TO_WALLET = "wallet"
TO_ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Destinations:
    """What of an amount goes into the customer's wallet at once, and what the way it came (a card: 5 to 10 days)."""

    wallet: Money
    original: Money

    @property
    def whole(self) -> Money:
        """Both together."""
        return self.wallet + self.original


def destinations(booking: Booking, amount: Money, *, to: str = TO_ORIGINAL) -> Destinations:
    """Where `amount` of what was paid for `booking` goes when the customer asks for `to` ("original" or "wallet")."""
    return _split(payments_of(booking.ref), amount, to)


def both_destinations(booking: Booking, amount: Money) -> tuple[Destinations, Destinations]:
    """Where `amount` goes the way it was paid, and where when the customer asks for the wallet."""
    payments = payments_of(booking.ref)
    return _split(payments, amount, TO_ORIGINAL), _split(payments, amount, TO_WALLET)


def everything_back(bookings: Collection[Booking]) -> dict[str, Destinations]:
    """By ref: where all that was paid and not given back goes, when a merchant cancels. One query and its refunds."""
    paid: dict[str, list[Payment]] = {booking.ref: [] for booking in bookings}
    for payment in db.session.scalars(
        select(Payment).where(Payment.reference.in_(paid)).order_by(Payment.id).options(selectinload(Payment.refunds))
    ):
        paid[payment.reference].append(payment)
    return {
        booking.ref: _split(
            paid[booking.ref],
            total((left for _, left in _left_newest_first(paid[booking.ref])), booking.currency),
            TO_ORIGINAL,
        )
        for booking in bookings
    }


def given_back(payments: Iterable[Payment], currency: str) -> Destinations:
    """What of these payments has been promised back so far, and where to."""
    wallet = original = Money.zero(currency)
    for payment in payments:
        for refund in payment.refunds:
            if refund.state != "failed":
                if refund.destination == TO_WALLET:
                    wallet += refund.amount
                else:
                    original += refund.amount
    return Destinations(wallet, original)


def given_back_for(booking: Booking, cause: str) -> Destinations:
    """What was promised back for one cause ("cancelled:B7K2QF"), and where to, whether or not it has arrived yet."""
    wallet = original = Money.zero(booking.currency)
    for payment in payments_of(booking.ref):
        for refund in payment.refunds:
            if refund.cause == cause:
                if refund.destination == TO_WALLET:
                    wallet += refund.amount
                else:
                    original += refund.amount
    return Destinations(wallet, original)


def _split(payments: Iterable[Payment], amount: Money, to: str) -> Destinations:
    by_id = {payment.id: payment for payment in payments}
    left = [(payment.id, available) for payment, available in _left_newest_first(by_id.values())]
    wallet = original = Money.zero(amount.currency)
    for payment_id, part in refunds_newest_first(left, amount):
        if to == TO_WALLET or by_id[payment_id].gateway == "wallet":
            wallet += part
        else:
            original += part
    return Destinations(wallet, original)


def _left_newest_first(payments: Iterable[Payment]) -> list[tuple[Payment, Money]]:
    return [
        (payment, payment.amount - total(_promised(payment), payment.currency))
        for payment in sorted(payments, key=lambda payment: -payment.id)
        if payment.counts
    ]


def _promised(payment: Payment) -> list[Money]:
    return [refund.amount for refund in payment.refunds if refund.state != "failed"]
