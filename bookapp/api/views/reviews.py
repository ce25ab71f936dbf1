"""Writing a review."""

from __future__ import annotations

from typing import Any

from bookapp.api.schemas import reviews as schemas
from bookapp.api.views.area import ApiArea
from bookapp.api.views.keys import once
from bookapp.api.views.names import api_names
from bookapp.booking.queries import by_ref
from bookapp.infra import clock
from bookapp.reviews.actions import write_review
from bookapp.reviews.queries import review_by_id
from bookapp.values.words import N_
from bookapp.web.security import current_actor

views = ApiArea("reviews", __name__, title=N_("Reviews"), about=N_("What people say about rooms and services."))


@views.post("/reviews")
@views.arguments(schemas.ReviewInput)
@views.response(201, schemas.ReviewSchema)
@views.idempotent
def create_review(asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Publish what one says about the room or service of a booking that has taken place: once for each."""
    actor = current_actor()
    booking = by_ref(asked["booking_ref"], visible_to_actor=actor)

    def write() -> dict[str, Any]:
        review = write_review(actor, booking.id, stars=asked["stars"], words=asked["text"], now=clock.now())
        return {"review": review.id}

    with api_names():
        review = review_by_id(once(key, asked, write)["review"])
    same = ("id", "room_id", "service_id", "author", "stars", "created_at")
    return {name: getattr(review, name) for name in same} | {"booking_ref": booking.ref, "text": review.words}
