"""Acts on many bookings at once: which they would be about, and how far one is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bookapp.booking.models import Booking, BulkAct, BulkItem
from bookapp.booking.queries.lists import served_by
from bookapp.booking.queries.register import RegisterFilter, refs_of_register
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.payments.models import Payment, Refund
from bookapp.values.errors import NotFound
from bookapp.values.money import Money

# More at once is nobody's intention; and each one is looked at before it is done.
MOST_AT_ONCE = 500


def job_key(item_id: int) -> str:
    """What makes the work of one booking once only."""
    return f"booking.bulk_one:{item_id}"


def chosen_bookings(actor: Actor, refs: Collection[str]) -> Sequence[Booking]:
    """Those of `refs` that the actor serves, by their beginning; one that is not theirs is as good as not there."""
    return db.session.scalars(
        select(Booking).where(Booking.ref.in_(refs), served_by(actor)).order_by(Booking.starts_at, Booking.id)
    ).all()


def refs_that_fit(actor: Actor, wanted: RegisterFilter) -> Sequence[str]:
    """The refs of everything that fits a filter of the register: MOST_AT_ONCE, and one more when there are more."""
    return refs_of_register(actor, wanted, limit=MOST_AT_ONCE + 1)


def bulk_act(actor: Actor, bulk_id: int) -> BulkAct:
    """One's own act, for an admin anybody's. Raises NotFound."""
    found = db.session.get(BulkAct, bulk_id)
    if found is None or (found.user_id != actor.user_id and not actor.is_admin):
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class BulkRow:
    """What became of one booking: `state` is "due", "done", "refused", or "given_up"; and what goes back for it."""

    booking: Booking
    state: str
    refusal: str
    facts: dict[str, Any]
    refund: Money
    refund_state: str


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How far an act is, counted from its rows."""

    rows: Sequence[BulkRow]
    counts: Counter[str]

    @property
    def is_running(self) -> bool:
        """Whether anything will still happen by itself."""
        return self.counts["due"] > 0 or any(row.refund_state == "initiated" for row in self.rows)

    @property
    def settled(self) -> int:
        """How many are at an end, one way or the other."""
        return len(self.rows) - self.counts["due"]


def bulk_progress(act: BulkAct) -> BulkProgress:
    """How far it is now, in three queries."""
    found = db.session.execute(
        select(BulkItem, Booking)
        .join(Booking, Booking.id == BulkItem.booking_id)
        .where(BulkItem.bulk_id == act.id)
        .order_by(Booking.starts_at, Booking.id)
        .execution_options(populate_existing=True)
    ).all()
    keys = [job_key(item.id) for item, _ in found if item.state == "due"]
    dead = set(db.session.scalars(select(OutboxRow.key).where(OutboxRow.key.in_(keys), OutboxRow.state == "dead")))
    back = _refunds([booking.ref for _, booking in found]) if act.act == "cancel" else {}
    rows = [
        BulkRow(
            booking=booking,
            state="given_up" if job_key(item.id) in dead else item.state,
            refusal=item.refusal,
            facts=item.facts,
            refund=Money(back.get(booking.ref, (0, ""))[0], booking.currency),
            refund_state=back.get(booking.ref, (0, ""))[1],
        )
        for item, booking in found
    ]
    return BulkProgress(rows, Counter(row.state for row in rows))


def _refunds(refs: Collection[str]) -> dict[str, tuple[int, str]]:
    """By ref: how much goes back because it was cancelled, and the state of what is furthest behind."""
    rows = db.session.execute(
        select(Payment.reference, Refund.amount_minor, Refund.state)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Payment.reference.in_(refs), Refund.cause.startswith("cancelled:"))
    ).all()
    order = ("failed", "initiated", "processed")
    found: dict[str, tuple[int, str]] = {}
    for ref, minor, state in rows:
        amount, worst = found.get(ref, (0, "processed"))
        found[ref] = amount + minor, min(worst, state, key=order.index)
    return found
