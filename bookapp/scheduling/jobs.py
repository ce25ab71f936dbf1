"""Work of scheduling, done by workers; safe to run twice."""

from __future__ import annotations

from bookapp.infra import clock
from bookapp.infra.queue import job
from bookapp.scheduling.actions.timeslots import make_timeslots


@job("scheduling.make_timeslots")
def make_timeslots_of(run_id: int) -> None:
    """Make the next timeslots of a run."""
    make_timeslots(run_id, now=clock.now())
