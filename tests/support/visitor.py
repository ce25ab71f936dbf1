"""Somebody with a browser's cookies and no browser: fetches pages, and sends their forms with the token they carry.

Only the standard library, so that the processes of `crowd` start at once.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

# The lightest page with a form: it reads nothing but who is asking.
SOMEWHERE = "/bookings/find"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and after how long."""

    status: int
    location: str
    text: str
    seconds: float


class Visitor:
    """One browser session on one connection. Redirects are shown, not followed."""

    def __init__(self, base_url: str, *, cookies: Mapping[str, str] | None = None, token: str = "") -> None:
        parts = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
        self.cookies = dict(cookies or {})
        self.token = token

    def connect(self) -> None:
        """Open the connection, so that nothing but the request itself is left to do."""
        if self._connection.sock is None:
            self._connection.connect()

    def get(self, address: str) -> Reply:
        """Fetch a page and remember the token of its forms."""
        reply = self._send("GET", address, None)
        if found := _TOKEN.search(reply.text):
            self.token = found[1]
        return reply

    def post(self, address: str, form: Mapping[str, str] | None = None) -> Reply:
        """Send a form; the token is fetched first if no page was opened yet."""
        if not self.token:
            self.get(SOMEWHERE)
        return self._send("POST", address, urlencode({"csrf_token": self.token, **(form or {})}))

    def _send(self, method: str, address: str, body: str | None) -> Reply:
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request opens another
            raise
        for _, line in (pair for pair in answer.getheaders() if pair[0].lower() == "set-cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Reply(answer.status, answer.getheader("Location", ""), text, time.perf_counter() - began)
