"""The papers of a booking, brought up to date by a job after whatever changed: invoices, credit notes, corrections.

Every event promises the same job, which reads what there is and issues what is missing, each paper once per its cause:
"booking:<ref>" the invoice, "change:<id>" what a change added (an invoice) or let go (a credit note), "refund:<id>" and
"refund_failed:<id>" money that went back or did not after all, "cancelled:<ref>" what nobody owes any more. In any
order and however often, invoices less credit notes then come to what the customer owes or has paid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from bookapp.booking.events import BookingCancelled, BookingConfirmed, BookingMoved, BookingPartCancelled
from bookapp.booking.models import Booking, BookingLine
from bookapp.booking.queries.desk import GOODWILL
from bookapp.booking.queries.papers import line_facts, lines_by_cause, owed, paper_facts, sum_of
from bookapp.booking.states import BookingState
from bookapp.infra import live, outbox
from bookapp.infra.db import action, db
from bookapp.payments.actions.papers import credit, invoiced, issue_invoice, take_back
from bookapp.payments.events import RefundFailed, RefundProcessed
from bookapp.payments.models import Refund
from bookapp.payments.queries import paper_by_cause, papers_of, payments_of
from bookapp.values.money import total

_Heard = BookingConfirmed | BookingMoved | BookingPartCancelled | BookingCancelled | RefundProcessed | RefundFailed


@action
def hear_for_papers(event: _Heard) -> None:
    """Promise to bring a booking's papers up to date; nothing waits for their numbers."""
    ref = event.reference if isinstance(event, RefundProcessed | RefundFailed) else event.ref
    outbox.later("booking.issue_papers", ref)


@action
def issue_papers(ref: str, *, now: dt.datetime) -> None:
    """Issue every paper about a booking that is missing. Nothing for one that was never confirmed.

    Whoever watches the calendar of its venue looks again: from here, so that bookings need not wait for each other
    (`infra.live.tell`).
    """
    booking = db.session.scalars(
        select(Booking).where(Booking.ref == ref).with_for_update().execution_options(populate_existing=True)
    ).one()
    if booking.venue_id is not None:
        live.tell(f"venue:{booking.venue_id}")
    if booking.confirmed_at is None:
        return
    groups = lines_by_cause(booking)
    for cause, lines in groups.items():
        _invoice(booking, cause or f"booking:{ref}", lines, now)
    refunds = _refunds(ref)
    for refund in refunds:
        _follow(refund, ref, now)
    _let_go(booking, groups, refunds, now)


def _invoice(booking: Booking, cause: str, lines: Sequence[BookingLine], now: dt.datetime) -> None:
    amount = sum_of(lines, booking.currency)
    if amount.minor <= 0 or paper_by_cause(cause) is not None:
        return
    still_open = min(owed(booking)[1], amount)
    until = booking.rest_due_at.isoformat() if booking.rest_due_at and still_open else None
    issue_invoice(
        merchant_id=booking.merchant_id,
        reference=booking.ref,
        cause=cause,
        amount=amount,
        facts=paper_facts(booking) | line_facts(booking, lines) | {"open_minor": still_open.minor, "open_until": until},
        now=now,
    )


def _follow(refund: Refund, ref: str, now: dt.datetime) -> None:
    """A credit note for money that went back, a correction when it did not arrive after all."""
    cause = f"refund:{refund.id}"
    if refund.state == "processed":
        # Of the reasons only that of a gift is meant for its customer.
        reason = refund.reason if refund.cause.startswith(GOODWILL) else ""
        credit(ref, refund.amount, cause=cause, why="refund", reason=reason, now=now)
    elif refund.state == "failed":
        credited = paper_by_cause(cause)
        if credited is not None:
            take_back(credited, cause=f"refund_failed:{refund.id}", now=now)


def _let_go(
    booking: Booking, groups: dict[str, list[BookingLine]], refunds: Sequence[Refund], now: dt.datetime
) -> None:
    """What was invoiced and is neither paid nor owed any more, because of a cancellation or a lower price."""
    cause = _why_less(booking, groups)
    if cause is None:
        return
    under_way = total((refund.amount for refund in refunds if refund.state == "initiated"), booking.currency)
    gone = invoiced(papers_of(booking.ref), booking.currency) - under_way - owed(booking)[0]
    if gone.minor > 0:
        credit(booking.ref, gone, cause=cause, why="not_due", now=now)


def _why_less(booking: Booking, groups: dict[str, list[BookingLine]]) -> str | None:
    if booking.state == BookingState.CANCELLED:
        return f"cancelled:{booking.ref}"
    lower = [cause for cause, lines in groups.items() if cause and sum_of(lines, booking.currency).minor < 0]
    return lower[-1] if lower else None


def _refunds(ref: str) -> list[Refund]:
    """Refunds of what paid for the booking; a payment that came twice or wrong was never invoiced."""
    payments = payments_of(ref)
    known = {refund.id: refund for payment in payments for refund in payment.refunds}
    return [
        refund
        for payment in payments
        if payment.received_minor is None
        for refund in payment.refunds
        if not _first_cause(refund, known).startswith("not_needed:")
    ]


def _first_cause(refund: Refund, known: dict[int, Refund]) -> str:
    """Why the money goes back; a refund that replaces a failed one goes back for the same reason."""
    while refund.cause.startswith("instead:"):
        refund = known[int(refund.cause.partition(":")[2])]
    return refund.cause
