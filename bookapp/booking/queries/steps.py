"""What would come back after a move, until when: told before anybody moves."""

from __future__ import annotations

import datetime as dt

from bookapp.booking.models import Booking
from bookapp.booking.queries.bookings import steps_at_most
from bookapp.booking.queries.changes import MoveOffer
from bookapp.booking.rules import cancellation, share_after
from bookapp.payments.queries import balance
from bookapp.values.money import Money


def steps_after_move(
    booking: Booking, offer: MoveOffer, now: dt.datetime, *, by_merchant: bool = False
) -> list[tuple[dt.datetime | None, Money]]:
    """(until, what comes back) from the new start on, as if the difference were paid; like `refund_steps`."""
    settled = offer.settlement
    kept = offer.kept + settled.kept
    paid = balance(booking.ref, booking.currency).kept + offer.pay_now - settled.back
    most = booking.most_percent_back if by_merchant else share_after(offer.percent, booking.most_percent_back)
    steps: list[tuple[dt.datetime | None, Money]] = []
    for step in steps_at_most(booking.terms["tiers"], offer.terms_start, now, most, begins=offer.plan.span.start):
        back = cancellation(paid=paid, total=offer.total, percent=step.percent, kept=kept).refund
        if steps and steps[-1][1] == back:
            steps.pop()
        steps.append((step.until, back))
    return steps
