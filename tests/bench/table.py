"""What was measured, as a table for people. The same stands in JSON beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_HEAD = (
    "", "req/s 1", "p50", "p99", "req/s 8", "p50", "p99", "CPU web+db", "HTML", "queries", "full/small", "shows",
    "of bare", "target",
)  # fmt: skip


def table(small: Mapping[str, Any], full: Mapping[str, Any]) -> str:
    """The lines of the larger town, how much slower they are than in the smaller one, and what was asked for."""
    rows = [_HEAD, *_rows(small, full)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "  ".join(cell.ljust(width) if not column else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]  # fmt: skip
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], "", *_below(small, full)])


# performance.md: a whole booking, and everybody for one slot.
MOST_REQUESTS, TOUR_MS, RACE_MS = 4, 50, 200
# From the smaller town to the larger, and from nobody who watches to many.
MOST_GROWTH = 1.2
# The page that many people have open, and the same measured meanwhile.
WATCHED, OPEN = "session page", "session page, watched"


def missed(small: Mapping[str, Any], full: Mapping[str, Any]) -> list[str]:
    """The lines that are not as fast as was asked for, or grow more than was asked for."""
    found = []
    for before, now in _pairs(small, full):
        if now["problem"]:
            found.append(f"{now['name']}: {now['problem']}")
            continue
        if now["least"] and now["together"]["per_second"] < now["least"]:
            found.append(f"{now['name']}: {now['together']['per_second']:.0f} of {now['least']} a second")
        if now["slowest_ms"] and now["together"]["p99_ms"] > now["slowest_ms"]:
            found.append(f"{now['name']}: p99 {now['together']['p99_ms']:.0f} of {now['slowest_ms']} ms")
        if now["alone_ms"] and now["alone"]["p50_ms"] > now["alone_ms"]:
            found.append(f"{now['name']}: {now['alone']['p50_ms']:.1f} of {now['alone_ms']} ms alone")
        if (growth := _growth(before, now)) and growth > MOST_GROWTH:
            shows = _times(before, now)
            found.append(
                f"{now['name']}: {growth:.2f} times as slow as in the smaller town"
                f"{f', showing {shows} times as much' if shows else ''}"
            )
    found += _slower_while_watched(full)
    tour, race = full["tour"], full["race"]
    if tour["requests"] > MOST_REQUESTS or tour["p50_ms"] > TOUR_MS:
        found.append(f"a booking: {tour['requests']} requests, {tour['p50_ms']:.0f} of {TOUR_MS} ms")
    if race["one_winner"] < race["races"] or race["p99_ms"] > RACE_MS:
        found.append(
            f"the race: p99 {race['p99_ms']:.0f} of {RACE_MS} ms, fair in {race['one_winner']}/{race['races']}"
        )
    return found


def _slower_while_watched(full: Mapping[str, Any]) -> Iterator[str]:
    lines = {line["name"]: line["alone"] for line in full["lines"]}
    if lines.get(WATCHED) and lines.get(OPEN):
        ratio = lines[OPEN]["p50_ms"] / lines[WATCHED]["p50_ms"]
        if ratio > MOST_GROWTH:
            yield f"{WATCHED}: {ratio:.2f} times as slow while many have it open"


def _rows(small: Mapping[str, Any], full: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for before, now in _pairs(small, full):
        if now["problem"]:
            yield (now["name"], now["problem"], *[""] * (len(_HEAD) - 2))
            continue
        growth, bare = _growth(before, now), now["bare"]
        target = f">= {now['least']}/s" if now["least"] else ""
        yield (
            now["name"], *_speed(now["alone"]), *_speed(now["together"]),
            f"{now['web_ms']:.1f}+{now['database_ms']:.1f}", f"{now['html'] / 1024:.1f} K" if now["html"] else "",
            str(now["queries"] or ""), f"{growth:.2f}" if growth else "", _times(before, now),
            f"{now['together']['per_second'] / bare['per_second']:.0%}" if bare else "", target,
        )  # fmt: skip


def _pairs(small: Mapping[str, Any], full: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    before = {line["name"]: line for line in small["lines"]}
    return ((before[line["name"]], line) for line in full["lines"])


def _growth(before: Mapping[str, Any], now: Mapping[str, Any]) -> float | None:
    if before["problem"] or not before["alone"]:
        return None
    return float(now["alone"]["p50_ms"] / before["alone"]["p50_ms"])


def _times(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """How many times as many elements the page has as in the smaller town."""
    return f"{now['elements'] / before['elements']:.2f}" if before["elements"] else ""


def _speed(measured: Mapping[str, Any]) -> tuple[str, str, str]:
    return f"{measured['per_second']:.0f}", f"{measured['p50_ms']:.1f} ms", f"{measured['p99_ms']:.1f} ms"


def _below(small: Mapping[str, Any], full: Mapping[str, Any]) -> Iterator[str]:
    for name, report in (("small", small), ("full", full)):
        tour, race = report["tour"], report["race"]
        yield (
            f"{name}: a booking end to end {tour['requests']} requests, {tour['p50_ms']:.0f} ms (worst"
            f" {tour['worst_ms']:.0f}); {race['people']} people for one slot: exactly one in {race['one_winner']} of"
            f" {race['races']} races, p99 {race['p99_ms']:.0f} ms; first answer after {report['start_seconds']:.1f} s;"
            f" {' and '.join(map(str, report['resident_mb']))} MB; idle, {report['idle_ms']:.0f} ms of CPU a second"
        )
