"""What an open page watches: the names of channels (`infra.live`) for seats of a session and for a place on a day.

A place has a channel for each day in UTC, so that whoever looks at one day hears nothing of all others.
"""

from __future__ import annotations

import datetime as dt

A_DAY = dt.timedelta(days=1)


def session_channel(session_id: int) -> str:
    """Seats of this session were taken or given back, or it was changed."""
    return f"session:{session_id}"


def place_channels(resource_id: int, start: dt.datetime, end: dt.datetime) -> list[str]:
    """Something between these instants was taken or freed at the place: a channel for each day they touch."""
    first, last = start.astimezone(dt.UTC).date(), (end - dt.timedelta.resolution).astimezone(dt.UTC).date()
    return [f"place:{resource_id}:{first + n * A_DAY}" for n in range((last - first).days + 1)]
