"""Watching over parts, with a clock that is told how late it is."""

import io
import itertools
from collections.abc import Callable

import pytest

from bookapp.infra import parts
from bookapp.infra.processes import CannotStart
from bookapp.infra.progress import Steps


class Clock:
    """A second passes whenever somebody sleeps; after the last one the test is over."""

    class Over(Exception):
        """The time of the test is up."""

    def __init__(self, seconds: int) -> None:
        self.now, self._left = 0.0, itertools.repeat(None, seconds)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, _seconds: float) -> None:
        if next(self._left, self) is self:
            raise Clock.Over
        self.now += 1


class Weak(parts.Part):
    """A part that lives for some seconds after each start."""

    def __init__(self, clock: Clock, lives: Callable[[int], float]) -> None:
        super().__init__("weak", [], parts.Path(), {})
        self._clock, self._lives = clock, lives
        self.starts: list[float] = []

    def start(self) -> None:
        self.starts.append(self._clock.now)
        if self._lives(len(self.starts)) < 0:
            raise CannotStart("it cannot")

    def alive(self) -> bool:
        return bool(self.starts) and self._clock.now < self.starts[-1] + self._lives(len(self.starts))


def watched(monkeypatch: pytest.MonkeyPatch, lives: Callable[[int], float], seconds: int) -> tuple[list[float], str]:
    """When it was started, and what was said."""
    clock, out = Clock(seconds), io.StringIO()
    monkeypatch.setattr(parts, "time", clock)
    weak = Weak(clock, lives)
    with pytest.raises(Clock.Over):
        parts.watch([weak], Steps(out))
    return weak.starts, out.getvalue()


def test_what_keeps_failing_is_started_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    starts, said = watched(monkeypatch, lambda _start: 0, 150)
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses == sorted(pauses)
    assert pauses[0] <= 2
    assert pauses[-1] >= parts.LONGEST_PAUSE_SECONDS
    assert "weak ended; starting it again in 30 s." in said


def test_after_a_healthy_while_it_is_started_at_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lives = {1: 0.0, 2: 0.0, 3: 0.0, 4: 100.0}
    starts, _ = watched(monkeypatch, lambda start: lives.get(start, 1000.0), 300)
    assert len(starts) == 5
    assert starts[4] - (starts[3] + 100) <= 2


def test_a_server_that_cannot_recover_yet_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    starts, said = watched(monkeypatch, lambda start: -1 if start < 3 else 1000, 30)
    assert len(starts) == 3
    assert said.count("it cannot") == 2
