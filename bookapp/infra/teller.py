"""Tells open pages what was committed, a moment later and all of it at once, so that no commit waits for another.

PostgreSQL lets transactions that tell commit one after the other. Here one thread of each process does it for
everybody: what a hundred bookings changed within GATHER_SECONDS is one transaction that writes nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from contextlib import closing

import psycopg2
import psycopg2.extensions
import structlog

GATHER_SECONDS = 0.25
# With nothing to tell for so long, thread and connection go.
IDLE_SECONDS = 30.0
# A database that is away for long will have been missed by those who listen as well: they look when it is back.
MOST_WAITING = 20_000
_PAUSE_SECONDS = 1.0
_CONNECT_SECONDS = 3

log = structlog.get_logger("bookapp.live")


class Teller:
    """What this process still has to tell, and the thread that does."""

    def __init__(self, database_url: str, name: str) -> None:
        self._url, self._name = database_url, name
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._waiting: set[str] = set()
        self._thread: threading.Thread | None = None

    def say(self, channels: Iterable[str]) -> None:
        """Tell these channels soon."""
        if self._pid != os.getpid():
            self._begin()  # forked: the thread did not come along
        with self._changed:
            self._add(channels)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="teller", daemon=True)
                self._thread.start()

    def _add(self, channels: Iterable[str]) -> None:
        self._waiting.update(channels)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()

    def _run(self) -> None:
        while self._thread is not None:
            try:
                with closing(self._connected()) as connection, connection.cursor() as cursor:
                    while told := self._gathered():
                        try:
                            cursor.execute("SELECT pg_notify(%s, told) FROM unnest(%s) told", (self._name, told))
                        except psycopg2.Error:
                            with self._changed:
                                self._add(told)
                            raise
            except psycopg2.Error as error:
                log.warning("live.telling_waits", error=type(error).__name__)
                time.sleep(_PAUSE_SECONDS)
                with self._changed:
                    if not self._waiting:
                        self._thread = None

    def _connected(self) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(
            self._url, connect_timeout=_CONNECT_SECONDS, application_name="bookapp-teller", keepalives_idle=30
        )
        connection.autocommit = True
        return connection

    def _gathered(self) -> list[str]:
        """What is to be told by now; nothing when it has been quiet for so long that this thread ends."""
        with self._changed:
            if not self._waiting and not self._changed.wait_for(lambda: self._waiting, IDLE_SECONDS):
                self._thread = None
                return []
        time.sleep(GATHER_SECONDS)
        with self._changed:
            told, self._waiting = sorted(self._waiting), set()
        return told
