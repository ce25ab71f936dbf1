"""A booking as those who serve it see it. Who that is, is for `booking.policy`."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import selectinload

from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.payments.models import Payment, Refund
from bookapp.values.errors import NotFound

# What the cause of a refund begins with that somebody gave out of goodwill.
GOODWILL = "goodwill:"


def booking_at_desk(ref: str) -> Booking:
    """Anybody's booking with its lines and participants. Raises NotFound."""
    booking = db.session.scalar(
        select(Booking)
        .where(Booking.ref == ref.upper())
        .options(selectinload(Booking.lines), selectinload(Booking.participants))
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound
    return booking


def host_of(facilitator_id: int | None) -> int | None:
    """The account of the facilitator who hosts something, if one does and has one."""
    return db.session.scalar(select(Facilitator.user_id).where(Facilitator.id == facilitator_id))


def client_account(user_id: int, *, merchant_id: int, facilitator_id: int | None) -> User | None:
    """The account of somebody who was with this house before; with `facilitator_id`, with that person."""
    met = select(Booking.id).where(
        Booking.customer_id == User.id, Booking.merchant_id == merchant_id, Booking.confirmed_at.is_not(None)
    )
    if facilitator_id is not None:
        met = met.where(Booking.facilitator_id == facilitator_id)
    return db.session.scalar(select(User).where(User.id == user_id, User.disabled_at.is_(None), met.exists()))


def goodwill_given(ref: str) -> int:
    """How much (minor units) of a booking was given back out of goodwill so far."""
    # One that failed is sent again under another cause, with the reason it had.
    in_its_place = and_(Refund.cause.startswith("instead:"), Refund.reason != "")
    given: int = db.session.scalars(
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.reference == ref, Refund.state != "failed", or_(Refund.cause.startswith(GOODWILL), in_its_place))
    ).one()
    return given
