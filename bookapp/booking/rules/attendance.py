"""Until when it is noted who came, and what that makes of a booking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from enum import StrEnum

from bookapp.values.timespan import day_span, wall
from bookapp.values.words import N_

# Doors open early; whoever is there before midnight for something after it is there all the same.
DOORS = dt.timedelta(hours=2)
_INSTANT = dt.timedelta(microseconds=1)


class Attendance(StrEnum):
    """Whether a person on a booking came."""

    UNKNOWN = "unknown"
    ARRIVED = "arrived"
    LATE = "late"
    ABSENT = "absent"

    @property
    def label(self) -> str:
        """The word on the roster, to be translated."""
        return _LABELS[self]


_LABELS = {
    Attendance.UNKNOWN: N_("Not marked"),
    Attendance.ARRIVED: N_("Arrived"),
    Attendance.LATE: N_("Late"),
    Attendance.ABSENT: N_("No-show"),
}


def marks_open_at(starts_at: dt.datetime, zone: str) -> dt.datetime:
    """From when on somebody can be checked in: the day it begins, or two hours before."""
    return min(day_span(wall(starts_at, zone).date(), zone).start, starts_at - DOORS)


def marks_close_at(ends_at: dt.datetime, zone: str) -> dt.datetime:
    """Midnight of the day on which it ends, on the clock of the place; afterwards it is a correction."""
    return day_span(wall(ends_at - _INSTANT, zone).date(), zone).end


def can_mark(*, state: str, starts_at: dt.datetime, ends_at: dt.datetime, zone: str, now: dt.datetime) -> bool:
    """Whether attendance can be noted now: of what stands, on its own day."""
    stands = state in ("confirmed", "completed", "no_show")
    return stands and marks_open_at(starts_at, zone) <= now < marks_close_at(ends_at, zone)


def outcome(attendances: Collection[str]) -> str:
    """What a booking that is over becomes: `no_show` only if nobody on it came (product.md, "States")."""
    nobody_came = bool(attendances) and all(one == Attendance.ABSENT for one in attendances)
    return "no_show" if nobody_came else "completed"
