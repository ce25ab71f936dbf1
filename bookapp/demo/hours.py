"""Opening and working hours, said briefly: {weekday: (from, to)} in whole hours of wall time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bookapp.catalog.models import Facilitator, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.scheduling.actions.hours import set_opening_hours, set_working_hours
from bookapp.scheduling.rules import Hours

WEEKDAYS = range(5)
EVERY_DAY = range(7)


def open_house(venue: Venue, week: Mapping[int, tuple[int, int]]) -> None:
    """Open a venue."""
    set_opening_hours(SYSTEM, _hours(week), venue_id=venue.id)


def works(person: Facilitator, week: Mapping[int, tuple[int, int]]) -> None:
    """Say when somebody works."""
    set_working_hours(SYSTEM, person.id, _hours(week))


def _hours(week: Mapping[int, tuple[int, int]]) -> tuple[Hours, ...]:
    return tuple(Hours(day, dt.time(first), dt.time(last)) for day, (first, last) in week.items())
