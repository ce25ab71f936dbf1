"""What a person typed (a day, from, to) as a span; a time that is missing or comes twice is refused in words.

A time is "HH:MM". On the day a wall time comes twice, "HH:MM" is asked about and "HH:MM+02:00" (with the offset that
clocks have then) says which. "24:00", or an end at or before the start, means the next day.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span, WallTimeMissing, WallTimeTwice, day_span, instant, wall
from bookapp.values.words import N_

_TIME = re.compile(r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?P<offset>[+-]\d\d:\d\d)?", re.ASCII)
DAY = dt.timedelta(days=1)


class ComesTwice(NotValid):
    """The clocks show this time twice on that day; `choices` are the two ways to write it, earlier first."""

    code = "comes_twice"

    def __init__(self, name: str, clock: str, choices: tuple[str, str]) -> None:
        sentence = N_("%(time)s comes twice on that day, because the clocks go back: which one?")
        super().__init__({name: sentence}, sentence, time=clock)
        self.name = name
        self.choices = choices


class Missing(NotValid):
    """The clocks jump over this time on that day."""

    code = "missing_time"

    def __init__(self, name: str, clock: str) -> None:
        sentence = N_("There is no %(time)s on that day: the clocks go forward over it.")
        super().__init__({name: sentence}, sentence, time=clock)
        self.name = name


class Backwards(NotValid):
    """The end lies before the start, of an hour that comes twice."""

    code = "backwards"

    def __init__(self) -> None:
        sentence = N_("This is before the start, because the clocks go back in between.")
        super().__init__({"to": sentence}, sentence)


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time of day as typed; `hour` 24 is midnight at the end of the day."""

    hour: int
    minute: int
    offset: str

    @classmethod
    def parse(cls, text: str) -> WallTime | None:
        """Read "HH:MM" or "HH:MM+02:00"; None when it is neither."""
        match = _TIME.fullmatch(text.strip())
        if match is None:
            return None
        hour, minute = int(match["hour"]), int(match["minute"])
        if hour == 24 and minute:
            return None
        return cls(hour, minute, match["offset"] or "")

    @property
    def is_midnight(self) -> bool:
        """Whether it is the end of a day, "24:00" or "00:00"."""
        return self.hour in (0, 24) and not self.minute and not self.offset

    @property
    def clock(self) -> str:
        """As people read it: "14:30"."""
        return f"{self.hour:02}:{self.minute:02}"


def asked_span(day: dt.date, start: str, end: str, zone: str) -> Span:
    """The span from `start` to `end` as clocks in `zone` show them on `day`.

    Raises NotValid for what is no time; Missing, ComesTwice and Backwards when the clocks change. `fields` names
    "from" or "to".
    """
    opens, closes = WallTime.parse(start), WallTime.parse(end)
    if opens is None or opens.hour == 24:
        raise NotValid({"from": N_("Please give a time such as 14:00.")})
    if closes is None:
        raise NotValid({"to": N_("Please give a time such as 16:00.")})
    first = _instant("from", day, opens, zone)
    if closes.is_midnight:
        # The end of the day is always there, also where the clocks jump over midnight.
        return Span(first, day_span(day, zone).end)
    if (closes.hour, closes.minute) > (opens.hour, opens.minute):
        last = _instant("to", day, closes, zone)
        if last <= first:  # from the second 02:30 to the first 02:45
            raise Backwards
        return Span(first, last)
    if closes.offset and (last := _instant("to", day, closes, zone)) > first:
        # 01:30 to 01:30 again, or to 01:00 again: later, although the clock does not show it.
        return Span(first, last)
    return Span(first, _instant("to", day + DAY, closes, zone))


def asked_instant(name: str, day: dt.date, text: str, zone: str) -> dt.datetime:
    """The instant at which clocks in `zone` show `text` on `day`; refusals name the field `name`.

    Raises NotValid for what is no time; Missing and ComesTwice when the clocks change.
    """
    at = WallTime.parse(text)
    if at is None or at.hour == 24:
        raise NotValid({name: N_("Please give a time such as 14:00.")})
    return _instant(name, day, at, zone)


# Links of a grid name the same few times over and over, and asking whether one comes twice is slow.
@lru_cache(maxsize=4096)
def typed(at: dt.datetime, zone: str) -> str:
    """How the instant is typed: "14:00", with the offset when clocks in `zone` show that time twice."""
    local = wall(at, zone)
    clock = f"{local.hour:02}:{local.minute:02}"
    try:
        instant(local.date(), local.time(), zone)
    except WallTimeTwice:
        return clock + _offset(local)
    return clock


def _instant(name: str, day: dt.date, time: WallTime, zone: str) -> dt.datetime:
    at = dt.time(time.hour, time.minute)
    try:
        return instant(day, at, zone)
    except WallTimeMissing:
        raise Missing(name, time.clock) from None
    except WallTimeTwice as twice:
        both = {_offset(wall(one, zone)): one for one in (twice.earlier, twice.later)}
        if time.offset in both:
            return both[time.offset]
        first, second = (time.clock + offset for offset in both)
        raise ComesTwice(name, time.clock, (first, second)) from None


def _offset(local: dt.datetime) -> str:
    return local.isoformat()[-6:]
