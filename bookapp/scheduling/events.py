"""What scheduling tells the features above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session is not as it was: `before` and `after` are its time, place, host, title, seats and price as JSON.

    `is_news` when whoever has booked must hear of it: time, place, host or title. `actor` is who did it, as the audit
    trail names them, `user_id` their account; `reason` is told to everybody.
    """

    session_id: int
    version: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_news: bool
    actor: str
    user_id: int | None
    reason: str
    now: dt.datetime

    @property
    def label(self) -> str:
        """For the audit trail, which takes whoever has these two."""
        return self.actor


@dataclass(frozen=True, slots=True)
class SessionAboutToChange:
    """Before a session is locked to be changed: whoever holds rows that follow it locks them first, in their order."""

    session_id: int
