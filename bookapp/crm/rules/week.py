"""A week as columns of half hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bookapp.crm.rules.day import Row
from bookapp.values.timespan import wall

SLOT = 30
_EARLIEST, _LATEST = 8 * 60, 18 * 60


@dataclass(frozen=True, slots=True)
class Cell:
    """So many half hours of one day; `row` is None where nothing is drawn."""

    slots: int
    row: Row | None = None


def bounds(days: Iterable[Sequence[Row]], zone: str) -> tuple[int, int]:
    """From which to which whole hour of wall time a week must be drawn, 8 to 18 at least."""
    first, last = _EARLIEST, _LATEST
    for rows in days:
        for row in rows:
            start, end = _minutes(row, zone)
            first, last = min(first, start), max(last, end)
    return first // 60, -(-last // 60)


def column(rows: Sequence[Row], zone: str, first_hour: int, last_hour: int) -> list[Cell]:
    """One day's cells from `first_hour` to `last_hour`, as many half hours in all as lie between.

    A row takes at least one cell. What begins while another row is still drawn begins after it, and what has no room
    left is not drawn: the day's own page shows it.
    """
    cells: list[Cell] = []
    at, end_of_day = first_hour * 60 // SLOT, last_hour * 60 // SLOT
    for row in rows:
        start, end = _minutes(row, zone)
        first = max(start // SLOT, at)
        last = min(max(-(-end // SLOT), first + 1), end_of_day)
        if first >= last:
            continue
        if first > at:
            cells.append(Cell(first - at))
        cells.append(Cell(last - first, row))
        at = last
    if at < end_of_day:
        cells.append(Cell(end_of_day - at))
    return cells


def _minutes(row: Row, zone: str) -> tuple[int, int]:
    """Wall minutes since midnight of start and end; an end at or after midnight is the end of the day."""
    start, end = wall(row.span.start, zone), wall(row.span.end, zone)
    begins = start.hour * 60 + start.minute
    ends = end.hour * 60 + end.minute if end.date() == start.date() else 24 * 60
    # In the hour that clocks show twice an end can read earlier than its start.
    return begins, max(ends, begins + 1)


def monday_of(day: dt.date) -> dt.date:
    """The Monday of its week."""
    return day - dt.timedelta(days=day.weekday())
