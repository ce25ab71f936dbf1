"""Nearly at the asked time: earlier or later, shorter, or on another day; named by what is different."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bookapp.search.rules.fit import Miss, Missing
from bookapp.values.timespan import Span, wall

# Further away is another plan, not a nearest yes.
NEAR = dt.timedelta(hours=3)


def nearest_yes(wanted: Span, options: Sequence[Span], zone: str) -> tuple[Span, Miss] | None:
    """The option that differs least and is still near, with the word for its difference."""
    found = [(option, miss) for option in options if (miss := difference(wanted, option, zone)) is not None]
    return min(found, key=lambda pair: closeness(pair[1]), default=None)


def difference(wanted: Span, option: Span, zone: str) -> Miss | None:
    """How `option` differs from what was wanted; None when it is too far away to be called near."""
    if wall(option.start, zone).date() != wall(wanted.start, zone).date():
        return Miss(Missing.DAY, {"day": wall(option.start, zone).date()})
    shift = option.start - wanted.start
    if abs(shift) > NEAR:
        return None
    if option.length < wanted.length and wanted.contains(option):
        return Miss(Missing.SHORTER, {"minutes": option.minutes})
    kind = Missing.LATER if shift > dt.timedelta(0) else Missing.EARLIER
    return Miss(kind, {"minutes": abs(int(shift.total_seconds()) // 60)})


def closeness(miss: Miss) -> tuple[int, int]:
    """Orders misses of one thing each: small shifts, then shorter times, a missing amenity, another day."""
    order = {
        Missing.LATER: 0,
        Missing.EARLIER: 0,
        Missing.SHORTER: 1,
        Missing.AMENITY: 2,
        Missing.SEATS: 3,
        Missing.DAY: 4,
    }[miss.kind]
    minutes = int(miss.facts.get("minutes", 0))
    return order, -minutes if miss.kind is Missing.SHORTER else minutes
