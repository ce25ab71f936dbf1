"""Everything that happened to one booking, from the tables of every feature below, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bookapp.audit.models import AuditEntry
from bookapp.audit.queries import story_of
from bookapp.booking.models import Booking, BookingChange
from bookapp.identity.models import User
from bookapp.identity.queries import names_of
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.notifications.queries import messages_about
from bookapp.payments.models import Dispute, MoneyCase, Payment, Refund
from bookapp.payments.queries import cases_about, payments_of

_USER = "user:"


@dataclass(frozen=True, slots=True)
class BookingStory:
    """A booking with all there is about it, each part oldest first; `names` are of the accounts that did something."""

    booking: Booking
    customer: User | None
    payments: Sequence[Payment]
    disputes: Sequence[Dispute]
    cases: Sequence[MoneyCase]
    changes: Sequence[BookingChange]
    messages: Sequence[MessageRecord]
    audit: Sequence[AuditEntry]
    names: Mapping[int, str]

    @property
    def instead_of(self) -> Mapping[int, Refund]:
        """By the id of a refund that failed: the one that went in its place."""
        return {
            int(number): refund
            for payment in self.payments
            for refund in payment.refunds
            if (number := refund.cause.removeprefix("instead:")).isdigit()
        }

    def open_case(self, refund: Refund) -> MoneyCase | None:
        """The case that waits for a person because `refund` failed."""
        subject = f"refund:{refund.id}"
        return next((one for one in self.cases if one.subject == subject and one.closed_at is None), None)

    def name_of(self, label: str) -> str:
        """Who an actor's label ("user:7") stands for; "" for the house's own work."""
        number = label.removeprefix(_USER)
        return self.names.get(int(number), "") if label.startswith(_USER) and number.isdigit() else ""


def story(booking: Booking) -> BookingStory:
    """All of it. `booking` has its lines and participants."""
    customer = db.session.get(User, booking.customer_id) if booking.customer_id is not None else None
    payments, cases = payments_of(booking.ref), cases_about(booking.ref)
    changes = changes_of(booking.id)
    messages = messages_about(booking.ref)
    audit = story_of(f"booking:{booking.ref}", *(f"case:{case.id}" for case in cases))
    return BookingStory(
        booking=booking,
        customer=customer,
        payments=payments,
        disputes=_disputes([payment.id for payment in payments]),
        cases=cases,
        changes=changes,
        messages=messages,
        audit=audit,
        names=names_of(_who(audit, changes, messages)),
    )


def changes_of(booking_id: int) -> Sequence[BookingChange]:
    """Its moves and the parts given back, those that lapsed among them, oldest first."""
    return db.session.scalars(
        select(BookingChange).where(BookingChange.booking_id == booking_id).order_by(BookingChange.id)
    ).all()


def refund_of_booking(ref: str, refund_id: int) -> Refund | None:
    """One refund of this booking, with its payment; None when it is another's."""
    return db.session.scalar(
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id, Payment.reference == ref)
        .options(selectinload(Refund.payment))
    )


def _disputes(payment_ids: Collection[int]) -> Sequence[Dispute]:
    return db.session.scalars(select(Dispute).where(Dispute.payment_id.in_(payment_ids)).order_by(Dispute.id)).all()


def _who(audit: Sequence[AuditEntry], changes: Sequence[BookingChange], messages: Sequence[MessageRecord]) -> set[int]:
    known = {one.user_id for one in (*audit, *messages) if one.user_id is not None}
    known |= {one.impersonator_id for one in audit if one.impersonator_id is not None}
    labels = (change.actor.removeprefix(_USER) for change in changes if change.actor.startswith(_USER))
    return known | {int(number) for number in labels if number.isdigit()}
