"""Reads of bookings. Whoever asks sees their own only; not theirs is as good as not there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select, union_all
from sqlalchemy.orm import selectinload

from bookapp.booking.errors import ChangedMeanwhile
from bookapp.booking.models import Booking, Participant
from bookapp.booking.queries.changes import kept_of, share_today
from bookapp.booking.rules import Cancellation, cancellation, share_after
from bookapp.booking.states import BookingState
from bookapp.catalog.rules import TermsStep, terms_steps
from bookapp.catalog.rules.terms import Tiers
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.payments.queries import Balance, balance
from bookapp.values.errors import NotFound
from bookapp.values.money import Money

_BOOKING, _PERSON = Booking.__table__.c, Participant.__table__.c


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The bookings `actor` may see: their own, those they take part in, and those a mailed link opened.

    One that was confirmed to an address as a guest's belongs to whoever has proven that address (product.md, "Guests").
    """
    mine = _ways(actor)
    return or_(*mine) if mine else false()


def among_ones_own(actor: Actor) -> ColumnElement[bool]:
    """The same bookings for lists over all of them: each way by its own index, where the ways together have none."""
    ways = [select(Booking.id).where(way) for way in _ways(actor)]
    return Booking.id.in_(union_all(*ways)) if ways else false()


def _ways(actor: Actor) -> list[ColumnElement[bool]]:
    mine: list[ColumnElement[bool]] = []
    if actor.user_id is not None:
        mine.append(Booking.customer_id == actor.user_id)
        mine.append(Booking.id.in_(select(Participant.booking_id).where(Participant.user_id == actor.user_id)))
        if actor.email_verified:
            proven = and_(Booking.email == actor.email, Booking.confirmed_at.is_not(None))
            mine.append(and_(proven, Booking.customer_id.is_(None)))
    if actor.visitor:
        mine.append(and_(Booking.visitor == actor.visitor, Booking.customer_id.is_(None)))
    mine.extend(and_(Booking.ref == ref, Booking.link_version == version) for ref, version in actor.links)
    return mine


