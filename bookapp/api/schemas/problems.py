"""RFC 9457 problem+json, as bookapp.web.errors writes it. For the description only: nothing is dumped through these."""

from __future__ import annotations

from marshmallow import fields

from bookapp.api.schemas.base import Answer
from bookapp.api.schemas.fields import said


class AlternativeSchema(Answer):
    """A nearest yes."""

    label = fields.String(
        metadata=said("From when to when (ISO 8601).", "2026-11-24T14:30:00+01:00/2026-11-24T16:30:00+01:00")
    )
    href = fields.String(metadata=said("Where it can be looked at.", "/api/v1/rooms/7"))


class ProblemSchema(Answer):
    """Why something was not done."""

    type = fields.String(metadata=said("Always about:blank: `code` tells problems apart.", "about:blank"))
    title = fields.String(metadata=said("The kind of problem, in words.", "This is not possible any more."))
    status = fields.Integer(metadata=said("The HTTP status.", 409))
    detail = fields.String(metadata=said("What happened and what to do now.", "Somebody else was faster."))
    code = fields.String(metadata=said("The problem as a word that programs can rely on.", "slot_taken"))
    request_id = fields.String(metadata=said("Name it when you write to us.", "4f1c2b9e7a60"))
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata=said("With 422: one sentence per field; parts of a field are joined by dots.", {"start": "…"}),
    )
    current = fields.Dict(
        keys=fields.String(), metadata=said("With 409, where somebody was quicker: how it is now.", {"version": 4})
    )
    alternatives = fields.List(fields.Nested(AlternativeSchema), metadata=said("Times that are free instead."))

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """The last three are there when they have something to say."""
        field_obj.required = field_name not in ("errors", "current", "alternatives")
