"""Reads of what a deposit has left open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import select

from bookapp.booking.models import Booking
from bookapp.booking.queries.desk import GOODWILL
from bookapp.booking.states import BookingState
from bookapp.infra.db import db
from bookapp.payments.models import Payment
from bookapp.payments.queries import payments_by_reference, payments_of
from bookapp.values.money import Money, total

STANDS = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW)


def rest_of(booking: Booking) -> Money:
    """What is still to be paid for a booking that stands; nothing for one without a deposit.

    Goodwill does not open it again: what was given back out of kindness is not asked for a second time.
    """
    if booking.rest_due_at is None or booking.state not in STANDS:
        return Money.zero(booking.currency)
    return _rest(booking, payments_of(booking.ref))


def rests_between(after: dt.datetime, until: dt.datetime, *, beyond_id: int = 0, limit: int = 500) -> Sequence[Booking]:
    """Confirmed bookings whose rest is due after `after` and up to `until`, paid or not; by id, from `beyond_id` on.

    Not those whose rest is due at the venue: nobody is written to about money they will bring along.
    """
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.state == "confirmed",
            Booking.rest_due_at > after,
            Booking.rest_due_at <= until,
            Booking.due_at_venue.is_(False),
            Booking.id > beyond_id,
        )
        .order_by(Booking.id)
        .limit(limit)
    ).all()


class Agreed(Protocol):
    """A booking, or what was read of one: enough to know what is still to be paid."""

    @property
    def ref(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def rest_due_at(self) -> dt.datetime | None: ...

    @property
    def total(self) -> Money: ...


def rests_of(bookings: Sequence[Agreed]) -> dict[str, Money]:
    """What is still to be paid for each of these by its ref, where something is: two queries, however many."""
    due = {one.ref: one for one in bookings if one.rest_due_at is not None and one.state in STANDS}
    if not due:
        return {}
    paid = payments_by_reference(due)
    rests = {ref: _rest(one, paid[ref]) for ref, one in due.items()}
    return {ref: rest for ref, rest in rests.items() if rest}


def _rest(booking: Agreed, payments: Sequence[Payment]) -> Money:
    zero = Money.zero(booking.currency)
    paid = zero
    for payment in payments:
        if payment.counts:
            gone = [
                refund.amount
                for refund in payment.refunds
                if refund.state != "failed" and not refund.cause.startswith(GOODWILL)
            ]
            paid += payment.amount - total(gone, booking.currency)
    return max(booking.total - paid, zero)
