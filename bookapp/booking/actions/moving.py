"""Moving a booking: to another time, another room of the house, another person or session of the same service.

What is not dearer is done at once. A dearer time is held beside the old one until the difference is paid
(`move_payment`); until then, and when that never happens, the booking stays where it is (product.md, "Moving").
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.booking import queries, rules
from bookapp.booking.actions.arriving import COLUMNS, arrive
from bookapp.booking.actions.changing import TO_ORIGINAL, locked_for_change, place_facts
from bookapp.booking.actions.ending import end_change
from bookapp.booking.actions.overriding import override_facts
from bookapp.booking.actions.stocking import check_stock
from bookapp.booking.actions.taking import Place, one_at_a_time, take
from bookapp.booking.errors import (
    AlreadyBooked,
    MoveWaiting,
    PriceChanged,
    SessionOver,
    TooLateToMove,
)
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.calloff import is_called_off
from bookapp.booking.queries.changes import (
    MoveOffer,
    change_by_id,
    is_waiting,
    move_offer,
    pending_change,
)
from bookapp.catalog.models import Merchant
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.scheduling.models import Session


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
    asked: bool = False,
    overrules: str = "",
) -> BookingChange:
    """Move a booking, or hold the dearer time until its difference is paid (then the change is `pending`).

    `key` makes the same click twice one move; `version` and `shown_minor` (the difference) are what its reader saw.
    `asked`, of whoever serves it: the customer wishes it, so what is dearer is theirs to pay at the venue and less
    comes back by their terms; nobody waits for a payment. `overrules` is the code of the rule that the desk set aside.
    Raises NotFound, NotAllowed, TooLateToMove, MoveWaiting, ChangedMeanwhile, PriceChanged, SlotTaken, SessionFull,
    SessionOver, NotBookable, AlreadyBooked, AddonGone or NotValid; then nothing has changed.
    """
    booking, staff = locked_for_change(actor, ref)
    by_merchant, at_venue = staff and not asked, staff and asked
    scope = f"move:{booking.ref}"
    stored = idempotency.claim(scope, key, idempotency.fingerprint(to=repr(to)))
    if stored is not None:
        return db.session.get_one(BookingChange, stored["change"], populate_existing=True)
    _check_may_change(booking, version, now=now, staff=staff)
    if staff:
        override_facts(actor, booking, reason)
    offer = move_offer(booking, to, now=now, by_merchant=by_merchant, at_venue=at_venue)
    if shown_minor not in (None, offer.settlement.difference.minor):
        raise PriceChanged(total=offer.price)
    change = _hold_or_take(booking, offer, actor, now=now, staff=staff, by_merchant=by_merchant, reason=reason)
    if overrules:
        record(actor, "booking.overruled", f"booking:{booking.ref}", {"overrules": overrules}, reason=reason or None)
    idempotency.keep(scope, key, {"change": change.id})
    if offer.pay_now:
        record(actor, "booking.move_held", f"booking:{booking.ref}",
               {"change": change.id, "difference_minor": change.difference_minor})  # fmt: skip
    else:
        if at_venue and offer.settlement.pay:
            _due_at_venue(booking)
        arrive(booking, change, actor, now=now, refund_to=refund_to, asked=at_venue)
    db.session.flush()
    return change


def _due_at_venue(booking: Booking) -> None:
    """What is dearer at the customer's wish is paid at the counter: the booking has a rest, due when it begins."""
    if booking.rest_due_at is None:
        booking.due_now_minor, booking.rest_due_at = booking.total_minor, booking.starts_at
        booking.due_at_venue = True


def _check_may_change(booking: Booking, version: int | None, *, now: dt.datetime, staff: bool) -> None:
    waiting = pending_change(booking)
    if waiting is not None:
        if is_waiting(waiting, now):
            raise MoveWaiting
        end_change(change_by_id(waiting.id), booking.ref, SYSTEM)
    queries.check_version(booking, version)
    if not rules.can_move(
        state=booking.state,
        starts_at=booking.starts_at,
        terms_start=booking.terms_start,
        until_hours=booking.terms["move_until_hours"],
        now=now,
        by_merchant=staff,
    ):
        raise TooLateToMove
    if is_called_off(booking):
        # All of it comes back, as soon as its turn has come: nobody moves at the terms' expense.
        raise SessionOver


def _hold_or_take(
    booking: Booking,
    offer: MoveOffer,
    actor: Actor,
    *,
    now: dt.datetime,
    staff: bool,
    by_merchant: bool,
    reason: str,
) -> BookingChange:
    """Take the new place beside the old one: for a quarter of an hour where it has to be paid, else for good."""
    plan, expires_at = offer.plan, now + rules.HOLD if offer.pay_now else None
    claim_id = uuid.uuid4()
    check_stock(plan.addons, plan.span, plan.columns["zone"], now=now, but=booking.id)
    if plan.session is not None:
        _check_seats(booking, plan.session, now)
    place = take(plan, claim_id, now=now, blocks_until=expires_at, beside=(booking.claim_id,), staff=staff)
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
    one_at_a_time(session.id, booking.customer_id or booking.email)
    already = queries.active_in_session(
        session.id, customer_id=booking.customer_id, email=booking.email, now=now, but_ref=booking.ref
    )
    if already >= db.session.get_one(Merchant, booking.merchant_id).bookings_per_session:
        raise AlreadyBooked
    both = [session.id, booking.session_id]
    db.session.execute(select(Session.id).where(Session.id.in_(both)).order_by(Session.id).with_for_update())


def _after(booking: Booking, offer: MoveOffer, place: Place) -> dict[str, Any]:
    """What the booking will be, as JSON: kept until it is paid, and as its history."""
    columns = dict.fromkeys(COLUMNS) | {"host": "", "place": ""}
    columns |= {name: value for name, value in offer.plan.columns.items() if name in COLUMNS}
    columns |= place.columns
    settled = offer.settlement
    return {
        **columns,
        "starts_at": offer.plan.span.start.isoformat(),
        "ends_at": offer.plan.span.end.isoformat(),
        "people": booking.people,
        "total_minor": offer.total.minor,
        "terms_from": offer.terms_start.isoformat(),
        "lines": [asdict(line) | {"quantity": str(line.quantity)} for line in offer.lines],
        "tax": offer.plan.columns.get("tax"),
        "percent": offer.percent,
        "given_minor": settled.given.minor,
        "kept_minor": settled.kept.minor,
        "waived_minor": settled.waived.minor,
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
