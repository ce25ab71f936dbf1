"""From a wish to a hold: the place is taken for a quarter of an hour, priced, before anyone says who they are."""

from __future__ import annotations

import datetime as dt
import uuid

from bookapp.audit.actions import record
from bookapp.booking import queries, rules
from bookapp.booking.actions.ending import give_up
from bookapp.booking.actions.stocking import check_stock
from bookapp.booking.actions.taking import prepare
from bookapp.booking.actions.writing import NewBooking, write
from bookapp.booking.errors import AlreadyBooked, HoldOver, PriceChanged, TooManyHolds
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_pay
from bookapp.booking.queries.bookings import live_holds
from bookapp.booking.queries.plans import Plan, due_columns
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action
from bookapp.infra.settings import current_settings
from bookapp.scheduling.actions.occupancy import set_blocks_until
from bookapp.values.errors import NotAllowed


@action
def hold(
    actor: Actor,
    wish: rules.Wish,
    *,
    now: dt.datetime,
    key: str,
    origin: str = "",
    shown_minor: int | None = None,
) -> Booking:
    """What `reserve` does, for whoever goes on with the booking in the same breath."""
    ref = reserve(actor, wish, now=now, key=key, origin=origin, shown_minor=shown_minor)
    return queries.by_ref(ref, visible_to_actor=actor)


@action
def reserve(
    actor: Actor,
    wish: rules.Wish,
    *,
    now: dt.datetime,
    key: str,
    origin: str = "",
    shown_minor: int | None = None,
) -> str:
    """Take what is wished for until `now` + 15 minutes; returns the ref of the booking that holds it.

    `key` makes the same click twice one hold; `origin` is a hash of the address it came from; `shown_minor` is
    the total the person saw. Raises SlotTaken, SessionFull, AddonGone, NotBookable, PriceChanged, TooManyHolds,
    AlreadyBooked, NotFound or NotValid; then nothing was taken.
    """
    scope = f"hold:{actor.user_id or actor.visitor}"
    limited = current_settings().rate_limits
    # One at a time per owner, or twenty tabs would all count before any of them holds.
    stored = idempotency.claim(
        scope, key, idempotency.fingerprint(wish=repr(wish)), in_line=_owners(actor, origin) if limited else ()
    )
    if stored is not None:
        return str(stored["ref"])
    if limited:
        _check_limits(actor, origin, now)
    plan = queries.plan(wish, now=now)
    if shown_minor not in (None, plan.quote.total.minor):
        raise PriceChanged(total=plan.quote.total)
    _check_seat_limit(actor, plan, now)
    check_stock(plan.addons, plan.span, plan.columns["zone"], now=now)
    expires_at = now + rules.HOLD
    place = prepare(plan, now=now)
    organiser = {"user_id": actor.user_id, "name": actor.name, "email": actor.email}
    _booking_id, ref = write(
        NewBooking(
            columns={
                **plan.columns,
                **place.columns,
                "claim_id": uuid.uuid4(),
                "customer_id": actor.user_id,
                "visitor": actor.visitor,
                "origin": origin or None,
                "email": actor.email,
                "name": actor.name,
                "currency": plan.quote.total.currency,
                "total_minor": plan.quote.total.minor,
                **due_columns(plan.quote.total, plan.columns["terms"], plan.columns["starts_at"], now),
                "hold_expires_at": expires_at,
            },
            lines=plan.quote.lines,
            organiser=organiser if actor.is_signed_in else None,
            wanted=place.wanted,
            act="booking.held",
            facts={"until": expires_at.isoformat()},
            scope=scope,
            key=key,
        ),
        actor,
        now=now,
    )
    return ref


@action
def extend(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Ten more minutes, once. Asking again answers the same. Raises NotAllowed, or HoldOver when it has lapsed."""
    booking = _own(actor, ref)
    if booking.hold_extended and booking.state == "pending":
        return booking
    if not rules.can_extend(
        state=booking.state, extended=booking.hold_extended, hold_expires_at=booking.hold_expires_at, now=now
    ):
        raise HoldOver
    assert booking.hold_expires_at is not None
    booking.hold_expires_at += rules.EXTENSION
    booking.hold_extended = True
    if booking.paying_until is None:
        set_blocks_until(booking.claim_id, booking.hold_expires_at)
    record(actor, "booking.hold_extended", f"booking:{booking.ref}", {"until": booking.hold_expires_at.isoformat()})
    return booking


@action
def let_go(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Give a hold back before its time. While a payment is open a worker closes that first, at the provider."""
    booking = _own(actor, ref)
    if booking.state == "pending":
        give_up(booking, actor, now=now)
    return booking


def _own(actor: Actor, ref: str) -> Booking:
    """The booking, locked, for its owner only: a participant sees it and changes nothing."""
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not may_pay(actor, booking):
        raise NotAllowed
    return booking


def _owners(actor: Actor, origin: str) -> list[str]:
    """Whose live holds are counted together."""
    names = [f"user:{actor.user_id}"] if actor.user_id is not None else []
    if actor.user_id is None and actor.visitor:
        names.append(f"visitor:{actor.visitor}")
    return [*names, f"origin:{origin}"] if origin else names


def _check_limits(actor: Actor, origin: str, now: dt.datetime) -> None:
    own, of_origin = live_holds(actor, origin, now=now)
    if own >= rules.MOST_HOLDS_PER_VISITOR or of_origin >= rules.MOST_HOLDS_PER_ORIGIN:
        raise TooManyHolds


def _check_seat_limit(actor: Actor, plan: Plan, now: dt.datetime) -> None:
    if plan.session is None or not actor.is_signed_in:
        return
    already = queries.active_in_session(plan.session.id, customer_id=actor.user_id, email=actor.email, now=now)
    if already >= plan.merchant.bookings_per_session:
        raise AlreadyBooked
