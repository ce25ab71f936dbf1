"""Reads: is everything there, what waits in the outbox, and do the books agree."""

from bookapp.operations.queries.books import RULES, Difference, differences
from bookapp.operations.queries.running import STATES, outbox_figures, outbox_rows, what_is_missing

__all__ = [
    "RULES",
    "STATES",
    "Difference",
    "differences",
    "outbox_figures",
    "outbox_rows",
    "what_is_missing",
]
