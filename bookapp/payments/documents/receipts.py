"""The receipt of a booking: what was paid and what went back, as the books are when it is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from bookapp.payments.documents.sheets import Sheet, Table, day, money, party, span
from bookapp.payments.models import Payment, Refund
from bookapp.values.money import Money, total
from bookapp.values.words import N_

_PAID = {
    "wallet": N_("Paid from the wallet"),
    "venue": N_("Paid at the venue"),
    "sandbox": N_("Paid in the sandbox (no real money)"),
}
_PAID_BY_CARD = N_("Paid online")


def receipt_pdf(
    facts: Mapping[str, Any], payments: Sequence[Payment], *, price: Money, still_open: Money, now: dt.datetime
) -> bytes:
    """The account of one booking: `facts` {reference, seller, buyer, zone, service}, its price and what is open."""
    return sheet(facts, payments, price=price, still_open=still_open, now=now).pdf()


def sheet(
    facts: Mapping[str, Any], payments: Sequence[Payment], *, price: Money, still_open: Money, now: dt.datetime
) -> Sheet:
    """A receipt in words."""
    reference = facts["reference"]
    zone, service = facts["zone"], facts["service"]
    starts_at, ends_at = (dt.datetime.fromisoformat(service[name]) for name in ("starts_at", "ends_at"))
    moves = sorted(_moves(payments), key=lambda move: move[0])
    kept = total((amount for _at, _what, amount in moves), price.currency)
    return Sheet(
        heading=_("Receipt for booking %(ref)s", ref=reference),
        foot=_("Booking %(ref)s · As of %(day)s", ref=reference, day=day(now, zone)),
        parties=(party(_("From"), facts["seller"]), party(_("To"), facts["buyer"])),
        facts=[
            (_("For"), service["title"]),
            (_("When"), span(starts_at, ends_at, zone)),
            *([(_("Where"), service["place"])] if service["place"] else []),
            (_("Price"), money(price)),
        ],
        tables=(
            Table(
                (_("Day"), _("What"), _("Amount")),
                [(day(at, zone), _(what), money(amount)) for at, what, amount in moves],
                left=2,
                sum=(_("Received"), money(kept)),
                after=[(_("Still open"), money(still_open))] if still_open else [],
            ),
        ),
    )


def _moves(payments: Sequence[Payment]) -> list[tuple[dt.datetime, str, Money]]:
    moves = [
        (payment.settled_at, _PAID.get(payment.gateway, _PAID_BY_CARD), payment.received)
        for payment in payments
        if payment.has_money and payment.settled_at is not None and payment.received.currency == payment.currency
    ]
    moves += [
        (refund.refunded_at, _returned(refund), -refund.amount)
        for payment in payments
        for refund in payment.refunds
        if refund.state == "processed" and refund.refunded_at is not None and refund.currency == payment.currency
    ]
    return moves


def _returned(refund: Refund) -> str:
    return N_("Refunded to the wallet") if refund.destination == "wallet" else N_("Refunded to where it came from")
