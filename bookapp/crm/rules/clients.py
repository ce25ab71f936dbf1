"""What a tag is, and how often a facilitator may write to their clients."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

LONGEST_TAG = 30
MOST_TAGS = 12
LONGEST_NOTE = 4000
LONGEST_SUBJECT, LONGEST_MESSAGE = 120, 4000

# A word to a client is personal; who writes to dozens in an hour wants a newsletter, which this is not.
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MOST_AN_HOUR = 20
MOST_A_DAY_TO_ONE = 5

_SPACES = re.compile(r"[\s,;]+")


def tag_of(text: str) -> str:
    """The one spelling of a tag: lower case, single spaces, no commas. Empty when nothing is left of it."""
    return _SPACES.sub(" ", text).strip().lower()


def pause(to_anybody: Sequence[dt.datetime], to_this_one: Sequence[dt.datetime], now: dt.datetime) -> dt.timedelta:
    """How long to wait before writing again, given when one wrote before; nothing (zero) when one may write now."""
    return max(_left(to_anybody, MOST_AN_HOUR, HOUR, now), _left(to_this_one, MOST_A_DAY_TO_ONE, DAY, now))


def _left(sent: Sequence[dt.datetime], most: int, window: dt.timedelta, now: dt.datetime) -> dt.timedelta:
    recent = sorted(at for at in sent if now - at < window)
    return dt.timedelta(0) if len(recent) < most else window - (now - recent[-most])
