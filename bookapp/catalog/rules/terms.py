"""Cancellation terms: what share comes back, and until when (product.md, "Terms presets").

Tiers are [{"hours": 48, "percent": 75}, ...]: cancelled at least that many elapsed hours before the start, that share
comes back. Whatever no tier covers brings nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookapp.values.words import N_

Tiers = Sequence[Mapping[str, Any]]

STANDARD: Tiers = ({"hours": 48, "percent": 75}, {"hours": 24, "percent": 50}, {"hours": 0, "percent": 25})
FLEXIBLE: Tiers = ({"hours": 24, "percent": 100}, {"hours": 6, "percent": 50})
STRICT: Tiers = ({"hours": 7 * 24, "percent": 50},)
PRESETS: Mapping[str, Tiers] = {"Standard": STANDARD, "Flexible": FLEXIBLE, "Strict": STRICT}

LONGEST_HOURS = 365 * 24
MOST_TIERS = 6


@dataclass(frozen=True, slots=True)
class TermsStep:
    """`percent` of the total comes back until `until` (included); None means from then on, to the start."""

    until: dt.datetime | None
    percent: int


def share_back(tiers: Tiers, starts_at: dt.datetime, now: dt.datetime) -> int:
    """Percent of the total that comes back when cancelled at `now`: elapsed hours, the better tier at a boundary."""
    left = starts_at - now
    for hours, percent in _ordered(tiers):
        if left >= dt.timedelta(hours=hours):
            return percent
    return 0


def terms_steps(tiers: Tiers, starts_at: dt.datetime, now: dt.datetime) -> list[TermsStep]:
    """What comes back from `now` on, step by step; the last step has no `until`. Equal shares are one step."""
    steps: list[TermsStep] = []
    for hours, percent in (*_ordered(tiers), (None, 0)):
        until = None if hours in (None, 0) else starts_at - dt.timedelta(hours=hours or 0)
        if until is not None and until < now:
            continue
        if hours == 0 and now > starts_at:
            continue
        if steps and steps[-1].until is None:
            break
        if steps and steps[-1].percent == percent:
            steps.pop()
        steps.append(TermsStep(until, percent))
    return steps


def terms_problem(tiers: Tiers) -> str | None:
    """Why these tiers cannot be used (a sentence marked with N_), or None."""
    ordered = _ordered(tiers)
    if not 0 < len(ordered) <= MOST_TIERS:
        return N_("Terms need between one and six steps.")
    if any(not 0 <= hours <= LONGEST_HOURS or not 0 <= percent <= 100 for hours, percent in ordered):
        return N_("A step has 0 to 8760 hours and 0 to 100 percent.")
    pairs = itertools.pairwise(ordered)
    if any(earlier[0] == later[0] or earlier[1] < later[1] for earlier, later in pairs):
        return N_("Cancelling earlier may never bring less than cancelling later.")
    return None


def _ordered(tiers: Tiers) -> list[tuple[int, int]]:
    """(hours, percent), the earliest boundary first."""
    return sorted(((int(tier["hours"]), int(tier["percent"])) for tier in tiers), reverse=True)
