"""One act on many bookings: written down at once, done one booking at a time by workers, each with its own answer.

Every booking is a transaction of its own: what one refuses stands beside it, and the others go on. Killed, repeated or
side by side the workers come to the same end (guarantees.md 8).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.booking import messages, queries
from bookapp.booking.actions.attending import check_in, correct_attendance
from bookapp.booking.actions.cancelling import cancel_for_customer
from bookapp.booking.actions.ending import complete_one
from bookapp.booking.errors import NobodyToWriteTo, NothingChosen, NotOverYet, TooManyChosen
from bookapp.booking.models import Booking, BulkAct, BulkItem
from bookapp.booking.policy import may_serve
from bookapp.booking.queries.bulk import MOST_AT_ONCE, chosen_bookings, job_key
from bookapp.booking.rules.bulk import Act
from bookapp.booking.states import BookingState
from bookapp.catalog.queries import grants_of
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.identity.queries import actor_of
from bookapp.infra import idempotency, outbox
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.values.errors import NotFound, NotValid, Refusal
from bookapp.values.words import N_

_WHY = N_("Please say why: each customer reads it, and it stays with the booking.")
_WORDS = N_("Please write something.")


@action
def begin_bulk(actor: Actor, act: Act, refs: Sequence[str], *, reason: str, key: str, now: dt.datetime) -> BulkAct:
    """Promise `act` for each of these bookings; what is not the actor's is left out. `key` makes two clicks one act.

    Raises NothingChosen, TooManyChosen, or NotValid without words where the act needs some.
    """
    scope = f"bulk:{actor.label}"
    asked = idempotency.fingerprint(act=act, refs=sorted(refs), reason=reason)
    stored = idempotency.claim(scope, key, asked)
    if stored is not None:
        return db.session.get_one(BulkAct, stored["bulk"])
    if act.needs_words and not reason.strip():
        raise NotValid({"reason": _WORDS if act is Act.MESSAGE else _WHY})
    if len(refs) > MOST_AT_ONCE:
        raise TooManyChosen(most=MOST_AT_ONCE)
    bookings = chosen_bookings(actor, refs)
    if not bookings or actor.user_id is None:
        raise NothingChosen
    bulk = BulkAct(user_id=actor.user_id, act=act.value, reason=reason.strip(), bookings=len(bookings), started_at=now)
    db.session.add(bulk)
    db.session.flush()
    items = [BulkItem(bulk_id=bulk.id, booking_id=booking.id) for booking in bookings]
    db.session.add_all(items)
    db.session.flush()
    for item in items:
        outbox.later("booking.bulk_one", item.id, key=job_key(item.id))
    record(actor, f"bulk.{act}", f"bulk:{bulk.id}", {"bookings": len(bookings)}, reason=bulk.reason or None)
    idempotency.keep(scope, key, {"bulk": bulk.id})
    return bulk


def bulk_one(item_id: int, *, now: dt.datetime) -> bool:
    """Do it for one booking, and note what came of it. False when it was done before."""
    try:
        return _do(item_id, now)
    except Refusal as refusal:
        _note_refusal(item_id, refusal, now)
        return True


@action
def _do(item_id: int, now: dt.datetime) -> bool:
    item = _due(item_id)
    if item is None:
        return False
    bulk = db.session.get_one(BulkAct, item.bulk_id)
    actor = _doer(bulk.user_id)
    ref = db.session.scalars(select(Booking.ref).where(Booking.id == item.booking_id)).one()
    match Act(bulk.act):
        case Act.CANCEL:
            cancel_for_customer(actor, ref, now=now, reason=bulk.reason)
        case Act.CHECK_IN:
            check_in(actor, ref, now=now)
        case Act.COMPLETE:
            _complete(actor, ref, bulk.reason, now)
        case Act.MESSAGE:
            _write(actor, ref, bulk)
    item.state, item.done_at = "done", now
    return True


@action
def _note_refusal(item_id: int, refusal: Refusal, now: dt.datetime) -> None:
    item = _due(item_id)
    if item is not None:
        words = next(iter(refusal.fields.values()), refusal.sentence) if isinstance(refusal, NotValid) else ""
        item.state, item.done_at, item.refusal = "refused", now, words or refusal.sentence
        item.facts = {name: str(value) for name, value in refusal.params.items()}


def _due(item_id: int) -> BulkItem | None:
    item = db.session.scalar(
        select(BulkItem).where(BulkItem.id == item_id).with_for_update().execution_options(populate_existing=True)
    )
    return item if item is not None and item.state == "due" else None


def _doer(user_id: int) -> Actor:
    """Who pressed the button, with the roles they have now: who lost them meanwhile does nothing more."""
    user = db.session.get_one(User, user_id, populate_existing=True)
    if user.disabled_at is not None:
        raise NotFound
    return actor_of(user, grants_of(user.id))


def _complete(actor: Actor, ref: str, reason: str, now: dt.datetime) -> None:
    """It took place: what is over is completed now, what was noted as no-show is put right."""
    booking = queries.lock_by_ref(ref)
    if not may_serve(actor, booking):
        raise NotFound
    if booking.state == BookingState.CONFIRMED:
        if now < booking.ends_at:
            raise NotOverYet
        complete_one(booking, actor, BookingState.COMPLETED, now=now)
    elif booking.state != BookingState.COMPLETED:
        correct_attendance(actor, ref, came=True, reason=reason, now=now)


def _write(actor: Actor, ref: str, bulk: BulkAct) -> None:
    booking = queries.lock_by_ref(ref)
    if not may_serve(actor, booking):
        raise NotFound
    if not booking.email:
        raise NobodyToWriteTo
    send(messages.from_house(booking, bulk.reason, cause=f"bulk:{bulk.id}:{booking.ref}"))
    record(actor, "booking.told", f"booking:{booking.ref}", {"bulk": bulk.id})
