"""What the catalogue tells the features above it."""

from __future__ import annotations

from dataclasses import dataclass

from bookapp.catalog.rules.sheet import WeeklyHours


@dataclass(frozen=True, slots=True)
class HoursGiven:
    """Opening hours came with a venue or a room (exactly one of the ids); they replace what it had."""

    venue_id: int | None
    room_id: int | None
    hours: tuple[WeeklyHours, ...]
