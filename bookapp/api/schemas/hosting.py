"""Sessions as those who host them see them: who comes, changing one, calling one off."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from bookapp.api.schemas.base import Answer, Asked, Input, Paged
from bookapp.api.schemas.fields import Choice, Instant, Line, Moment, Whole, said
from bookapp.api.schemas.money import MoneyInput, MoneySchema
from bookapp.booking.forms import LONGEST_REASON, MOST_PEOPLE
from bookapp.booking.rules.attendance import Attendance
from bookapp.booking.states import BookingState
from bookapp.values.words import N_

SESSION_STATES = ("scheduled", "cancelled", "completed")
_LONGEST_TITLE = 120
_LONGEST_SESSION = 13 * 24 * 60
_CHANGEABLE = ("start", "duration_minutes", "room_id", "facilitator_id", "title", "capacity", "price")


class ParticipantSchema(Answer):
    """A person on the roster of a session."""

    participant_id = fields.Integer()
    name = fields.String(metadata=said("What they are called.", "Miriam Okafor"))
    email = fields.String(allow_none=True, metadata=said("Null where none was given."))
    role = fields.String(metadata=said("organiser or participant.", "organiser"))
    attendance = Choice(Attendance, "Whether they came.", "arrived")
    booking_ref = fields.String(metadata=said("Their booking.", "B7K2QF"))
    booking_status = Choice(BookingState, "How it stands.", "confirmed")
    seats = fields.Integer(metadata=said("Seats on that booking.", 2))


class AttendanceInput(Input):
    """Whether somebody came."""

    participant_id = Whole("Who, of `GET sessions/{id}/participants`.", 21, required=True)
    attendance = Choice(Attendance, "What is noted.", "arrived", required=True)


class SessionsHostedAsked(Paged):
    """Which sessions of a facilitator; times by the start."""

    status = Choice(SESSION_STATES, "Only those in this state.", "scheduled")
    since = Instant("Those that begin then or later.", data_key="from")
    until = Instant("Those that begin earlier than that.", data_key="to")


class BookingsHostedAsked(Paged):
    """Which bookings of a facilitator; times by the start."""

    status = Choice(BookingState, "Only those in this state.", "confirmed")
    session_id = Whole("Only those of this session.", 12)
    since = Instant("Those that begin then or later.", data_key="from")
    until = Instant("Those that begin earlier than that.", data_key="to")


class HostedSessionSchema(Answer):
    """A session as the house sees it."""

    id = fields.Integer()
    title = fields.String(metadata=said("What it is called.", "Morning flow"))
    status = Choice(SESSION_STATES, "How it stands.", "scheduled")
    service_id = fields.Integer()
    facilitator_id = fields.Integer(allow_none=True)
    venue_id = fields.Integer(allow_none=True)
    room_id = fields.Integer(allow_none=True)
    room = fields.String(allow_none=True, metadata=said("The room's name, null online.", "Big studio"))
    starts_at = Moment("When it begins, on the clock of the place.")
    ends_at = Moment("When it ends.")
    zone = fields.String(metadata=said("The IANA zone of the place.", "Europe/Berlin"))
    online = fields.Boolean()
    capacity = fields.Integer(metadata=said("Seats in all.", 12))
    seats_taken = fields.Integer(metadata=said("Seats held or booked.", 9))
    price = fields.Nested(MoneySchema, metadata=said("Of a seat, before price rules."))
    version = fields.Integer(metadata=said("Send it along with a change.", 1))


class SessionInput(Input):
    """What is to be different about a session; what is left out stays as it is."""

    rule = {"anyOf": [{"required": [name]} for name in _CHANGEABLE]}
    version = Whole("The version that was read; another one is answered with 409.", 1, required=True)
    start = Instant("The new start.", "2026-11-25T18:00:00+01:00")
    duration_minutes = Whole("The new length; a retreat's is that of its parts.", 75, high=_LONGEST_SESSION)
    room_id = Whole("Another room of the house.", 8)
    facilitator_id = Whole("Another host; null for none.", 3, allow_none=True)
    title = Line("Another name.", "Evening flow", longest=_LONGEST_TITLE)
    capacity = Whole("More or fewer seats, never fewer than are taken.", 14, high=MOST_PEOPLE)
    price = fields.Nested(MoneyInput, metadata=said("Of a seat, for bookings from now on."))
    reason = Line("Why, for everybody who has booked.", "The studio is being painted.", longest=LONGEST_REASON,
                  load_default="")  # fmt: skip

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not data.keys() & set(_CHANGEABLE):
            raise ValidationError(N_("Say what is to be different."))


class CallOffAsked(Asked):
    """Why a session is called off."""

    reason = Line("Why, for everybody who has booked.", "The teacher is ill.", longest=LONGEST_REASON, load_default="")


class NotDoneSchema(Answer):
    """A booking that a person has to look at."""

    booking_ref = fields.String(metadata=said("The booking.", "B7K2QF"))
    name = fields.String(metadata=said("Whose it is.", "Miriam Okafor"))
    what = fields.String(metadata=said("job (it could not be cancelled) or refund.", "refund"))


class ProgressSchema(Answer):
    """How far it is."""

    finished = fields.Boolean(metadata=said("Whether nothing will happen by itself any more."))
    bookings = fields.Integer(metadata=said("How many bookings it is about.", 12))
    done = fields.Integer(metadata=said("How many are cancelled and paid back, or have been told.", 9))
    waiting = fields.Integer(metadata=said("How many are on their way.", 3))
    failed = fields.List(fields.Nested(NotDoneSchema), metadata=said("What a person has to look at."))
    refunds_due = fields.Nested(MoneySchema, metadata=said("What goes back in all."))
    refunds_sent = fields.Nested(MoneySchema, metadata=said("What of it has gone."))


class SessionProgressSchema(Answer):
    """A session that was changed or called off, and how far what follows from it is."""

    session = fields.Nested(HostedSessionSchema)
    progress = fields.Nested(ProgressSchema)
