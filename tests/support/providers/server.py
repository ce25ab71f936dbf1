"""A provider on 127.0.0.1: real sockets, idempotency keys that are kept, signed webhooks, and faults on demand."""

from __future__ import annotations

import hashlib
import json
import random
import re
import secrets
import socket
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

# lost: the work is done and the connection closed without an answer.  silent: the work is done, the answer is kept back
# until `release`.  hanging: the work waits for `release`.  reset: the connection is torn, nothing is done.
# error: 500, and kept as the answer to the key.  unavailable: 503.  limited: 429.
Fault = Literal["lost", "silent", "hanging", "reset", "error", "unavailable", "limited"]

# What a stand-in keeps back is let go after this long, so that a test that forgot to release it ends.
_LONGEST_WAIT = 30


@dataclass(frozen=True)
class Call:
    """What came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What goes out: JSON, or a page when `body` is text."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        """The body as it is sent."""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class Problem(Exception):
    """The provider refuses. `kept`: execution had begun, so that the key now stands for this answer."""

    def __init__(self, answer: Answer, *, kept: bool = False) -> None:
        super().__init__(answer.body)
        self.answer, self.kept = answer, kept


@dataclass
class _Key:
    fingerprint: str
    answer: Answer | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a crowd that comes at once is not made to knock twice


Route = tuple[str, re.Pattern[str], Callable[..., Answer]]


class StandIn:
    """What both providers have in common. Used as a context manager; `url` is where it listens."""

    webhook_url: str | None = None
    """Where events go as they happen; without it, and while `holds_webhooks`, they wait for `deliver`."""

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.time
        self.calls: list[Call] = []
        self.events: list[dict[str, Any]] = []
        self.holds_webhooks = False
        self._waiting: list[dict[str, Any]] = []
        self._faults: list[tuple[Fault, str, re.Pattern[str]]] = []
        self._keys: dict[str, _Key] = {}
        self._released = threading.Event()
        self._gone = threading.Event()
        self.lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()  # for connections that are kept open as well
        self.release()
        self._server.shutdown()
        self._server.server_close()

    # What a provider says of itself

    def routes(self) -> list[Route]:
        """Method, pattern of the whole path, and what answers it: called with the call and the pattern's groups."""
        raise NotImplementedError

    def key_of(self, call: Call) -> str | None:
        """The idempotency key of a call."""
        raise NotImplementedError

    def problem(self, status: int, code: str, message: str, *, kept: bool = False) -> Problem:
        """A refusal in the provider's own shape."""
        raise NotImplementedError

    def other_words(self) -> Problem:
        """The refusal of a known key with another request."""
        raise NotImplementedError

    def signed(self, event: dict[str, Any], *, at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """The body and the headers with which an event is sent; `at` is the moment of signing."""
        raise NotImplementedError

    # What tests ask of it

    def fault(self, kind: Fault, *, method: str = "POST", path: str = "/v1/", times: int = 1) -> None:
        """Let the next calls to paths that begin so go wrong."""
        self._faults += [(kind, method, re.compile(re.escape(path)))] * times

    def release(self) -> None:
        """Let go what was kept back."""
        self._released.set()
        self._released = threading.Event()

    def forget_keys(self) -> None:
        """A day later: no idempotency key is known any more."""
        self._keys.clear()

    def deliver(self, to: str | None = None, *, times: int = 1, shuffled: int | None = None) -> list[int]:
        """Send the events that wait, each so many times, in the order of a shuffle with that seed; the answers."""
        with self.lock:
            due = [event for event in self._waiting for _ in range(times)]
            self._waiting.clear()
        if shuffled is not None:
            random.Random(shuffled).shuffle(due)
        return [self._send(to or self.webhook_url or "", event) for event in due]

    def count(self, method: str, path: str) -> int:
        """How often this was called."""
        return sum(1 for call in self.calls if (call.method, call.path) == (method, path))

    # How it works

    def emit(self, event: dict[str, Any]) -> None:
        """Something happened that is told by webhook."""
        told = json.loads(json.dumps(event))  # as it is now
        self.events.append(told)
        if self.webhook_url and not self.holds_webhooks:
            threading.Thread(target=self._send_until_taken, args=(self.webhook_url, told), daemon=True).start()
        else:
            self._waiting.append(told)

    def new_id(self, prefix: str) -> str:
        """An id nobody has."""
        return f"{prefix}_{secrets.token_hex(9)}"

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self.clock())

    def _send(self, url: str, event: dict[str, Any]) -> int:
        body, headers = self.signed(event)
        request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def _send_until_taken(self, url: str, event: dict[str, Any]) -> None:
        for pause in (0.0, 0.2, 0.5, 1.0, 2.0, 5.0):
            if self._gone.wait(pause):
                return
            try:
                if self._send(url, event) < 300:
                    return
            except OSError:
                continue

    def _fault_for(self, call: Call) -> Fault | None:
        with self.lock:
            for index, (kind, method, path) in enumerate(self._faults):
                if method == call.method and path.match(call.path):
                    del self._faults[index]
                    return kind
        return None

    def _answer(self, call: Call, fault: Fault | None) -> Answer:
        if fault == "unavailable":
            return self.problem(503, "unavailable", "Try again.").answer
        if fault == "limited":
            return self.problem(429, "rate_limit", "Too many requests").answer
        key = self.key_of(call) if call.method == "POST" else None
        if key is None:
            return self._work(call, fault)[0]
        fingerprint = hashlib.sha256(call.path.encode() + b"\0" + call.body).hexdigest()
        with self.lock:
            known = self._keys.get(key)
            if known is None:
                self._keys[key] = _Key(fingerprint)
        if known is not None:
            if known.fingerprint != fingerprint:
                return self.other_words().answer
            if known.answer is None:
                return self.problem(409, "idempotency_key_in_use", "Another request with this key is running.").answer
            return Answer(known.answer.status, known.answer.body, {"Idempotent-Replayed": "true"})
        answer, kept = self._work(call, fault)
        with self.lock:
            if kept:
                self._keys[key].answer = answer
            else:
                self._keys.pop(key, None)
        return answer

    def _work(self, call: Call, fault: Fault | None) -> tuple[Answer, bool]:
        if fault == "hanging":
            self._released.wait(_LONGEST_WAIT)
        if fault == "error":
            return self.problem(500, "api_error", "Something went wrong on our end.").answer, True
        for method, path, handler in self.routes():
            found = path.fullmatch(call.path)
            if method == call.method and found:
                try:
                    with self.lock:
                        answer = handler(call, *found.groups())
                        # As it stands now: what it speaks of goes on changing.
                        return (answer if isinstance(answer.body, str) else
                                Answer(answer.status, json.loads(answer.bytes), answer.headers)), True  # fmt: skip
                except Problem as problem:
                    return problem.answer, problem.kept
        return self.problem(
            404, "resource_missing", f"Unrecognized request URL ({call.method}: {call.path})."
        ).answer, False

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                self._respond()

            def do_POST(self) -> None:
                self._respond()

            def _respond(self) -> None:
                parts = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(parts.query))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                call = Call(self.command, parts.path, query, self.headers, body)  # type: ignore[arg-type]
                with stand_in.lock:
                    stand_in.calls.append(call)
                fault, released = stand_in._fault_for(call), stand_in._released
                if fault == "reset" or stand_in._gone.is_set():
                    # Closing with a linger of nothing sends RST.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return self._hang_up()
                answer = stand_in._answer(call, fault)
                if fault == "silent":
                    released.wait(_LONGEST_WAIT)
                if fault in ("lost", "silent"):
                    return self._hang_up()
                is_page = isinstance(answer.body, str)
                self.send_response(answer.status)
                self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
                self.send_header("Content-Length", str(len(answer.bytes)))
                self.send_header("Request-Id", stand_in.new_id("req"))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.bytes)
                return None

            def _hang_up(self) -> None:
                self.close_connection = True
                self.connection.close()

        return Handler


def route(method: str, path: str, handler: Callable[..., Answer]) -> Route:
    """A route; `<id>` in the path stands for one part of it."""
    return method, re.compile(re.escape(path).replace("<id>", "([^/]+)")), handler


def seen_to(url: str) -> Answer:
    """Lead the browser on."""
    return Answer(303, "", {"Location": url})
