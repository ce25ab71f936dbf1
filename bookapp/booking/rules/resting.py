"""When somebody is reminded of the rest that a deposit left open."""

from __future__ import annotations

import datetime as dt

# Days before the due date; each is said once.
REMINDERS = (1, 3, 7)
OVERDUE = 0


def stage(*, rest_due_at: dt.datetime, confirmed_at: dt.datetime | None, now: dt.datetime) -> int | None:
    """Which reminder is to be said at `now`: 7, 3 or 1 (days before), OVERDUE from the due date on, or None.

    Only the latest that has come: who was not told in time is not told three times at once. And none whose time had
    come when the booking was made: its confirmation has just said the same.
    """
    if rest_due_at <= now:
        return OVERDUE
    for days in REMINDERS:
        since = rest_due_at - dt.timedelta(days=days)
        if since <= now:
            return days if confirmed_at is None or confirmed_at < since else None
    return None
