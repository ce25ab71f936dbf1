"""Rounds of mixed load on a small town: pages of guests and staff, holds, sign-ins, webhooks, and open pages."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bookapp.demo.scale.filling import PASSWORD
from bookapp.infra import clock
from tests.bench import journeys
from tests.bench.lines import Town, pages
from tests.bench.load import Ask, measure
from tests.support.stack import Stack
from tests.support.watchers import watching

# What people may be told; 409 to whoever holds a place that somebody else was quicker to hold.
RIGHT = {"200", "204", "303", "409"}
# Of the memory after the first fifth, when every page was seen and everything that is remembered is there.
MOST_GROWTH = 1.1
_LEAST_MB = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """How long, in rounds of how many seconds, with how many clients at once and how many open pages beside them."""

    minutes: float = 30.0
    round_seconds: float = 60.0
    clients: int = 4
    watchers: int = 100
    writes: int = 20


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to. `resident` is the memory of each process in MB, by its name."""

    minute: float
    answers: int
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    resident: dict[str, int]
    looks: int


def soak(stack: Stack, pace: Pace, tell: Callable[[Round], object]) -> list[Round]:
    """Keep the whole busy for so long."""
    town, began, rounds = Town(stack.database_url), time.monotonic(), list[Round]()
    try:
        today = clock.now().date()
        cookies = dict.fromkeys((line.who for line in pages(town, today)), "")
        cookies = {who: journeys.signed_in(stack, who, PASSWORD) if who else "" for who in cookies}
        free = journeys.places(town, today)
        look = [Ask(path, cookie=cookies[line.who]) for line in pages(town, today) for path in line.paths]
        open_pages = [f"/live?session={ask.path.rpartition('/')[2]}" for ask in look if _is_session(ask.path)]
        with watching(stack.port, open_pages or ["/live"], pace.watchers) as watchers:
            while not rounds or time.monotonic() - began < 60 * pace.minutes:
                asks = [
                    *look,
                    *journeys.holds(stack, free, pace.writes),
                    *journeys.sign_ins(stack, town, PASSWORD, pace.writes // 4),
                    *journeys.webhooks(stack, town, pace.writes),
                ]
                random.shuffle(asks)
                found = measure(stack.port, asks, clients=pace.clients, seconds=pace.round_seconds)
                rounds.append(
                    Round(
                        round((time.monotonic() - began) / 60, 2), found.answers, found.p50_ms, found.p99_ms,
                        dict(Counter(found.statuses) + Counter({str(s): n for s, n in watchers.statuses.items()})),
                        resident(stack), sum(each.looks for each in watchers.all),
                    )
                )  # fmt: skip
                watchers.statuses.clear()
                tell(rounds[-1])
    finally:
        town.close()
    return rounds


def resident(stack: Stack) -> dict[str, int]:
    """The resident memory of each process of the stack, in MB; nothing where there is no /proc."""
    roles = {part.process.pid: role for role, part in stack.parts.items() if part.process is not None}
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it ended while we looked
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            own, parent = int(facts["Pid"]), int(facts["PPid"])
            role = roles.get(own) or roles.get(parent)
            if role and "VmRSS" in facts:
                found[f"{role} {own}"] = int(facts["VmRSS"].split()[0]) // 1024
    return dict(sorted(found.items()))


def wrong(rounds: Sequence[Round]) -> list[str]:
    """What must not be: answers nobody should get, processes that were lost, memory that grows."""
    found = []
    for status, count in sum((Counter(each.statuses) for each in rounds), Counter()).items():
        if status not in RIGHT:
            found.append(f"{count} times {status}")
    warm, last = rounds[len(rounds) // 5 :], rounds[-1].resident
    for process in rounds[0].resident:
        if process not in last:
            found.append(f"{process} is gone")
            continue
        sizes = [each.resident[process] for each in warm if process in each.resident]
        part = max(1, len(sizes) // 4)
        before, after = statistics.median(sizes[:part]), statistics.median(sizes[-part:])
        if after > before * MOST_GROWTH and after - before > _LEAST_MB:
            found.append(f"{process}: from {before:.0f} to {after:.0f} MB")
    return found


def _is_session(path: str) -> bool:
    return path.startswith("/sessions/")
