"""A person's day as a line of pieces, from what is known of it: what takes time, what is closed, and what is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bookapp.values.timespan import MINUTE, Span, merge, subtract

# What is shorter is no gap: nobody is booked into it.
LEAST_GAP = dt.timedelta(minutes=15)
# Of closed hours only so much is drawn before the first and after the last thing of a day.
_EDGE = dt.timedelta(hours=1)
_STEP = 5
# The key of the closed hours with which a day ends: how far they are drawn says nothing.
EVENING = "evening"


class Sort(StrEnum):
    """What a piece of the day is."""

    SESSION = "session"
    APPOINTMENT = "appointment"
    HELD = "held"
    BUSY = "busy"
    BLOCKED = "blocked"
    BUFFER = "buffer"
    GAP = "gap"
    CLOSED = "closed"

    @property
    def is_hosting(self) -> bool:
        """Whether people come to it."""
        return self in (Sort.SESSION, Sort.APPOINTMENT)


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that takes time. `key` says which one it is ("session:12"); `until` is its end with the buffer."""

    sort: Sort
    span: Span
    key: str = ""
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the day. `can_act`: a gap that is not over, which one may block or fill."""

    sort: Sort
    span: Span
    key: str = ""
    can_act: bool = False


def timeline(window: Span, working: Iterable[Span], pieces: Sequence[Piece], *, now: dt.datetime) -> list[Row]:
    """The rows of `window` by start. What reaches into it is shown with its part within.

    `working` are the hours the person works. A gap that has begun is cut at `now`, so that only what is left of it can
    be used. Closed hours are drawn as far as they say when the day begins and ends.
    """
    shown = [(piece, part) for piece in pieces if (part := piece.span.within(window))]
    rows = [Row(piece.sort, part, piece.key) for piece, part in shown]
    taken = merge(part for _, part in shown)
    buffers = _buffers(window, pieces, taken)
    rows += [Row(Sort.BUFFER, span) for span in buffers]
    covered = merge([*taken, *buffers])
    open_today = merge(part for span in working if (part := span.within(window)))
    rows += _gaps(subtract(open_today, covered), now)
    rows += _closed(window, subtract([window], [*covered, *open_today]))
    return sorted(rows, key=lambda row: (row.span.start, row.span.end, row.sort))


def now_before(rows: Sequence[Row], now: dt.datetime) -> int:
    """Before which row the mark of the present moment stands: the one that is on, else the first that is to come."""
    for number, row in enumerate(rows):
        if row.span.end > now:
            return number
    return len(rows)


def current(pieces: Iterable[Piece], now: dt.datetime) -> Piece | None:
    """What people are at now; of several the one that began last."""
    on = [piece for piece in pieces if piece.sort.is_hosting and piece.span.start <= now < piece.span.end]
    return max(on, key=lambda piece: piece.span.start, default=None)


def following(pieces: Iterable[Piece], now: dt.datetime) -> Piece | None:
    """What people come to next."""
    ahead = [piece for piece in pieces if piece.sort.is_hosting and piece.span.start > now]
    return min(ahead, key=lambda piece: piece.span.start, default=None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is, in whole minutes."""

    gone: int
    total: int

    @property
    def left(self) -> int:
        """Minutes until its end."""
        return self.total - self.gone


def progress(span: Span, now: dt.datetime) -> Progress:
    """How much of `span` is over at `now`."""
    gone = int((now - span.start).total_seconds() // 60)
    return Progress(min(max(gone, 0), span.minutes), span.minutes)


def next_step(at: dt.datetime) -> dt.datetime:
    """`at`, or the next full five minutes."""
    start = at.replace(second=0, microsecond=0)
    if start < at:
        start += MINUTE
    return start + dt.timedelta(minutes=-start.minute % _STEP)


def _buffers(window: Span, pieces: Iterable[Piece], taken: Sequence[Span]) -> list[Span]:
    after = [Span(piece.span.end, piece.until) for piece in pieces if piece.until and piece.until > piece.span.end]
    return subtract((part for span in after if (part := span.within(window))), taken)


def _gaps(free: Iterable[Span], now: dt.datetime) -> list[Row]:
    rows = []
    start = next_step(now)
    for span in free:
        if span.start < start < span.end:
            rows += [Row(Sort.GAP, Span(span.start, start)), Row(Sort.GAP, Span(start, span.end), can_act=True)]
        else:
            rows.append(Row(Sort.GAP, span, can_act=span.start >= start))
    return [row for row in rows if row.span.length >= LEAST_GAP]


def _closed(window: Span, closed: Sequence[Span]) -> list[Row]:
    rows = []
    for span in closed:
        if span == window:
            rows.append(Row(Sort.CLOSED, span))
        elif span.start == window.start:
            rows.append(Row(Sort.CLOSED, Span(max(span.start, span.end - _EDGE), span.end)))
        elif span.end == window.end:
            rows.append(Row(Sort.CLOSED, Span(span.start, min(span.end, span.start + _EDGE)), EVENING))
        elif span.length >= LEAST_GAP:
            rows.append(Row(Sort.CLOSED, span))
    return rows
