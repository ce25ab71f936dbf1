"""A day of a room or a person: what is free, what is not, and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import fields

from bookapp.api.schemas.base import Answer, Asked
from bookapp.api.schemas.fields import Day, Moment, Whole, said
from bookapp.api.schemas.money import MoneySchema
from bookapp.api.schemas.search import SlotSchema, slot
from bookapp.scheduling.messages import why
from bookapp.scheduling.rules import Run, State

LONGEST_MINUTES = 14 * 24 * 60


class DayAsked(Asked):
    """Which day, and for how long."""

    date = Day("The day there; today unless said.", "2026-11-24", load_default=None)
    duration = Whole("Minutes; the shortest booking unless said.", 60, high=LONGEST_MINUTES, load_default=None)


class _DaySchema(Answer):
    room_id = fields.Integer(metadata=said("The room.", 3))
    date = fields.Date(metadata=said("The day there.", "2026-11-24"))
    zone = fields.String(metadata=said("The time zone of the room.", "Europe/Berlin"))
    duration_minutes = fields.Integer(metadata=said("How long each slot is.", 60))


class RunSchema(Answer):
    """A stretch of the day that is the same from end to end."""

    start = Moment("From.", "2026-11-24T08:00:00+01:00")
    end = Moment("To.", "2026-11-24T14:00:00+01:00")
    state = fields.String(metadata=said("What it is.", "free", enum=[str(state) for state in State]))
    reason = fields.String(metadata=said("Why, in words.", "Free"))


class AvailabilitySchema(_DaySchema):
    """What can be had of a room on a day."""

    available = fields.Boolean(metadata=said("Whether there is anything.", True))
    slots = fields.List(fields.Nested(SlotSchema), metadata=said("Every start that is free for as long as was asked."))
    day = fields.List(fields.Nested(RunSchema), metadata=said("The whole day, each stretch with its reason."))


class SlotOfDaySchema(Answer):
    """A slot of the day, free or not."""

    start = Moment("From.", "2026-11-24T14:00:00+01:00")
    end = Moment("To.", "2026-11-24T15:00:00+01:00")
    available = fields.Boolean(metadata=said("Whether it can be had.", True))
    reason = fields.String(metadata=said("Why not, in words; empty when it can.", ""))
    price = fields.Nested(MoneySchema, metadata=said("All of it, by today's rules, tax included."))
    session_id = fields.Integer(
        allow_none=True, metadata=said("To book a seat in it; null: book the room by `start` and `end`.", None)
    )
    seats_left = fields.Integer(allow_none=True, metadata=said("Of a session.", None))


class SlotsOfDaySchema(_DaySchema):
    """The slots of a room on a day: those that were made for it, and every start of a hire."""

    items = fields.List(fields.Nested(SlotOfDaySchema), metadata=said("By start."))


class FacilitatorDaysAsked(Asked):
    """When, and of what."""

    service_id = Whole("Which service; their first one unless said.", 5, load_default=None)
    first = Day("The first day; today unless said.", "2026-11-24", data_key="from", load_default=None)
    last = Day("The last day, within a month; a week unless said.", "2026-11-30", data_key="to", load_default=None)


class AppointmentSlotSchema(Answer):
    """An hour of somebody."""

    start = Moment("From.", "2026-11-24T14:00:00+01:00")
    end = Moment("To.", "2026-11-24T15:00:00+01:00")
    duration_minutes = fields.Integer(metadata=said("How long.", 60))
    price = fields.Nested(MoneySchema, metadata=said("All of it, by today's rules, tax included."))


class FacilitatorAvailabilitySchema(Answer):
    """When somebody can be had."""

    facilitator_id = fields.Integer(metadata=said("Who.", 2))
    service_id = fields.Integer(metadata=said("For what.", 5))
    zone = fields.String(metadata=said("The time zone it takes place in.", "Europe/Berlin"))
    first = fields.Date(data_key="from", metadata=said("The first day looked at.", "2026-11-24"))
    last = fields.Date(data_key="to", metadata=said("The last day looked at.", "2026-11-30"))
    items = fields.List(fields.Nested(AppointmentSlotSchema), metadata=said("By start."))


def run(one: Run, zone: str) -> dict[str, Any]:
    """A stretch on the clocks of `zone`."""
    return slot(one.span, zone) | {"state": one.state, "reason": why(one.reason)}


def days_asked(asked: dict[str, Any], today: dt.date, *, usual: int, most: int) -> tuple[dt.date, dt.date]:
    """First and last day: a `last` before the first or too far off is brought near."""
    first = asked["first"] or today
    last = asked["last"] or first + dt.timedelta(days=usual - 1)
    return first, min(last, first + dt.timedelta(days=most - 1))
