"""Many people at the same moment: processes full of visitors who all wait for one word, then press their button.

Each visitor is a browser session of its own on an open connection. `storm` starts the processes of this module; they
need nothing but the standard library.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from config import ROOT
from tests.support.visitor import SOMEWHERE, Reply, Visitor

PROCESSES = 4
_LIMIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Press:
    """One form sent to one address, by a new visitor or by one who has been here before."""

    address: str
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    token: str = ""

    @classmethod
    def by(cls, visitor: Visitor, address: str, form: Mapping[str, str] | None = None) -> Press:
        """The same browser session as `visitor`, on another connection."""
        return cls(address, form or {}, dict(visitor.cookies), visitor.token)


def storm(
    url: str,
    presses: Sequence[Press],
    *,
    before: Callable[[], object] = lambda: None,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[Reply]:
    """Press all buttons at the same moment; what came back, in the order of `presses`.

    `before` is called when everybody is ready, `meanwhile` as soon as the word is given.
    """
    processes = min(PROCESSES, len(presses))
    groups = [range(first, len(presses), processes) for first in range(processes)]
    crowd = [_start(url, [presses[number] for number in group]) for group in groups]
    try:
        for process in crowd:
            _hear(process)  # each is ready
        before()
        for process in crowd:
            _say(process, "now")
        meanwhile()
        replies: dict[int, Reply] = {}
        for process, group in zip(crowd, groups, strict=True):
            replies |= {number: Reply(**one) for number, one in zip(group, json.loads(_hear(process)), strict=True)}
    finally:
        for process in crowd:
            process.kill()
            process.communicate()
    return [replies[number] for number in range(len(presses))]


def _start(url: str, presses: Sequence[Press]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.crowd"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _say(process, json.dumps({"url": url, "presses": [asdict(press) for press in presses]}))
    return process


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "a process of the crowd died"
    return line


def _press_all(url: str, presses: Sequence[Mapping[str, Any]]) -> None:
    """In a process of the crowd: get ready, say so, wait for the word, press, tell what came back."""
    replies: list[dict[str, Any]] = [{}] * len(presses)
    ready, word, told = threading.Barrier(len(presses) + 1), threading.Event(), threading.Barrier(len(presses) + 1)

    def one(number: int) -> None:
        press = Press(**presses[number])
        visitor = Visitor(url, cookies=press.cookies, token=press.token)
        try:
            if not visitor.token:
                visitor.get(SOMEWHERE)
            visitor.connect()
        finally:
            ready.wait(_LIMIT_SECONDS)
        word.wait(_LIMIT_SECONDS)
        try:
            replies[number] = asdict(visitor.post(press.address, press.form))
        except OSError as error:
            replies[number] = asdict(Reply(0, "", repr(error), 0.0))
        finally:
            told.wait(_LIMIT_SECONDS)

    for number in range(len(presses)):
        threading.Thread(target=one, args=(number,), daemon=True).start()
    ready.wait(_LIMIT_SECONDS)
    print("ready", flush=True)
    sys.stdin.readline()
    word.set()
    told.wait(_LIMIT_SECONDS)
    print(json.dumps(replies), flush=True)


if __name__ == "__main__":
    given = json.loads(sys.stdin.readline())
    _press_all(given["url"], given["presses"])
