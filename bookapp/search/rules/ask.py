"""What somebody asked for, typed. Days and hours are wall time: each venue reads them on its own clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bookapp.scheduling.rules.walltimes import Backwards, ComesTwice, Missing, asked_span
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import N_


class Kind(StrEnum):
    """The three shapes of what is booked here."""

    ROOM = "room"
    SESSION = "session"
    PERSON = "person"


class Sort(StrEnum):
    """What comes first among things that fit equally well."""

    BEST = "best"
    PRICE = "price"
    RATING = "rating"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _SORTS[self]


_SORTS = {Sort.BEST: N_("Best fit"), Sort.PRICE: N_("Lowest price"), Sort.RATING: N_("Best rated")}


@dataclass(frozen=True, slots=True)
class Hours:
    """From `begins` to `ends` on `day`, by the clock on the wall, as `scheduling.rules.walltimes` reads them.

    "14:00", or "02:30+02:00" where the clocks show a time twice; "24:00" or an end before the start is the next day's.
    """

    day: dt.date
    begins: str
    ends: str

    def span(self, zone: str) -> Span:
        """These hours as instants in `zone`; raises walltimes.Missing or walltimes.ComesTwice."""
        return asked_span(self.day, self.begins, self.ends, zone)


@dataclass(frozen=True, slots=True)
class ClockTrouble:
    """The clocks in `zone` cannot say the asked hours: why, at which field, and how to say which ("from", "to")."""

    zone: str
    field: str
    refusal: NotValid
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """One search. What was not said is None or empty and does not narrow anything.

    `day` without `hours` means any time on that day; `hours.day` is always `day`. `type` is a room's type, or the
    theme of a session or appointment. The price range is for the whole of what was asked, in `currency`.
    """

    kind: Kind = Kind.ROOM
    type: str = ""
    where: str = ""
    day: dt.date | None = None
    hours: Hours | None = None
    people: int | None = None
    amenities: tuple[str, ...] = ()
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    currency: str = ""
    rating: Decimal | None = None
    favourites: bool = False
    accessible: bool = False
    sort: Sort = Sort.BEST
    page: int = 1

    @property
    def party(self) -> int:
        """How many people come; one unless said."""
        return self.people or 1


def instants(hours: Hours, zones: Iterable[str]) -> tuple[dict[str, Span], list[ClockTrouble]]:
    """The asked hours in each zone, and the zones whose clocks cannot say them."""
    spans: dict[str, Span] = {}
    troubles: list[ClockTrouble] = []
    for zone in zones:
        try:
            spans[zone] = hours.span(zone)
        except ComesTwice as twice:
            troubles.append(ClockTrouble(zone, twice.name, twice, twice.choices))
        except Missing as missing:
            troubles.append(ClockTrouble(zone, missing.name, missing))
        except Backwards as backwards:
            troubles.append(ClockTrouble(zone, "to", backwards))
    return spans, troubles
