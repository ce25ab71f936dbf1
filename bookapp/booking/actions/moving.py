"""Moving a booking: to another time, another room of the house, another person or session of the same service.

What is not dearer is done at once. A dearer time is held beside the old one until the difference is paid; until then,
and when that never happens, the booking stays where it is (product.md, "Moving").
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from bookapp.audit.actions import record
from bookapp.booking import messages, queries, rules
from bookapp.booking.actions.changing import TO_ORIGINAL, change_lines, locked_for_change, place_facts
from bookapp.booking.actions.ending import end_change
from bookapp.booking.actions.refunding import refund_spread, send_back
from bookapp.booking.actions.stocking import check_stock
from bookapp.booking.actions.taking import Place, exchange, take
from bookapp.booking.errors import (
    AddonGone,
    AlreadyBooked,
    MoveLapsed,
    MoveWaiting,
    PriceChanged,
    SessionOver,
    SlotTaken,
    TooLateToMove,
    TooManyAttempts,
)
from bookapp.booking.events import BookingMoved
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.calloff import is_called_off
from bookapp.booking.queries.changes import (
    MoveOffer,
    change_by_id,
    is_waiting,
    move_offer,
    pending_change,
)
from bookapp.booking.states import BookingState
from bookapp.catalog.models import Addon, Merchant
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.payments import actions as payments
from bookapp.payments.models import Payment
from bookapp.payments.queries import attempts, open_payment, payments_of
from bookapp.scheduling.actions.occupancy import Wanted, return_seats, set_blocks_until, take_seats
from bookapp.scheduling.models import Session
from bookapp.values.money import Money, total
from bookapp.values.timespan import Span

_COLUMNS = ("room_id", "session_id", "facilitator_id", "venue_id", "title", "place", "host", "zone", "price_reasons")


@action
def move(
    actor: Actor,
    ref: str,
    to: rules.NewTime,
    *,
    now: dt.datetime,
    key: str,
    version: int | None = None,
    shown_minor: int | None = None,
    refund_to: str = TO_ORIGINAL,
    reason: str = "",
) -> BookingChange:
    """Move a booking, or hold the dearer time until its difference is paid (then the change is `pending`).

    `key` makes the same click twice one move; `version` and `shown_minor` (the difference) are what its reader saw.
    Raises NotFound, NotAllowed, TooLateToMove, MoveWaiting, ChangedMeanwhile, PriceChanged, SlotTaken, SessionFull,
    SessionOver, NotBookable, AlreadyBooked, AddonGone or NotValid; then nothing has changed.
    """
    booking, by_merchant = locked_for_change(actor, ref)
    scope = f"move:{booking.ref}"
    stored = idempotency.claim(scope, key, idempotency.fingerprint(to=repr(to)))
    if stored is not None:
        return db.session.get_one(BookingChange, stored["change"], populate_existing=True)
    _check_may_change(booking, version, now=now, by_merchant=by_merchant)
    offer = move_offer(booking, to, now=now, by_merchant=by_merchant)
    if shown_minor not in (None, offer.settlement.difference.minor):
        raise PriceChanged(total=offer.plan.quote.total)
    change = _hold_or_take(booking, offer, actor, now=now, by_merchant=by_merchant, reason=reason)
    idempotency.keep(scope, key, {"change": change.id})
    if offer.pay_now:
        record(actor, "booking.move_held", f"booking:{booking.ref}",
               {"change": change.id, "difference_minor": change.difference_minor})  # fmt: skip
    else:
        _apply(booking, change, actor, now=now, refund_to=refund_to)
    db.session.flush()
    return change


@action
def begin_move_payment(
    actor: Actor, ref: str, *, gateway_name: str, now: dt.datetime, wallet: bool = False
) -> Payment | None:
    """Open a payment for the difference; the new time then waits for it. An open one is used again.

    None when the wallet paid it all: then it is moved. Raises MoveLapsed, TooManyAttempts or WalletTooLow. The caller
    takes the payment to the provider afterwards.
    """
    booking, _by_merchant = locked_for_change(actor, ref)
    change = _waiting(booking, now)
    already = open_payment(booking.ref, _purpose(change))
    if already is not None:
        return already
    if not rules.attempt_allowed(attempts(booking.ref, _purpose(change)), now):
        raise TooManyAttempts
    closes_at = now + rules.PAYING
    change.paying_until = closes_at
    set_blocks_until(change.claim_id, None)
    db.session.flush()
    return payments.begin(
        reference=booking.ref,
        merchant_id=booking.merchant_id,
        gateway_name=gateway_name,
        amount=Money(change.difference_minor, booking.currency),
        description=booking.title,
        payer_email=booking.email,
        closes_at=closes_at,
        now=now,
        purpose=_purpose(change),
        wallet_of=actor.user_id if wallet and booking.customer_id == actor.user_id else None,
    )


@action
def let_go_of_move(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Give the new time back; the booking stays where it is. With a payment open a worker closes that first."""
    booking, _by_merchant = locked_for_change(actor, ref)
    change = pending_change(booking)
    if change is None:
        return booking
    payment = open_payment(booking.ref, _purpose(change))
    if payment is None:
        end_change(change_by_id(change.id), booking.ref, actor)
    else:
        payments.hurry(payment.id, now=now)
        change.hold_expires_at = now
    return booking