def by_ref(ref: str, *, visible_to_actor: Actor) -> Booking:
    """One booking with its lines and participants. Raises NotFound, also when it is somebody else's."""
    booking = db.session.scalar(
        select(Booking)
        .where(Booking.ref == ref.upper(), visible_to(visible_to_actor))
        .options(selectinload(Booking.lines), selectinload(Booking.participants))
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound
    return booking


def glance(ref: str, *, visible_to_actor: Actor) -> Booking:
    """One booking by itself, where nobody asks for its lines or participants. Raises NotFound as `by_ref` does."""
    booking = db.session.scalar(
        select(Booking)
        .where(Booking.ref == ref.upper(), visible_to(visible_to_actor))
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound
    return booking


def companions_of(booking: Booking) -> list[tuple[str, str]]:
    """(name, email) of who comes along, in the order in which they were named."""
    rows = db.session.execute(
        select(_PERSON.name, _PERSON.email)
        .where(_PERSON.booking_id == booking.id, _PERSON.role == "participant")
        .order_by(_PERSON.id)
    )
    return [(name, email) for name, email in rows]


def lock_by_ref(ref: str, *, visible_to_actor: Actor | None = None) -> Booking:
    """One booking, locked until the transaction ends and read afresh. Without an actor: for the system."""
    wanted = select(Booking).where(Booking.ref == ref.upper())
    if visible_to_actor is not None:
        wanted = wanted.where(visible_to(visible_to_actor))
    booking = db.session.scalar(wanted.with_for_update(of=Booking).execution_options(populate_existing=True))
    if booking is None:
        raise NotFound
    return booking


def check_version(booking: Booking, version: int | None) -> None:
    """Raise ChangedMeanwhile when the page that was answered showed an earlier version (guarantees.md 13)."""
    if version not in (None, booking.version):
        raise ChangedMeanwhile


def mine_by_claims(actor: Actor, now: dt.datetime) -> frozenset[uuid.UUID]:
    """The claims of the actor's live holds, so that a calendar can say "held for you"."""
    if actor.user_id is None and not actor.visitor:
        return frozenset()
    owner = Booking.customer_id == actor.user_id if actor.user_id is not None else Booking.visitor == actor.visitor
    return frozenset(
        db.session.scalars(select(Booking.claim_id).where(Booking.state == "pending", owner, is_live(now)))
    )


def is_live(now: dt.datetime) -> ColumnElement[bool]:
    """A pending booking that still blocks: its hold runs, or a payment is open."""
    return or_(Booking.hold_expires_at > now, Booking.paying_until.is_not(None))


def is_active(now: dt.datetime) -> ColumnElement[bool]:
    """A booking that is confirmed, or held and not lapsed."""
    return or_(Booking.state == "confirmed", and_(Booking.state == "pending", is_live(now)))


_LIVE = and_(
    _BOOKING.state == "pending", or_(_BOOKING.hold_expires_at > bindparam("now"), _BOOKING.paying_until.is_not(None))
)
_LIVE_HOLDS = select(
    *(
        select(func.count()).where(_LIVE, _BOOKING[name] == bindparam(name)).scalar_subquery()
        for name in ("customer_id", "visitor", "origin")
    )
)


def live_holds(actor: Actor, origin: str, *, now: dt.datetime) -> tuple[int, int]:
    """How many live holds there are of the actor, and how many came from the address whose hash is `origin`."""
    visitor = actor.visitor if actor.user_id is None else None
    asked = {"customer_id": actor.user_id, "visitor": visitor, "origin": origin or None, "now": now}
    customers, visitors, of_origin = db.session.execute(_LIVE_HOLDS, asked).one()
    return customers + visitors, of_origin


def active_in_session(
    session_id: int, *, customer_id: int | None, email: str, now: dt.datetime, but_ref: str = ""
) -> int:
    """How many active bookings this customer (the account, else the email) has in a session; a lapsed hold is none."""
    same = Booking.customer_id == customer_id if customer_id is not None else Booking.email == email
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(Booking.session_id == session_id, is_active(now), same, Booking.ref != but_ref)
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """One tab of My bookings, and how many stand behind each."""

    bookings: Sequence[Booking]
    upcoming: int
    past: int


def listing(actor: Actor, *, tab: str, now: dt.datetime, page: int = 1, per_page: int = 20) -> Listing:
    """The actor's bookings: `upcoming` soonest first (a hold that has lapsed is not one), or `past` latest first."""
    mine = among_ones_own(actor)
    upcoming = and_(
        mine,
        Booking.ends_at > now,
        is_active(now),
    )
    past = and_(
        mine,
        or_(
            Booking.state.in_(("completed", "no_show", "cancelled")),
            and_(Booking.state == "confirmed", Booking.ends_at <= now),
        ),
    )
    counts = db.session.execute(
        select(
            select(func.count()).select_from(Booking).where(upcoming).scalar_subquery(),
            select(func.count()).select_from(Booking).where(past).scalar_subquery(),
        )
    ).one()
    order = (Booking.starts_at, Booking.id) if tab == "upcoming" else (Booking.starts_at.desc(), Booking.id.desc())
    rows = db.session.scalars(
        select(Booking)
        .where(upcoming if tab == "upcoming" else past)
        .order_by(*order)
        .limit(per_page)
        .offset((page - 1) * per_page)
        .options(selectinload(Booking.lines))
    ).all()
    return Listing(rows, counts[0], counts[1])


def payment_status(booking: Booking, money: Balance) -> str:
    """The derived payment_status of product.md, "States": pending, paid, partly_refunded, refunded or failed.

    What costs nothing is paid as soon as it stands; what ended before anybody paid has failed.
    """
    if money.paid:
        return money.status
    if booking.state in (BookingState.EXPIRED, BookingState.CANCELLED):
        return "failed"
    if booking.state == BookingState.PENDING:
        return money.status
    return "pending" if booking.due_now else "paid"


def cancellation_today(booking: Booking, now: dt.datetime) -> Cancellation:
    """What cancelling would come to at `now`, by the terms frozen on the booking."""
    percent = share_today(booking, now)
    paid = balance(booking.ref, booking.currency).kept
    return cancellation(paid=paid, total=booking.total, percent=percent, kept=kept_of(booking))


def refund_steps(booking: Booking, now: dt.datetime, *, paid: Money) -> list[tuple[dt.datetime | None, Money]]:
    """What of `paid` would come back, from now on, until when; the last step has no end. Equal amounts are one step."""
    kept = kept_of(booking)
    steps: list[tuple[dt.datetime | None, Money]] = []
    for step in booking_steps(booking, now):
        back = cancellation(paid=paid, total=booking.total, percent=step.percent, kept=kept).refund
        if steps and steps[-1][1] == back:
            steps.pop()
        steps.append((step.until, back))
    return steps


def booking_steps(booking: Booking, now: dt.datetime) -> list[TermsStep]:
    """What share comes back from `now` on, until when, by the frozen terms.

    After a move it is never better than it was at the moment of moving (product.md, "Moving").
    """
    return steps_at_most(
        booking.terms["tiers"], booking.terms_start, now, booking.most_percent_back, begins=booking.starts_at
    )


def steps_at_most(
    tiers: Tiers, counted_from: dt.datetime, now: dt.datetime, most: int | None, *, begins: dt.datetime
) -> list[TermsStep]:
    """The steps of the terms `counted_from` an instant, none better than `most`; equal shares are one step.

    Nobody cancels what has begun: a step that would end later than it `begins` is the last.
    """
    steps: list[TermsStep] = []
    for step in terms_steps(tiers, counted_from, now):
        percent = share_after(step.percent, most)
        if steps and steps[-1].percent == percent:
            steps.pop()
        until = step.until if step.until is not None and step.until < begins else None
        steps.append(TermsStep(until, percent))
        if until is None:
            break
    return steps
