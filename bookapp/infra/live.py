"""What changes on a page somebody has open: told with the commit, heard by every web process, sent as events.

`tell` is part of the transaction (PostgreSQL's NOTIFY), so nobody hears of what was rolled back. In each web process
one thread listens and passes the names of channels on to the streams it serves. A stream says only "look again": what
there is to see, the page asks for itself, with the rights of whoever reads it.

A stream keeps a thread of the web server busy, so there are STREAMS of them per process and no more, and pages anybody
may open leave some to those who work here. Whoever comes later is answered at once, "look" or nothing, and the browser
asks again by itself after POLL_SECONDS with the instant of that answer: a poll costs a look into a dictionary, because
each process remembers when it last heard which channel.
"""

from __future__ import annotations

import math
import os
import random
import select
import signal
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress

import psycopg2
import psycopg2.extensions
import structlog
from flask import Flask, Response, current_app, request
from sqlalchemy import event, func
from sqlalchemy import select as sql_select
from sqlalchemy.orm import Session, SessionTransaction

from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.teller import Teller
from bookapp.infra.turns import STREAMS
from config import Settings

# The browser comes back by itself; a stream that lasts holds the place of one whose page was closed unnoticed.
STREAM_SECONDS = 60.0
HEARTBEAT_SECONDS = 15.0
# Ten things at once are one reason to look; where many look at the same, they do so seldom, and not all at once.
BREATH_SECONDS = 0.5
VISITORS_BREATH_SECONDS = 3.0
# How many of its streams a process gives to pages that anybody may open.
VISITORS = STREAMS * 3 // 5
# How long who found no place waits before asking again, give or take a fifth.
POLL_SECONDS = 15.0
# What was told may have been heard a little sooner here than there, and clocks differ.
MARGIN_SECONDS = 2.0
# How many channels a process remembers; of one it forgot it says "look".
MOST_REMEMBERED = 20_000
# An empty piece costs nothing on the wire, and tells within this time that nobody is there any more.
PROBE_SECONDS = 1.0

NAME = "bookapp_live"
_EXTENSION, _TELLER, _TO_TELL = "bookapp.live", "bookapp.teller", "bookapp.to_tell"
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
        db.session.execute(sql_select(func.pg_notify(NAME, channel)))


def tell_soon(*channels: str) -> None:
    """Inside an action that many people do at once: the same a moment after the commit, together with what others did.

    Costs the action nothing. A process that is killed in that moment tells nobody: pages then show what they showed,
    and whoever presses a button is told the truth.
    """
    db.session().info.setdefault(_TO_TELL, set()).update(channels)


@event.listens_for(Session, "after_commit")
def _say(session: Session) -> None:
    if channels := session.info.pop(_TO_TELL, None):
        current_app.extensions[_TELLER].say(channels)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    if previous.nested is False:
        session.info.pop(_TO_TELL, None)


def init_app(app: Flask, settings: Settings) -> None:
    """Give `app` its hub and its teller; nothing connects and no thread starts before they are needed."""
    url = settings.database_url.replace("postgresql+psycopg2://", "postgresql://", 1)
    app.extensions[_EXTENSION] = Hub(url)
    app.extensions[_TELLER] = Teller(url, NAME)


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


