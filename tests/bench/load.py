"""Asks one server for pages as fast as so many clients can, each on an open connection that waits for its answer.

A process of its own with nothing but the standard library and one selector: on a machine that client, server and
database share, whatever the client does is taken from the server.
"""

from __future__ import annotations

import functools
import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from config import ROOT

_PIECE = 1 << 18
# Each with connections of its own: the kernel deals eight out to two processes as it likes, 4 and 4 or 7 and 1.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    path: str
    cookie: str = ""
    form: Mapping[str, str] | None = None
    body: str = ""
    headers: Mapping[str, str] | None = None

    def raw(self) -> bytes:
        """As it goes over the wire."""
        sent = urlencode(self.form).encode() if self.form is not None else self.body.encode()
        lines = [f"{'POST' if sent else 'GET'} {self.path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html"]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if sent:
            kind = "application/x-www-form-urlencoded" if self.form is not None else "application/json"
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(sent)}"]
        lines += [f"{name}: {value}" for name, value in (self.headers or {}).items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent


@dataclass(frozen=True, slots=True)
class Measured:
    """What came back: how many answers a second, how long half and 99 of 100 took, and the statuses."""

    answers: int
    per_second: float
    p50_ms: float
    p99_ms: float
    bytes: int
    statuses: Mapping[str, int]


def measure(port: int, asks: Sequence[Ask], *, clients: int, seconds: float, once: bool = False) -> Measured:
    """Ask for `asks` in turn, over and over (or `once` each), for so many seconds in all, in ROUNDS."""
    given = {
        "port": port, "asks": [asdict(ask) for ask in asks], "clients": clients, "seconds": seconds, "once": once,
    }  # fmt: skip
    process = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(given) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "the process that asks has died"
    return Measured(**json.loads(answer))


@functools.cache
def _process() -> subprocess.Popen[str]:
    """The one that asks; it ends with us, as it reads what we write."""
    command = [sys.executable, "-m", "tests.bench.load"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class _Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began, self.got, self.whole = 0.0, bytearray(), 0

    def ask(self, request: bytes) -> None:
        self.got.clear()
        self.whole = 0
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> bool:
        """Read what is there; True when the answer is complete."""
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise ConnectionError("the server hung up")
        self.got += piece
        if not self.whole:
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.got[:end]).lower()
            start = head.find(b"content-length:")
            if start < 0:
                return bytes(self.got[-5:]) == b"0\r\n\r\n" or head[9:12] in (b"204", b"304")
            self.whole = end + 4 + int(head[start + 15 :].split(b"\r\n", 1)[0])
        return len(self.got) >= self.whole


class _Tally:
    """What was heard."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.bytes = 0
        self.seconds = 0.0

    def hear(self, client: _Client, now: float) -> None:
        """One answer, whole."""
        self.took.append(now - client.began)
        self.statuses[client.got[9:12].decode()] += 1
        self.bytes += len(client.got)

    def summed(self) -> dict[str, Any]:
        """As `Measured` has it."""
        took = sorted(self.took)
        return {
            "answers": len(took), "per_second": len(took) / self.seconds, "p50_ms": 1000 * took[len(took) // 2],
            "p99_ms": 1000 * took[min(len(took) - 1, int(len(took) * 0.99))], "bytes": self.bytes // len(took),
            "statuses": self.statuses,
        }  # fmt: skip


def _run(port: int, requests: Sequence[bytes], clients: int, seconds: float, *, once: bool) -> dict[str, Any]:
    tally = _Tally()
    for number in range(ROUNDS):
        part = requests[number::ROUNDS] if once else requests
        if part:
            _round(tally, port, part, min(clients, len(part)) if once else clients, seconds / ROUNDS, once=once)
    return tally.summed()


def _round(tally: _Tally, port: int, requests: Sequence[bytes], clients: int, seconds: float, *, once: bool) -> None:
    waiting, turn = selectors.DefaultSelector(), 0
    began = time.perf_counter()
    for _ in range(clients):
        client = _Client(port)
        waiting.register(client.socket, selectors.EVENT_READ, client)
        client.ask(requests[turn % len(requests)])
        turn += 1
    while waiting.get_map():
        for key, _events in waiting.select(60):
            client = key.data
            if not client.hear():
                continue
            now = time.perf_counter()
            tally.hear(client, now)
            if now - began > seconds or (once and turn >= len(requests)):
                waiting.unregister(client.socket)
                client.socket.close()
            else:
                client.ask(requests[turn % len(requests)])
                turn += 1
    tally.seconds += time.perf_counter() - began


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        every = [Ask(**one).raw() for one in asked["asks"]]
        found = _run(asked["port"], every, asked["clients"], asked["seconds"], once=asked["once"])
        print(json.dumps(found), flush=True)
