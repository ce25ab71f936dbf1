"""Writing a review."""

from __future__ import annotations

import datetime as dt
import unicodedata

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator, Room, Service
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.reviews.errors import AlreadyReviewed, NotYet
from bookapp.reviews.events import ReviewWritten
from bookapp.reviews.models import Review
from bookapp.reviews.rules import can_review, problems, signature
from bookapp.values.errors import NotFound, NotValid


@action
def write_review(actor: Actor, booking_id: int, *, stars: int, words: str, now: dt.datetime) -> Review:
    """Publish what the customer says about the room or the service of a booking, and add it to their sums.

    Raises NotFound for somebody else's booking, NotValid, NotYet before it is completed, and AlreadyReviewed for a
    second one about the same room or service.
    """
    words = unicodedata.normalize("NFC", words).replace("\r\n", "\n").strip()
    if found := problems(stars, words):
        raise NotValid(found)
    booking = _own(actor, booking_id)
    if not can_review(booking.state, booking.ends_at, now):
        raise NotYet()
    about_room = booking.service_id is None
    review_id = db.session.scalar(
        insert(Review)
        .values(
            booking_id=booking.id,
            customer_id=booking.customer_id,
            room_id=booking.room_id if about_room else None,
            service_id=booking.service_id,
            facilitator_id=booking.facilitator_id,
            author=signature(booking.name or actor.name),
            stars=stars,
            words=words,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Review.id)
    )
    if review_id is None:
        raise AlreadyReviewed()
    _add_up(booking, stars, about_room=about_room)
    record(actor, "review.written", f"review:{review_id}", {"booking": booking.ref, "stars": stars})
    publish(ReviewWritten(review_id, booking.ref))
    return db.session.get_one(Review, review_id)


def _own(actor: Actor, booking_id: int) -> Booking:
    booking = db.session.get(Booking, booking_id)
    if booking is None or actor.user_id is None or booking.customer_id != actor.user_id:
        raise NotFound()
    return booking


def _add_up(booking: Booking, stars: int, *, about_room: bool) -> None:
    """In one statement per thing: two who write at the same moment both count."""
    about: list[tuple[type[Room] | type[Service] | type[Facilitator], int | None]] = [
        (Room, booking.room_id if about_room else None),
        (Service, booking.service_id),
        (Facilitator, booking.facilitator_id),
    ]
    for model, thing_id in about:
        if thing_id is not None:
            db.session.execute(
                update(model)
                .where(model.id == thing_id)
                .values(rating_sum=model.rating_sum + stars, rating_count=model.rating_count + 1)
                .execution_options(synchronize_session=False)
            )