@action
def hear_paid(change_id: int, payment_id: int, now: dt.datetime) -> None:
    """Money for a move has arrived. In time, or with everything as it was and the time still free, it is moved;
    otherwise the payment goes back whole and the booking stays where it is (guarantees.md 12)."""
    booking, change = _both(change_id)
    if not _is_paid(booking, change) or booking.state != BookingState.CONFIRMED or not _still_on(change):
        used = False
    elif change.state == "pending":
        used = True
    else:
        used = change.state == "expired" and _take_again(booking, change, now)
    if used:
        _apply(booking, change, SYSTEM, now=now)
        return
    send_back(booking, payment_id, now=now, for_move=change.state != "done")
    if change.state == "pending":
        _wait_again(booking, change, declined=True, now=now)


@action
def hear_closed(change_id: int, payment_id: int, declined: bool, now: dt.datetime) -> None:
    """An attempt to pay for a move ended without money: after a declined card there is time for another."""
    booking, change = _both(change_id)
    if change.state == "pending" and open_payment(booking.ref, _purpose(change)) is None:
        _wait_again(booking, change, declined=declined, now=now)


def _check_may_change(booking: Booking, version: int | None, *, now: dt.datetime, by_merchant: bool) -> None:
    waiting = pending_change(booking)
    if waiting is not None:
        if is_waiting(waiting, now):
            raise MoveWaiting
        end_change(change_by_id(waiting.id), booking.ref, SYSTEM)
    queries.check_version(booking, version)
    until_hours = booking.terms["move_until_hours"]
    if not rules.can_move(
        state=booking.state, starts_at=booking.starts_at, until_hours=until_hours, now=now, by_merchant=by_merchant
    ):
        raise TooLateToMove
    if is_called_off(booking):
        # All of it comes back, as soon as its turn has come: nobody moves at the terms' expense.
        raise SessionOver


def _hold_or_take(
    booking: Booking, offer: MoveOffer, actor: Actor, *, now: dt.datetime, by_merchant: bool, reason: str
) -> BookingChange:
    """Take the new place beside the old one: for a quarter of an hour where it has to be paid, else for good."""
    plan, expires_at = offer.plan, now + rules.HOLD if offer.pay_now else None
    claim_id = uuid.uuid4()
    check_stock(plan.addons, plan.span, plan.columns["zone"], now=now, but=booking.id)
    if plan.session is not None:
        _check_seats(booking, plan.session, now)
    place = take(plan, claim_id, now=now, blocks_until=expires_at, beside=(booking.claim_id,), staff=by_merchant)
    change = BookingChange(
        booking_id=booking.id,
        kind="move",
        claim_id=claim_id,
        before=place_facts(booking),
        after=_after(booking, offer, place),
        difference_minor=offer.settlement.difference.minor,
        by_merchant=by_merchant,
        hold_expires_at=expires_at,
        actor=actor.label,
        reason=reason,
    )
    db.session.add(change)
    db.session.flush()
    return change


