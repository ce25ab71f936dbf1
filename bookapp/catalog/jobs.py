"""Work of the catalogue, done by workers; safe to run twice."""

from __future__ import annotations

import datetime as dt

from bookapp.catalog.actions.photos import discard_leftovers
from bookapp.infra import clock, storage
from bookapp.infra.queue import job

# Nobody takes that long between writing a file and the row that names it.
_OLD = dt.timedelta(hours=6)


@job("catalog.discard_leftovers")
def discard_files_of_nothing() -> None:
    """Remove files of no picture: what was left where a process ended between its two steps."""
    discard_leftovers(list(storage.names(before=clock.now() - _OLD)))
