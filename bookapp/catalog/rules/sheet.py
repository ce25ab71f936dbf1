"""A sheet of venues and rooms to be imported: typed rows, and everything that is wrong, by line and column."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookapp.catalog.rules.drafts import RoomDraft, VenueDraft


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `line` (1 is the header) in `column` ("" for the whole line); `sentence` is marked with N_."""

    line: int
    column: str
    sentence: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Open from `opens` to `closes` wall time on `weekday` (0 is Monday); may cross midnight."""

    weekday: int
    opens: dt.time
    closes: dt.time


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue to be made, of the merchant with the slug `merchant`."""

    line: int
    merchant: str
    draft: VenueDraft
    hours: tuple[WeeklyHours, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room to be made in `venue` (a slug, or a name in this sheet or of this merchant).

    Rates are still text: their currency is the venue's. The draft's own rates are zero.
    """

    line: int
    merchant: str
    venue: str
    rate: str
    day_rate: str
    draft: RoomDraft
    hours: tuple[WeeklyHours, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says, and what is wrong with it so far."""

    venues: tuple[VenueRow, ...] = ()
    rooms: tuple[RoomRow, ...] = ()
    faults: tuple[Fault, ...] = ()
