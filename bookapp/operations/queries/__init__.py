"""Reads: is everything there, what waits in the outbox, and do the books agree."""

from bookapp.operations.queries.books import RULES, Difference, differences
from bookapp.operations.queries.running import (
    COUNTED,
    STATES,
    JobFigures,
    OutboxPage,
    happened_since,
    job_figures,
    outbox_figures,
    outbox_page,
    outbox_rows,
    what_is_missing,
)
from bookapp.operations.queries.watching import Part, parts, rates

__all__ = [
    "COUNTED",
    "RULES",
    "STATES",
    "Difference",
    "JobFigures",
    "OutboxPage",
    "Part",
    "differences",
    "happened_since",
    "job_figures",
    "outbox_figures",
    "outbox_page",
    "outbox_rows",
    "parts",
    "rates",
    "what_is_missing",
]
