"""What scheduling tells the features above it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bookapp.values.timespan import Span


@dataclass(frozen=True, slots=True)
class PlacesWanted:
    """Somebody needs these (resource id, span) that are taken: whoever's hold there has lapsed is to let go now."""

    places: tuple[tuple[int, Span], ...]
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class SeatsWanted:
    """Somebody needs seats in a session that is full: lapsed holds on it are to give theirs back now."""

    session_id: int
    now: dt.datetime
