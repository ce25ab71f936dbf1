"""How much a web process does at once: pages take turns, so that threads kept for open streams never serve pages.

More threads at work do not make pages faster: they take the interpreter from each other, and a page costs a fifth more
CPU with four at once than with one (docs/proof.md). With two, one that waits for the database holds up nobody. An open
stream (`infra.live`) needs a thread for a minute and works for a millisecond of it, so it has its turn only while it
begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

# Per web process: pages made at once, and streams open at once. The server has a thread for each (`supervisor`).
PAGES = 2
STREAMS = 20


class Turns:
    """WSGI middleware: at most `most` requests are worked on at once; an answer that is made may go out meanwhile."""

    def __init__(self, app: Callable[..., Iterable[bytes]], most: int = PAGES) -> None:
        self._app = app
        self._free = threading.Semaphore(most)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._free:
            return self._app(environ, start_response)
