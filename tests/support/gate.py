"""A gate in the middle of a transaction: everybody arrives at the same statement before anybody gets past it.

Without it most of a crowd is turned away by what it reads, and few ever meet in the write that must not go wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg2

from tests.support.eventually import eventually
from tests.support.stack import Stack

# Bookapp gives up waiting for a lock after three seconds (guarantees.md 18).
_LONGEST_SECONDS = 2.5
_ARRIVING_SECONDS = 30.0


class Gate:
    """Closed: writes to `table` wait, reads pass."""

    def __init__(self, stack: Stack, table: str, keeper: psycopg2.extensions.connection) -> None:
        self._stack, self._keeper = stack, keeper
        with keeper.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")

    def waiting(self) -> int:
        """How many stand before it, or behind somebody who does and has locked something else on the way."""
        return int(
            self._stack.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )

    def wait_for(self, people: int) -> None:
        """Until `people` stand before it, or the first of them is about to give up."""
        eventually(self.waiting, _ARRIVING_SECONDS)
        with suppress(AssertionError):
            eventually(lambda: self.waiting() >= people, _LONGEST_SECONDS)

    def open(self) -> None:
        """Let everybody through."""
        self._keeper.commit()


@contextmanager
def gate(stack: Stack, table: str) -> Iterator[Gate]:
    """A closed gate before `table`; open at the end at the latest."""
    with closing(psycopg2.connect(stack.database_url)) as keeper:
        yield Gate(stack, table, keeper)
