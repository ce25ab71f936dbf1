"""Steps of a start shown to the person who waits: in place on a terminal, line by line anywhere else."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_MILESTONE = 10  # percent, where lines cannot be written over
_COUNTED = re.compile(r"\s*(\d+)/(\d+)\s+(.*)")


class Step:
    """One step under way."""

    def __init__(self, steps: "Steps", title: str) -> None:
        self._steps, self._title = steps, title
        self._told = 0

    def progress(self, line: str) -> bool:
        """Show a line such as "12/40 bookings" as how far this step is; False if it is no such line."""
        counted = _COUNTED.fullmatch(line.rstrip())
        if not counted or not int(counted[2]):
            return False
        percent = 100 * int(counted[1]) // int(counted[2])
        if percent >= self._told + _MILESTONE:
            self._told = percent
            self._steps.show(f"  {self._title} … {percent} %  {counted[3]}", lasting=True)
        else:
            self._steps.show(f"  {self._title} … {percent} %  {counted[3]}", lasting=False)
        return True


class Steps:
    """Writes to one stream; several steps follow each other."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._in_place = out.isatty()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show `title` while the block runs, and how long it took when it ended well."""
        started = time.monotonic()
        self.show(f"  {title} …", lasting=False)
        try:
            yield Step(self, title)
        except BaseException:
            self.note(f"  {title} … did not finish")
            raise
        self.note(f"  {title:<24} {time.monotonic() - started:.1f} s")

    def note(self, line: str) -> None:
        """A line that stays."""
        self._write(f"\r\033[K{line}\n" if self._in_place else f"{line}\n")

    def show(self, line: str, *, lasting: bool) -> None:
        """A line the next one replaces; where nothing can be replaced, only a `lasting` one is written."""
        if self._in_place:
            self._write(f"\r\033[K{line}")
        elif lasting:
            self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()