def _check_seats(booking: Booking, session: Session, now: dt.datetime) -> None:
    """One active booking per customer per session. Both sessions are locked in one order, whoever moves which way."""
    lock = f"session:{session.id}:{booking.customer_id or booking.email}"
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))
    already = queries.active_in_session(
        session.id, customer_id=booking.customer_id, email=booking.email, now=now, but_ref=booking.ref
    )
    if already >= db.session.get_one(Merchant, booking.merchant_id).bookings_per_session:
        raise AlreadyBooked
    both = [session.id, booking.session_id]
    db.session.execute(select(Session.id).where(Session.id.in_(both)).order_by(Session.id).with_for_update())


def _after(booking: Booking, offer: MoveOffer, place: Place) -> dict[str, Any]:
    """What the booking will be, as JSON: kept until it is paid, and as its history."""
    columns = dict.fromkeys(_COLUMNS) | {"host": "", "place": ""}
    columns |= {name: value for name, value in offer.plan.columns.items() if name in _COLUMNS}
    columns |= place.columns
    settled = offer.settlement
    return {
        **columns,
        "starts_at": offer.plan.span.start.isoformat(),
        "ends_at": offer.plan.span.end.isoformat(),
        "people": booking.people,
        "total_minor": booking.total_minor + (settled.difference - settled.given + settled.kept).minor,
        "lines": [asdict(line) | {"quantity": str(line.quantity)} for line in offer.lines],
        "tax": offer.plan.columns.get("tax"),
        "percent": offer.percent,
        "given_minor": settled.given.minor,
        "kept_minor": settled.kept.minor,
        "back_minor": settled.back.minor,
        "places": [
            {
                "resource_id": each.resource_id,
                "start": each.span.start.isoformat(),
                "end": each.span.end.isoformat(),
                "used_until": each.used_until.isoformat(),
            }
            for each in place.wanted
        ],
    }


def _apply(
    booking: Booking, change: BookingChange, actor: Actor, *, now: dt.datetime, refund_to: str = TO_ORIGINAL
) -> None:
    """Inside an action, with booking and change locked and the new place taken: the booking is there now."""
    after, old_start = change.after, booking.starts_at
    if booking.session_id is not None:
        return_seats(booking.session_id, booking.people)
    else:
        exchange(_places(after), change.claim_id, instead_of=booking.claim_id, now=now)
        booking.claim_id = change.claim_id
    for name in _COLUMNS:
        setattr(booking, name, after[name])
    booking.starts_at, booking.ends_at = _instants(after)
    booking.rest_due_at = rules.rest_due_after(booking.rest_due_at, old_start, booking.starts_at)
    if not change.by_merchant:
        booking.most_percent_back = rules.share_after(after["percent"], booking.most_percent_back)
    new = _lines_after(after)
    change_lines(
        booking, change, gone=None, new=new, given=after["given_minor"], kept=after["kept_minor"], tax=after["tax"]
    )
    back = Money(after["back_minor"], booking.currency)
    change.refunded_minor = back.minor
    change.state, change.done_at, change.paying_until = "done", now, None
    booking.sequence += 1
    record(
        actor,
        "booking.moved",
        f"booking:{booking.ref}",
        {
            "change": change.id,
            "from": change.before["starts_at"],
            "to": after["starts_at"],
            "difference_minor": change.difference_minor,
            "refund_minor": back.minor,
            "by_merchant": change.by_merchant,
        },
        reason=change.reason or None,
    )
    db.session.flush()
    if back:
        refund_spread(booking, back, cause=f"change:{change.id}", now=now, to=refund_to)
    send(messages.booking_moved(booking, change))
    publish(BookingMoved(booking.id, booking.ref, change.id, now))


