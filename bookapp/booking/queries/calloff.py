"""Reads around cancelling a whole session: who would be paid how much, and how far it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import joinedload

from bookapp.booking.models import Booking, SessionCancellation
from bookapp.booking.queries.destinations import Destinations, everything_back
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.payments.models import Payment, Refund
from bookapp.payments.queries import balances
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound
from bookapp.values.money import Money, total

_LIVE = ("pending", "confirmed")
# What the cause of a refund begins with that goes in the place of one that failed.
_INSTEAD = "instead:"


def job_key(session_id: int, ref: str) -> str:
    """What makes the job of one booking once only."""
    return f"booking.call_off_one:{session_id}:{ref}"


def is_live_in(session_id: int) -> ColumnElement[bool]:
    """The bookings of a session that are not at an end."""
    return and_(Booking.session_id == session_id, Booking.state.in_(_LIVE))


def told_of_changes(session_id: int) -> int:
    """How many of those who booked can be told when a session changes: whoever left an address."""
    live = select(func.count()).select_from(Booking).where(is_live_in(session_id), Booking.email != "")
    return db.session.scalar(live) or 0


def is_called_off(booking: Booking) -> bool:
    """Whether the session it is for has been cancelled."""
    if booking.session_id is None:
        return False
    return db.session.scalar(select(Session.state).where(Session.id == booking.session_id)) == "cancelled"


def cancellation_of(session_id: int) -> SessionCancellation | None:
    """The cancelling of a session, if it was begun; read afresh."""
    return db.session.scalar(
        select(SessionCancellation)
        .where(SessionCancellation.session_id == session_id)
        .execution_options(populate_existing=True)
    )


def session_at_desk(session_id: int) -> Session:
    """Any session, whatever its state, with its room and host. Raises NotFound."""
    session: Session | None = db.session.scalar(
        select(Session)
        .where(Session.id == session_id)
        .options(joinedload(Session.facilitator), joinedload(Session.room))
        .execution_options(populate_existing=True)
    )
    if session is None:
        raise NotFound
    return session


@dataclass(frozen=True, slots=True)
class Preview:
    """What cancelling would do: each live booking with where its money goes, and the sums."""

    rows: Sequence[tuple[Booking, Destinations]]
    wallet: Money
    original: Money

    @property
    def whole(self) -> Money:
        """Everything that goes back."""
        return self.wallet + self.original


def preview(session: Session) -> Preview:
    """Who would be paid back how much, in three queries."""
    live = select(Booking).where(is_live_in(session.id)).order_by(Booking.name, Booking.id)
    bookings = db.session.scalars(live).all()
    back = everything_back(bookings)
    rows = [(booking, back[booking.ref]) for booking in bookings]
    return Preview(
        rows,
        total((goes.wallet for _, goes in rows), session.currency),
        total((goes.original for _, goes in rows), session.currency),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a cancelling is, counted from the rows. `failures` are (ref, name, what stands in the way).

    The keys of what stands in the way are "job" (the booking itself could not be cancelled) and "refund".
    """

    done: int
    waiting: int
    failures: Sequence[tuple[str, str, str]]
    sent: Money
    due: Money

    @property
    def failed(self) -> int:
        """How many a person has to look at."""
        return len(self.failures)

    @property
    def whole(self) -> int:
        """How many bookings it is about."""
        return self.done + self.waiting + self.failed

    @property
    def is_running(self) -> bool:
        """Whether anything will still happen by itself."""
        return self.waiting > 0


def progress(cancellation: SessionCancellation, currency: str) -> Progress:
    """How far it is now, in five queries."""
    bookings = db.session.execute(
        select(Booking.ref, Booking.name, Booking.state).where(
            Booking.session_id == cancellation.session_id,
            or_(
                Booking.state.in_(_LIVE),
                and_(Booking.state.in_(("cancelled", "expired")), Booking.ended_at >= cancellation.started_at),
            ),
        )
    ).all()
    refunds = _refunds([ref for ref, _, _ in bookings])
    jobs = [job_key(cancellation.session_id, ref) for ref, _, state in bookings if state in _LIVE]
    given_up = set(db.session.scalars(select(OutboxRow.key).where(OutboxRow.key.in_(jobs), OutboxRow.state == "dead")))
    done = waiting = 0
    failures = []
    for ref, name, state in bookings:
        promised = {refund_state for refund_state, _ in refunds[ref]}
        if state in _LIVE and job_key(cancellation.session_id, ref) in given_up:
            failures.append((ref, name, "job"))
        elif "failed" in promised:
            failures.append((ref, name, "refund"))
        elif state in _LIVE or "initiated" in promised:
            waiting += 1
        else:
            done += 1
    everything = [refund for found in refunds.values() for refund in found]
    return Progress(
        done=done,
        waiting=waiting,
        failures=failures,
        sent=total((amount for state, amount in everything if state == "processed"), currency),
        due=total((amount for _, amount in everything), currency) + _still_to_promise(bookings, currency),
    )


def _still_to_promise(bookings: Iterable[Row[str, str, str]], currency: str) -> Money:
    live = [ref for ref, _, state in bookings if state in _LIVE]
    paid = balances(live, dict.fromkeys(live, currency))
    return total((each.kept for each in paid.values()), currency)


def _refunds(refs: Sequence[str]) -> dict[str, list[tuple[str, Money]]]:
    """By ref, (state, amount) of what goes back because of the cancelling, a late payment included.

    One that failed and was sent again counts as the one it was sent as.
    """
    found: defaultdict[str, list[tuple[str, Money]]] = defaultdict(list)
    rows = db.session.execute(
        select(Payment.reference, Refund.state, Refund.amount_minor, Refund.currency, Refund.id, Refund.cause)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(
            Payment.reference.in_(refs),
            or_(*(Refund.cause.startswith(cause) for cause in ("cancelled:", "not_needed:", _INSTEAD))),
        )
    ).all()
    sent_again = {cause.removeprefix(_INSTEAD) for *_, cause in rows if cause.startswith(_INSTEAD)}
    for reference, state, minor, currency, refund_id, _cause in rows:
        if str(refund_id) not in sent_again:
            found[reference].append((state, Money(minor, currency)))
    return found
