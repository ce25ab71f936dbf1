"""What the person who waits sees: a bar with the time left, in place on a terminal, else a line now and then."""

from __future__ import annotations

from bookapp.infra.progress import Steps

_WIDTH = 30
_MILESTONE = 0.1


class Bar:
    """One bar on `steps`."""

    def __init__(self, steps: Steps) -> None:
        self._steps, self._told = steps, 0.0

    def tell(self, share: float, what: str, seconds_left: float | None) -> None:
        """Show `share` (0 to 1) as done, `what` as under way, and how long the rest takes."""
        full = round(share * _WIDTH)
        left = "" if seconds_left is None else f"  {_time(seconds_left)} left"
        lasting = share >= self._told + _MILESTONE
        if lasting:
            self._told = share
        line = f"  [{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%}{left}  {what}"
        self._steps.show(line, lasting=lasting)


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
