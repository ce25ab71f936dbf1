"""What a price depends on: the facts of one booking, and the rules of its merchant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall


class Subject(StrEnum):
    """What is sold: hours of a room, seats in a session, an appointment with a person."""

    ROOM = "room"
    SEATS = "seats"
    APPOINTMENT = "appointment"


@dataclass(frozen=True, slots=True)
class Facts:
    """One wish, as far as its price depends on it.

    `price` is of an hour of a room, of one seat, of the whole appointment; `day_rate` caps each wall-clock day of a
    room. `now` is when it is booked. `seats_taken` counts the seats of others before this booking, of `capacity`.
    `level` is the host's ("" when nobody hosts). `room_id` is given for hired rooms only: a rule about a room does not
    change what a session in it costs.
    """

    subject: Subject
    label: str
    span: Span
    zone: str
    price: Money
    now: dt.datetime
    day_rate: Money | None = None
    seats: int = 1
    seats_taken: int = 0
    capacity: int = 0
    level: str = ""
    venue_id: int | None = None
    room_id: int | None = None
    service_id: int | None = None

    @property
    def day(self) -> dt.date:
        """The day it begins on, in its own zone: the day on which a rule has to be valid."""
        return wall(self.span.start, self.zone).date()

    @property
    def ahead(self) -> dt.timedelta:
        """From the booking to the start; elapsed time."""
        return self.span.start - self.now


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a merchant. `parameters` are those of its kind (`RuleKind.parameters`).

    At most one of venue, room and service is set; the rule then counts there only. `valid_from` and `valid_until` are
    days, both included.
    """

    id: int
    kind: RuleKind
    name: str
    parameters: Mapping[str, Any]
    position: int = 0
    venue_id: int | None = None
    room_id: int | None = None
    service_id: int | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None

    @property
    def order(self) -> tuple[int, int, int]:
        """Percentages first, then floors, then caps; within these by position, and by age where that is the same."""
        stage = (RuleKind.FLOOR, RuleKind.CAP).index(self.kind) + 1 if self.kind.is_limit else 0
        return stage, self.position, self.id

    def is_for(self, facts: Facts) -> bool:
        """Whether the rule is about this venue, room or service at all."""
        return (
            self.venue_id in (None, facts.venue_id)
            and self.room_id in (None, facts.room_id)
            and self.service_id in (None, facts.service_id)
        )

    def percent(self, facts: Facts) -> int:
        """By how much it changes what it counts for: +10, -25."""
        if self.kind is RuleKind.LEVEL:
            return int(self.parameters[f"{facts.level}_percent"])
        return int(self.parameters["percent"])

    def limit(self) -> Money:
        """The amount of a floor or a cap."""
        return Money(self.parameters["amount_minor"], self.parameters["currency"])


def percent_words(percent: int) -> str:
    """ "+10 %", "−25 %"; the space does not break."""
    return f"{'−' if percent < 0 else '+'}{abs(percent)}\N{NO-BREAK SPACE}%"
