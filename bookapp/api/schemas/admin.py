"""What those who run a house send: rooms, timeslots; and which bookings they ask for."""

from __future__ import annotations

import datetime as dt

from marshmallow import fields, validate

from bookapp.api.schemas.base import Answer, Input, Paged, page_of
from bookapp.api.schemas.bookings import BookingSchema
from bookapp.api.schemas.fields import Choice, Day, Instant, Line, Text, WallTime, Whole, said
from bookapp.api.schemas.money import MoneyInput, MoneySchema
from bookapp.booking.states import BookingState
from bookapp.catalog.rules.checks import LONG, SHORT
from bookapp.catalog.rules.drafts import LONGEST_BUFFER, LONGEST_HORIZON, LONGEST_MINUTES, LONGEST_NOTICE, MOST_PEOPLE
from bookapp.catalog.states import Amenity, RoomType
from bookapp.scheduling.actions.timeslots import MOST_SEATS
from bookapp.values.words import N_

_DAY = 24 * 60


class RoomInput(Input):
    """A room to be hired by time."""

    venue_id = Whole("The venue it is in.", 1, required=True)
    name = Line("As everybody calls it.", "Linden", longest=SHORT, required=True)
    type = Choice(RoomType, "What it is for.", "meeting", required=True)
    capacity = Whole("How many people it seats.", 12, high=MOST_PEOPLE, required=True)
    rate = fields.Nested(MoneyInput, required=True, metadata=said("An hour, in the venue's currency."))
    day_rate = fields.Nested(MoneyInput, metadata=said("At most so much a day."))
    tagline = Line("One line about it.", "Under the old trees", least=0, longest=SHORT, load_default="")
    about = Text("More about it.", least=0, longest=LONG, load_default="")
    amenities = fields.List(
        Choice(Amenity),
        metadata=said("What it has.", ["projector", "wifi"]),
        validate=validate.Length(max=len(Amenity), error=N_("Please name each amenity once.")),
        load_default=list,
    )
    buffer_minutes = Whole("Kept free after each hire.", 15, low=0, high=LONGEST_BUFFER, load_default=0)
    min_minutes = Whole("The shortest hire.", 60, high=LONGEST_MINUTES, load_default=60)
    max_minutes = Whole("The longest hire.", 600, high=LONGEST_MINUTES, load_default=600)
    step_minutes = Whole("Starts and lengths are multiples of it.", 30, low=5, high=_DAY, load_default=30)
    notice_minutes = Whole("Booked at least so long before.", 0, low=0, high=LONGEST_NOTICE, load_default=0)
    horizon_days = Whole("Booked at most so long before.", 365, high=LONGEST_HORIZON, load_default=365)


class NewRoomSchema(Answer):
    """A room that was just made."""

    id = fields.Integer(metadata=said("For every other door.", 7))
    venue_id = fields.Integer()
    slug = fields.String(metadata=said("In the address of its page.", "linden"))
    name = fields.String(metadata=said("As everybody calls it.", "Linden"))
    type = Choice(RoomType, "What it is for.", "meeting")
    capacity = fields.Integer()
    rate = fields.Nested(MoneySchema)
    day_rate = fields.Nested(MoneySchema, allow_none=True)
    amenities = fields.List(fields.String())


class TimeslotsInput(Input):
    """Timeslots on a room's grid, wall time of the venue."""

    room_id = Whole("The room.", 7, required=True)
    start_date = Day("The first day.", "2026-11-30", required=True)
    end_date = Day("The last day, included.", "2026-12-13", required=True)
    opens = WallTime("When the first one begins.", "09:00", load_default=dt.time(9))
    closes = WallTime("None ends after it.", "17:00", load_default=dt.time(17))
    duration_minutes = Whole("How long each is.", 30, low=5, high=_DAY, load_default=30)
    buffer_minutes = Whole("Between two of them; the room's own unless said.", 0, low=0, high=_DAY)
    capacity = Whole("How many may book each; the service's own unless said.", 1, high=MOST_SEATS)
    service_id = Whole("Whose sessions they are; the room's own service unless said.", 4)


class TimeslotsMadeSchema(Answer):
    """How many timeslots there are now."""

    message = fields.String(metadata=said("What was done, in words.", "160 timeslots were made."))
    count = fields.Integer(metadata=said("How many are new; run twice, none is.", 160))
    wanted = fields.Integer(metadata=said("How many it will be when workers have made the rest.", 160))
    finished = fields.Boolean(metadata=said("Whether all of them are made."))


class ServedBookingsAsked(Paged):
    """Which of the bookings one serves; times by the start."""

    status = Choice(BookingState, "Only those in this state.", "confirmed")
    venue_id = Whole("Only those of this venue.", 1)
    room_id = Whole("Only those of this room.", 7)
    facilitator_id = Whole("Only those with this person.", 2)
    session_id = Whole("Only those of this session.", 12)
    since = Instant("Those that begin then or later; without any bound, 30 days ago.", data_key="from")
    until = Instant("Those that begin earlier than that.", data_key="to")


class ServedBookingSchema(BookingSchema):
    """A booking as those see it who serve it."""

    name = fields.String(metadata=said("Who booked.", "Miriam Okafor"))
    email = fields.String(metadata=said("Where its mails go.", "miriam@example.org"))


class ServedPageSchema(page_of(ServedBookingSchema)):  # type: ignore[misc]
    """A page of bookings, and how many there are in each state."""

    counts = fields.Dict(
        keys=Choice(BookingState),
        values=fields.Integer(),
        metadata=said("By status, over all pages.", {"confirmed": 3}),
    )
