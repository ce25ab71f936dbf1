"""The one place where the current time is read. Everything else is told."""

import datetime as dt


def now() -> dt.datetime:
    """The current instant, aware UTC."""
    return dt.datetime.now(dt.UTC)
