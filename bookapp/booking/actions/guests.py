"""Guests: the link in their mail, and the account they may open later."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from bookapp.audit.actions import record
from bookapp.booking import messages, queries
from bookapp.booking.models import Booking, Participant
from bookapp.booking.policy import owns
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.values.errors import NotAllowed, NotFound

_MOST_IN_A_MAIL = 20


@action
def adopt_guest_bookings(user_id: int, email: str) -> int:
    """An email was verified: bookings made with it as a guest now belong to the account. Returns how many."""
    refs = db.session.scalars(
        update(Booking)
        .where(Booking.email == email, Booking.customer_id.is_(None), Booking.state != "expired")
        .values(customer_id=user_id, version=Booking.version + 1)
        .returning(Booking.ref)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.execute(
        update(Participant)
        .where(Participant.email == email, Participant.user_id.is_(None))
        .values(user_id=user_id)
        .execution_options(synchronize_session=False)
    )
    for ref in refs:
        record(SYSTEM, "booking.adopted", f"booking:{ref}", {"user": user_id})
    return len(refs)


@action
def open_link(token: str) -> tuple[str, int]:
    """Who holds a mailed link may see that booking: answers (ref, link version). Raises NotFound when it is void."""
    signed = queries.read_manage_token(token)
    if signed is None:
        raise NotFound
    ref, version = signed
    known = db.session.scalar(select(Booking.id).where(Booking.ref == ref, Booking.link_version == version))
    if known is None:
        raise NotFound
    return ref, version


@action
def revoke_links(actor: Actor, ref: str) -> None:
    """Make every link that was mailed for this booking void."""
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not owns(actor, booking):
        raise NotAllowed
    booking.link_version += 1
    record(actor, "booking.links_revoked", f"booking:{booking.ref}")


@action
def mail_links(email: str, *, now: dt.datetime) -> None:
    """Mail the manage links of this address's bookings. Says nothing to whoever asks (product.md, "Guests")."""
    bookings = db.session.scalars(
        select(Booking)
        .where(Booking.email == email, Booking.state.in_(("confirmed", "cancelled", "completed")))
        .order_by(Booking.starts_at.desc())
        .limit(_MOST_IN_A_MAIL)
    ).all()
    if bookings:
        send(messages.find_my_booking(email, bookings, asked_at=now))
