"""People with a page open: each keeps a connection to /live as a browser does, a stream or one poll after the other.

One thread with one selector serves all of them, so that five hundred cost the machine next to nothing.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

_TICK_SECONDS = 0.05
# A server that has a place says so by asking to be called again at once; else this or more.
_LONG_MS = 5000


@dataclass(eq=False, slots=True)
class Watcher:
    """One open page: what it was told, and whether that came by a stream."""

    path: str
    socket: socket.socket
    got: bytearray = field(default_factory=bytearray)
    since: str = ""
    looks: int = 0
    answers: int = 0
    pause_ms: int = 1000
    status: int = 0
    is_over: bool = True
    due: float = 0.0

    @property
    def is_streaming(self) -> bool:
        """Whether a stream is open for it."""
        return not self.is_over and self.answers > 0 and self.status == 200 and self.pause_ms < _LONG_MS


class Watchers:
    """So many people who watch `paths` in turn. `pause` asks again after so many seconds, not when the server says."""

    def __init__(self, port: int, paths: Sequence[str], people: int, *, pause: float | None = None) -> None:
        self._port, self._pause = port, pause
        self._selector, self._is_over = selectors.DefaultSelector(), threading.Event()
        self.all = [self._arrive(paths[number % len(paths)]) for number in range(people)]
        self.lost = 0
        self.statuses: dict[int, int] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Close every page."""
        self._is_over.set()
        self._thread.join(10)
        for each in self.all:
            each.socket.close()

    @property
    def streams(self) -> int:
        """How many have a stream."""
        return sum(each.is_streaming for each in self.all)

    def _arrive(self, path: str) -> Watcher:
        return Watcher(path, socket.create_connection(("127.0.0.1", self._port), timeout=60))

    def _run(self) -> None:
        for each in self.all:
            self._selector.register(each.socket, selectors.EVENT_READ, each)
        while not self._is_over.is_set():
            now = time.monotonic()
            for each in self.all:
                if each.is_over and each.due <= now:
                    self._ask(each)
            for key, _events in self._selector.select(_TICK_SECONDS):
                self._hear(key.data)

    def _ask(self, each: Watcher) -> None:
        age = "" if each.since else f"{'&' if '?' in each.path else '?'}ago=1"
        last = f"Last-Event-ID: {each.since}\r\n" if each.since else ""
        each.got.clear()
        each.is_over, each.answers = False, 0
        try:
            each.socket.sendall(f"GET {each.path}{age} HTTP/1.1\r\nHost: 127.0.0.1\r\n{last}\r\n".encode())
        except OSError:
            self._again(each)

    def _hear(self, each: Watcher) -> None:
        try:
            piece = each.socket.recv(1 << 16)
        except OSError:
            piece = b""
        if not piece:
            self._again(each)
            return
        each.got += piece
        *lines, rest = bytes(each.got).split(b"\n")
        each.got[:] = rest
        for line in map(bytes.strip, lines):
            self._read(each, line)

    def _read(self, each: Watcher, line: bytes) -> None:
        name, _, value = line.partition(b": ")
        match name:
            case b"id":
                each.since, each.answers = value.decode(), each.answers + 1
                if each.pause_ms >= _LONG_MS:
                    self._rest(each)  # a poll has said everything
            case b"data":
                each.looks += 1
            case b"retry":
                each.pause_ms = int(value)
            case b"0":
                self._rest(each)  # the end of a stream
            case _ if line.startswith(b"HTTP/1.1"):
                each.status = int(line[9:12])
                self.statuses[each.status] = self.statuses.get(each.status, 0) + 1

    def _rest(self, each: Watcher) -> None:
        each.is_over = True
        each.due = time.monotonic() + (each.pause_ms / 1000 if self._pause is None else self._pause)

    def _again(self, each: Watcher) -> None:
        """The server hung up: a new connection."""
        self.lost += 1
        self._selector.unregister(each.socket)
        each.socket.close()
        each.socket = self._arrive(each.path).socket
        self._selector.register(each.socket, selectors.EVENT_READ, each)
        self._rest(each)


@contextmanager
def watching(port: int, paths: Sequence[str], people: int, *, pause: float | None = None) -> Iterator[Watchers]:
    """So many open pages, closed at the end."""
    watchers = Watchers(port, paths, people, pause=pause)
    watchers.start()
    try:
        yield watchers
    finally:
        watchers.stop()
