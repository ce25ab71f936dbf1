"""Waiting for something that happens elsewhere, without guessing how long it takes."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STEP_SECONDS = 0.05
# Long, as a machine may be slow and busy: only what never happens waits that long.
PATIENCE_SECONDS = 40.0


def eventually(ask: Callable[[], T], timeout: float = PATIENCE_SECONDS) -> T:
    """The first truthy answer of `ask`, asked again and again for up to `timeout` seconds.

    An AssertionError counts as "not yet"; the last one is raised when time is up.
    """
    deadline = time.monotonic() + timeout
    while True:
        refused: AssertionError | None = None
        try:
            answer = ask()
        except AssertionError as error:
            refused = error
        else:
            if answer:
                return answer
        if time.monotonic() > deadline:
            raise refused or AssertionError(f"Not within {timeout:g} s: {ask!r}")
        time.sleep(STEP_SECONDS)


def ended(thread: threading.Thread, timeout: float = PATIENCE_SECONDS) -> None:
    """Wait for the end of `thread`; one that is still at it then is a failure."""
    thread.join(timeout)
    assert not thread.is_alive(), f"{thread.name} has not ended within {timeout:g} s"