def answer(*channels: str, is_public: bool = False) -> Response:
    """The stream of `channels`; when this process serves as many as it can, what a poll is answered.

    The browser says since when it has seen everything: by the id of the last event, or by `ago`, the age of the page in
    seconds. Whoever says neither is told to look. `is_public` is for pages that anybody may open.

    The view has asked who this is; from here on no database connection is held.
    """
    db.session.remove()
    now = clock.now().timestamp()
    since = _seen(now)
    body: Iterable[bytes] | None = hub().open(*channels, since=since, is_public=is_public)
    if body is None:
        pause = round(1000 * POLL_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
        look = b"data: look\n" if hub().was_told(channels, since) else b""
        body = [b"retry: %d\nid: %.2f\n%s\n" % (pause, now, look)]
    response = Response(body, mimetype="text/event-stream", direct_passthrough=True)
    response.headers["X-Accel-Buffering"] = "no"
    response.headers["Cache-Control"] = "no-store"
    return response


def _seen(now: float) -> float | None:
    with suppress(ValueError):
        if last := request.headers.get("Last-Event-ID"):
            return float(last)
        if age := request.args.get("ago"):
            return now - float(age)
    return None


class Stream:
    """One open page: the events of its channels until its time is over or nobody reads it any more.

    Everything it yields: "look again" when something was told since `since` (None: when it begins), whenever one of its
    channels is told, and whenever the connection to PostgreSQL was made anew, because something may have been missed
    meanwhile. Each with the instant up to which it has heard everything, for the browser that comes back.
    """

    def __init__(self, hub: Hub, channels: frozenset[str], breath: float) -> None:
        self.channels = channels
        self._hub, self._breath = hub, breath
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
        rests_until = began + random.uniform(0, self._breath)  # noqa: S311 - or everybody would ask at once
        try:
            yield b"retry: 1000\nid: %.2f\n\n" % clock.now().timestamp()
            while (now := time.monotonic()) - began < STREAM_SECONDS and not _is_to_stop():
                if now < rests_until:
                    time.sleep(min(PROBE_SECONDS, rests_until - now))
                    yield b""
                elif self._wait(PROBE_SECONDS):
                    said = now
                    yield b"id: %.2f\ndata: look\n\n" % clock.now().timestamp()
                    rests_until = now + self._breath
                elif now - said >= HEARTBEAT_SECONDS:
                    said = now
                    yield b"id: %.2f\n\n" % clock.now().timestamp()
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
    """The streams of this process, the one thread that hears PostgreSQL for them, and when it last heard what.

    `most` streams at once, of which `visitors` may be of public pages.
    """

    def __init__(self, database_url: str, most: int = STREAMS, visitors: int = VISITORS) -> None:
        self._url, self._most, self._visitors = database_url, most, visitors
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._thread: threading.Thread | None = None
        self._is_listening = False
        self._told: OrderedDict[str, float] = OrderedDict()  # the one heard last stands last
        self._knows_since = math.inf

    @property
    def count(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def open(self, *channels: str, since: float | None = None, is_public: bool = False) -> Stream | None:
        """A stream of these channels, or None when there are as many as there may be.

        It begins with "look" when one of them was told since `since`, or when that is not known for certain.
        """
        self._be_heard()
        breath = VISITORS_BREATH_SECONDS if is_public else BREATH_SECONDS
        stream = Stream(self, frozenset(channels), breath)
        with self._lock:
            if len(self._streams) >= (self._visitors if is_public else self._most):
                return None
            self._streams.add(stream)
            # Before PostgreSQL can be heard there is nothing to say; it is woken then.
            if self._is_listening and self._must_look(stream.channels, since):
                stream.wake()
        return stream

    def was_told(self, channels: Iterable[str], since: float | None) -> bool:
        """Whether one of `channels` was told since then, or may have been."""
        self._be_heard()
        with self._lock:
            return self._must_look(channels, since)

    def _must_look(self, channels: Iterable[str], since: float | None) -> bool:
        if since is None or since - MARGIN_SECONDS <= self._knows_since:
            return True
        return any(self._told.get(channel, 0.0) >= since - MARGIN_SECONDS for channel in channels)

    def _be_heard(self) -> None:
        """Whoever asks makes this process listen, from now on."""
        if self._pid != os.getpid():
            self._begin()  # forked: neither the thread nor the streams came along
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self._thread.start()

    def _remember(self, told: Iterable[str]) -> None:
        now = clock.now().timestamp()
        for channel in told:
            self._told[channel] = now
            self._told.move_to_end(channel)
        while len(self._told) > MOST_REMEMBERED:
            self._knows_since = max(self._knows_since, self._told.popitem(last=False)[1])

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
                self._is_listening, self._knows_since = False, math.inf
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
            # What was told while nobody listened is not known.
            self._is_listening, self._knows_since = True, clock.now().timestamp()
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
                self._remember(told)
                concerned = [stream for stream in self._streams if stream.channels & told]
            for stream in concerned:
                stream.wake()
