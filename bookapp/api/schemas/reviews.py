"""Reviews."""

from __future__ import annotations

from marshmallow import fields

from bookapp.api.schemas.base import Answer, Input
from bookapp.api.schemas.fields import Line, Moment, Text, Whole, said
from bookapp.reviews.rules import LONGEST_WORDS


class ReviewInput(Input):
    """What somebody says about what they booked."""

    booking_ref = Line("A booking of one's own that has taken place.", "B7K2QF", longest=12, required=True)
    stars = Whole("1 to 5.", 5, high=5, required=True)
    text = Text("In words.", "Bright, quiet, and the projector just works.", longest=LONGEST_WORDS, load_default="")


class ReviewSchema(Answer):
    """A published review."""

    id = fields.Integer()
    booking_ref = fields.String(metadata=said("The booking it is about.", "B7K2QF"))
    room_id = fields.Integer(allow_none=True, metadata=said("The room, of a room's hire."))
    service_id = fields.Integer(allow_none=True, metadata=said("The service, of anything else."))
    author = fields.String(metadata=said("How it is signed.", "Miriam O."))
    stars = fields.Integer(metadata=said("1 to 5.", 5))
    text = fields.String(metadata=said("In words."))
    created_at = Moment("When it was written.")