def _take_again(booking: Booking, change: BookingChange, now: dt.datetime) -> bool:
    """Whether the time of a move that lapsed could be taken once more: paid late, but free and nothing else changed."""
    start, end = _instants(change.after)
    if start <= now or pending_change(booking) is not None or place_facts(booking) != dict(change.before):
        return False
    extras = _extras_after(change.after)
    try:
        check_stock(extras, Span(start, end), change.after["zone"], now=now, but=booking.id)
    except AddonGone:
        return False
    session_id = change.after["session_id"]
    if session_id is not None:
        return take_seats(session_id, booking.people, now=now)
    try:
        with db.session.begin_nested():
            exchange(_places(change.after), change.claim_id, instead_of=booking.claim_id, now=now)
    except SlotTaken:
        return False
    return True


def _extras_after(after: Mapping[str, Any]) -> list[tuple[Addon, int]]:
    pieces = rules.extras_in(_lines_after(after))
    found = db.session.scalars(select(Addon).where(Addon.id.in_(pieces)).order_by(Addon.id))
    return [(addon, pieces[addon.id]) for addon in found]


def _lines_after(after: Mapping[str, Any]) -> list[rules.AgreedLine]:
    return [rules.AgreedLine(**line | {"quantity": Decimal(line["quantity"])}) for line in after["lines"]]


def _wait_again(booking: Booking, change: BookingChange, *, declined: bool, now: dt.datetime) -> None:
    change.paying_until = None
    if declined:
        until = now + rules.AFTER_DECLINE
        change.hold_expires_at = max(change.hold_expires_at or until, until)
    if change.hold_expires_at is None or change.hold_expires_at <= now:
        end_change(change, booking.ref, SYSTEM, reason="payment closed")
    else:
        set_blocks_until(change.claim_id, change.hold_expires_at)


def _both(change_id: int) -> tuple[Booking, BookingChange]:
    """The booking and its change, locked in that order."""
    ref = db.session.scalars(
        select(Booking.ref)
        .join(BookingChange, BookingChange.booking_id == Booking.id)
        .where(BookingChange.id == change_id)
    ).one()
    return queries.lock_by_ref(ref), change_by_id(change_id)


def _waiting(booking: Booking, now: dt.datetime) -> BookingChange:
    change = pending_change(booking)
    if change is None or booking.state != BookingState.CONFIRMED or not is_waiting(change, now):
        raise MoveLapsed
    return change_by_id(change.id)


def _is_paid(booking: Booking, change: BookingChange) -> bool:
    """Whether what arrived for this very change covers its difference."""
    came = [
        payment.amount - total((one.amount for one in payment.refunds if one.state != "failed"), payment.currency)
        for payment in payments_of(booking.ref)
        if payment.purpose == _purpose(change) and payment.counts
    ]
    return total(came, booking.currency) >= Money(change.difference_minor, booking.currency)


def _still_on(change: BookingChange) -> bool:
    """Not when the session it goes to was called off meanwhile."""
    session_id = change.after["session_id"]
    return session_id is None or db.session.get_one(Session, session_id, populate_existing=True).state == "scheduled"


def _places(after: Mapping[str, Any]) -> list[Wanted]:
    instant = dt.datetime.fromisoformat
    return [
        Wanted(each["resource_id"], Span(instant(each["start"]), instant(each["end"])), instant(each["used_until"]))
        for each in after["places"]
    ]


def _instants(after: Mapping[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    return dt.datetime.fromisoformat(after["starts_at"]), dt.datetime.fromisoformat(after["ends_at"])


def _purpose(change: BookingChange) -> str:
    return f"change:{change.id}"
