"""What changes on a page somebody has open: told with the commit, heard by every web process, sent as events.

`tell` is part of the transaction (PostgreSQL's NOTIFY), so nobody hears of what was rolled back. In each web process
one thread listens and passes the names of channels on to the streams it serves. A stream says only "look again": what
there is to see, the page asks for itself, with the rights of whoever reads it.

A stream keeps a thread of the web server busy, so there are STREAMS of them per process and no more; whoever comes
later is answered 204 and asks again every few seconds (static/js/behaviors/live.js).
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import psycopg2.extensions
import structlog
from flask import Flask, Response, current_app, make_response
from sqlalchemy import func
from sqlalchemy import select as sql_select

from bookapp.infra.db import db
from bookapp.infra.turns import STREAMS
from config import Settings

# The browser comes back by itself; a stream that lasts holds the place of one whose page was closed unnoticed.
STREAM_SECONDS = 60.0
HEARTBEAT_SECONDS = 15.0
# Ten things at once are one reason to look.
BREATH_SECONDS = 0.5
# An empty piece costs nothing on the wire, and tells within this time that nobody is there any more.
PROBE_SECONDS = 1.0

_NAME = "bookapp_live"
_EXTENSION = "bookapp.live"
_QUIET_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_CONNECT_SECONDS = 3
_signals: socket.socket | None = None

log = structlog.get_logger("bookapp.live")


def tell(*channels: str) -> None:
    """Inside an action: whoever watches one of `channels` ("facilitator:7") looks again once this has committed.

    PostgreSQL lets such transactions commit one after the other (with 8 clients 280 a second instead of 750 to 1,000,
    where a commit waits 3 ms for the disk): what many people do at once tells from its job.
    """
    for channel in dict.fromkeys(channels):
        db.session.execute(sql_select(func.pg_notify(_NAME, channel)))


def init_app(app: Flask, settings: Settings) -> None:
    """Give `app` its hub; nothing connects and no thread starts before the first stream."""
    app.extensions[_EXTENSION] = Hub(settings.database_url.replace("postgresql+psycopg2://", "postgresql://", 1))


def end_with_process() -> None:
    """Called where a server loads the application: streams end when the process is told to.

    The server waits for what is under way before it stops, and takes the signals for itself; but whatever it does with
    one, Python writes it down here first. Only a main thread has signals; loaded by any other nothing is changed.
    """
    global _signals
    if threading.current_thread() is not threading.main_thread():
        return
    _signals, written = socket.socketpair()
    written.setblocking(False)
    signal.set_wakeup_fd(written.detach(), warn_on_full_buffer=False)


def _is_to_stop() -> bool:
    return _signals is not None and bool(select.select([_signals], [], [], 0)[0])


def hub() -> Hub:
    """The hub of the current application in this process."""
    return current_app.extensions[_EXTENSION]


def answer(*channels: str) -> Response:
    """The stream of `channels`, or 204 when this process serves as many as it can.

    The view has asked who this is; from here on no database connection is held.
    """
    db.session.remove()
    stream = hub().open(*channels)
    if stream is None:
        response = make_response("", 204)
    else:
        response = Response(stream, mimetype="text/event-stream", direct_passthrough=True)
        response.headers["X-Accel-Buffering"] = "no"
    response.headers["Cache-Control"] = "no-store"
    return response


class Stream:
    """One open page: the events of its channels until its time is over or nobody reads it any more.

    Everything it yields: "look again" when it begins, whenever one of its channels was told, and whenever the
    connection to PostgreSQL was made anew, because something may have been missed meanwhile.
    """

    def __init__(self, hub: Hub, channels: frozenset[str]) -> None:
        self.channels = channels
        self._hub = hub
        self._is_due = False
        self._changed = threading.Condition()
        self._is_open = True

    def wake(self) -> None:
        """Somebody told one of its channels."""
        with self._changed:
            self._is_due = True
            self._changed.notify()

    def __iter__(self) -> Iterator[bytes]:
        began = said = time.monotonic()
        try:
            yield b"retry: 1000\n\n"
            while (now := time.monotonic()) - began < STREAM_SECONDS and not _is_to_stop():
                if self._wait(PROBE_SECONDS):
                    said = now
                    yield b"data: look\n\n"
                    time.sleep(BREATH_SECONDS)
                elif now - said >= HEARTBEAT_SECONDS:
                    said = now
                    yield b": still here\n\n"
                else:
                    yield b""
        finally:
            self.close()

    def close(self) -> None:
        """Give its place to somebody else; closing twice is once."""
        if self._is_open:
            self._is_open = False
            self._hub.leave(self)

    def _wait(self, seconds: float) -> bool:
        with self._changed:
            if not self._is_due:
                self._changed.wait(seconds)
            is_due, self._is_due = self._is_due, False
        return is_due


class Hub:
    """The streams of this process, and the one thread that hears PostgreSQL for them."""

    def __init__(self, database_url: str, most: int = STREAMS) -> None:
        self._url, self._most = database_url, most
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._thread: threading.Thread | None = None
        self._is_listening = False

    @property
    def count(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def open(self, *channels: str) -> Stream | None:
        """A stream of these channels, or None when there are as many as there may be."""
        if self._pid != os.getpid():
            self._begin()  # forked: neither the thread nor the streams came along
        stream = Stream(self, frozenset(channels))
        with self._lock:
            if len(self._streams) >= self._most:
                return None
            self._streams.add(stream)
            if self._is_listening:
                stream.wake()  # else it is woken when PostgreSQL can be heard
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self._thread.start()
        return stream

    def leave(self, stream: Stream) -> None:
        """The stream has ended."""
        with self._lock:
            self._streams.discard(stream)

    def _listen(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                with closing(self._connected()) as connection:
                    pause = _FIRST_PAUSE
                    self._hear(connection)
            except psycopg2.Error as error:
                log.warning("live.database_away", error=type(error).__name__, again_in=pause)
            with self._lock:
                self._is_listening = False
                if not self._streams:
                    self._thread = None  # the next stream starts another
                    return
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _connected(self) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(
            self._url, connect_timeout=_CONNECT_SECONDS, application_name="bookapp-live", keepalives_idle=30
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("LISTEN bookapp_live")
        with self._lock:
            self._is_listening = True
            streams = list(self._streams)
        for stream in streams:
            stream.wake()
        return connection

    def _hear(self, connection: psycopg2.extensions.connection) -> None:
        """Pass on what is told until the connection is lost. Raises psycopg2.Error."""
        while True:
            if not select.select([connection], [], [], _QUIET_SECONDS)[0]:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")  # a connection that went away without a word is found here
            connection.poll()
            told = {each.payload for each in connection.notifies}
            connection.notifies.clear()
            with self._lock:
                concerned = [stream for stream in self._streams if stream.channels & told]
            for stream in concerned:
                stream.wake()
