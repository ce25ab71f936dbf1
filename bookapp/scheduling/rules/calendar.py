"""The facts that availability is decided on, and the shapes of its answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from bookapp.values.timespan import Span, day_span, wall
from bookapp.values.words import N_


class State(StrEnum):
    """The six states of a piece of time, as pages show them."""

    FREE = "free"
    YOURS = "yours"
    BOOKED = "booked"
    BUFFER = "buffer"
    CLOSED = "closed"
    NOTICE = "notice"

    @property
    def label(self) -> str:
        """The word in a legend, to be translated."""
        return _STATES[self]


_STATES = {
    State.FREE: N_("Free"),
    State.YOURS: N_("Held for you"),
    State.BOOKED: N_("Booked"),
    State.BUFFER: N_("Cleaning"),
    State.CLOSED: N_("Closed"),
    State.NOTICE: N_("Needs notice"),
}


class Code(StrEnum):
    """Why a piece of time is as it is; finer than its state."""

    FREE = "free"
    YOURS = "yours"
    BOOKED = "booked"
    BUFFER = "buffer"
    CLOSED = "closed"
    NOTICE = "notice"
    HORIZON = "horizon"
    PAST = "past"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    STEP = "step"


class Kind(StrEnum):
    """Whose calendar it is: a room is closed and cleaned, a person is away and has a break."""

    ROOM = "room"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Limits:
    """How one may book. A step counts from local midnight; `buffer_minutes` follow every booking."""

    min_minutes: int
    max_minutes: int
    step_minutes: int
    buffer_minutes: int
    notice_minutes: int
    horizon_days: int


@dataclass(frozen=True, slots=True)
class Taken:
    """An active occupancy: `span` with its buffer, `used_until` without it."""

    span: Span
    used_until: dt.datetime
    claim_id: uuid.UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure with the reason that is shown ("" for none)."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that decides about one room or person around a window.

    `open`, `closures` and `taken` are ordered by start and complete for the window they were read for; what lies
    outside it counts as closed. `mine` are the claims the person asking holds.
    """

    zone: str
    open: tuple[Span, ...]
    closures: tuple[Closed, ...]
    taken: tuple[Taken, ...]
    limits: Limits
    now: dt.datetime
    mine: frozenset[uuid.UUID] = frozenset()
    kind: Kind = Kind.ROOM

    def without(self, claims: Collection[uuid.UUID]) -> Calendar:
        """The same without what these claims take: for somebody who would give it back in return."""
        return replace(self, taken=tuple(one for one in self.taken if one.claim_id not in claims)) if claims else self

    @property
    def buffer(self) -> dt.timedelta:
        """What must be left free after a booking."""
        return dt.timedelta(minutes=self.limits.buffer_minutes)

    @property
    def notice_until(self) -> dt.datetime:
        """The first instant that is far enough ahead."""
        return self.now + dt.timedelta(minutes=self.limits.notice_minutes)

    @property
    def horizon_end(self) -> dt.datetime:
        """The end of the last local day that can be booked: `horizon_days` after today."""
        return end_of_day(wall(self.now, self.zone).date() + dt.timedelta(days=self.limits.horizon_days), self.zone)


# Asked for every run of a grid, about a handful of days.
@lru_cache(maxsize=1024)
def end_of_day(day: dt.date, zone: str) -> dt.datetime:
    """The instant at which `day` is over in `zone`."""
    return day_span(day, zone).end


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a sentence marked with N_ whose placeholders `params` fills; times in it are wall time already."""

    code: Code
    sentence: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of equal state."""

    span: Span
    state: State
    reason: Reason
