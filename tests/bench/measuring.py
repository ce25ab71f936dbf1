"""One town, measured: every page, what changes something, the bare stack beside it, memory and start."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bookapp.demo.scale.filling import PASSWORD
from bookapp.infra import clock, turns
from bookapp.infra.parts import Part
from bookapp.infra.processes import free_port
from bookapp.infra.supervisor import WEB_PROCESSES, WEB_THREADS, command_for, wait_until_ready
from config import ROOT
from tests.bench import journeys
from tests.bench.lines import Line, Town, pages
from tests.bench.load import Ask, Measured, measure
from tests.bench.table import OPEN, WATCHED
from tests.bench.towns import Places, at_work
from tests.support.eventually import eventually
from tests.support.queries import counted
from tests.support.stack import Stack
from tests.support.watchers import watching

CLIENTS = (1, 8)
OK = {"200", "204", "303"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each figure is measured, for how many addresses of a line, and how much is changed and raced for."""

    seconds: float = 3.0
    addresses: int = 5
    writes: int = 600
    tours: int = 31
    races: int = 10
    people: int = 32
    watchers: int = 500


@dataclass(slots=True)
class Result:
    """One line in one town: a measurement for each number of clients, bytes, queries, and the bare stack's."""

    name: str
    least: int = 0
    slowest_ms: int = 0
    alone_ms: int = 0
    alone: dict[str, Any] = field(default_factory=dict)
    together: dict[str, Any] = field(default_factory=dict)
    html: int = 0
    queries: int = 0
    bare: dict[str, Any] | None = None
    problem: str = ""


@dataclass(slots=True)
class Report:
    """Everything that was measured in one town."""

    town: str
    lines: list[Result]
    tour: dict[str, Any]
    race: dict[str, Any]
    start_seconds: float
    resident_mb: list[int]
    idle_ms: float


def measure_town(servers: Places, folder: Path, pace: Pace, *, with_bare: bool, tell: Callable[[str], None]) -> Report:
    """Measure the chosen town, on a copy of it."""
    today = clock.now().date()
    with at_work(servers, folder) as (stack, start_seconds):
        town = Town(stack.database_url)
        try:
            free = journeys.places(town, today)
            lines = [(line, _asks(stack, line)[: pace.addresses]) for line in pages(town, today)]
            lines.append((Line("checkout"), journeys.checkouts(stack, free, pace.addresses)))
            results = []
            for line, asks in lines:
                tell(line.name)
                results.append(_page(stack, line, asks, pace))
            results += list(_watched(stack, lines, pace, tell))
            if with_bare:
                _beside(stack, lines, results, pace, tell)
            results += list(_writes(stack, town, free, pace, tell))
            tell("a booking from end to end")
            tour = journeys.end_to_end(stack, journeys.free_of_charge(stack), today, pace.tours)
            tell("the race")
            race = journeys.race(stack, free, people=pace.people, races=pace.races)
            return Report(servers.town, results, asdict(tour), asdict(race), start_seconds, _resident(stack),
                          _idle(stack, 2 * pace.seconds))  # fmt: skip
        finally:
            town.close()


def _asks(stack: Stack, line: Line) -> list[Ask]:
    cookie = journeys.signed_in(stack, line.who, PASSWORD) if line.who else ""
    return [Ask(path, cookie=cookie, headers=dict(line.headers)) for path in line.paths]


def _page(stack: Stack, line: Line, asks: list[Ask], pace: Pace) -> Result:
    result = Result(line.name, line.least, line.slowest_ms, line.alone_ms)
    warm = measure(stack.port, asks, clients=2, seconds=min(0.5, pace.seconds))
    if set(warm.statuses) != {"200"}:
        result.problem = f"answers {', '.join(warm.statuses)}"
        return result
    alone, together = (measure(stack.port, asks, clients=clients, seconds=pace.seconds) for clients in CLIENTS)
    result.alone, result.together = asdict(alone), asdict(together)
    result.queries, result.html = _asked_of_the_database(stack, asks[0])
    return result


def _watched(
    stack: Stack, lines: list[tuple[Line, list[Ask]]], pace: Pace, tell: Callable[[str], None]
) -> Iterator[Result]:
    """The page of a session once more, while so many people have one open and wait for news."""
    for line, asks in lines:
        if line.name != WATCHED:
            continue
        tell(f"{line.name}, {pace.watchers} open")
        open_pages = [f"/live?session={ask.path.rpartition('/')[2]}" for ask in asks]
        with watching(stack.port, open_pages, pace.watchers) as crowd:
            eventually(lambda: sum(crowd.statuses.values()) >= pace.watchers, 60)
            yield _page(stack, replace(line, name=OPEN), asks, pace)
            assert set(crowd.statuses) == {200}


def _asked_of_the_database(stack: Stack, ask: Ask) -> tuple[int, int]:
    """How many statements a page takes once everything is warm, and how large it is."""
    client = stack.app.test_client(use_cookies=False)
    headers = {"Cookie": ask.cookie} if ask.cookie else {}
    client.get(ask.path, headers=headers)
    with counted() as seen:
        answer = client.get(ask.path, headers=headers)
    return len(seen), len(answer.data)


def _writes(stack: Stack, town: Town, free: Iterator[Any], pace: Pace, tell: Callable[[str], None]) -> Iterator[Result]:
    """Sign-in, hold and webhook: each request another one, so many of them."""
    kinds: list[tuple[Line, Callable[[int], list[Ask]]]] = [
        (Line("sign-in"), lambda count: journeys.sign_ins(stack, town, PASSWORD, min(count, 60))),
        (Line("hold", least=400, alone_ms=8), lambda count: journeys.holds(stack, free, count)),
        (Line("payment webhook"), lambda count: journeys.webhooks(stack, town, count)),
    ]
    for line, made in kinds:
        tell(line.name)
        result = Result(line.name, line.least, line.slowest_ms, line.alone_ms)
        measured: list[Measured] = []
        measure(stack.port, made(min(16, pace.writes)), clients=2, seconds=pace.seconds, once=True)
        for clients in CLIENTS:
            count = max(8, pace.writes if clients > 1 else pace.writes // 4)
            measured.append(measure(stack.port, made(count), clients=clients, seconds=4 * pace.seconds, once=True))
        if any(set(one.statuses) - OK for one in measured):
            result.problem = f"answers {measured[-1].statuses}"
        result.alone, result.together = asdict(measured[0]), asdict(measured[1])
        yield result


def _beside(
    stack: Stack, lines: list[tuple[Line, list[Ask]]], results: list[Result], pace: Pace, tell: Callable[[str], None]
) -> None:
    """The same pages from the bare stack, on the same database, with as many processes."""
    with _bare(stack) as port:
        for (line, asks), result in zip(lines, results, strict=False):
            if result.problem:
                continue
            tell(f"{line.name}, bare")
            measure(port, asks, clients=8, seconds=min(1.0, pace.seconds))
            bare = measure(port, asks, clients=CLIENTS[-1], seconds=pace.seconds)
            result.bare = asdict(bare) if set(bare.statuses) == {"200"} else None


@contextmanager
def _bare(stack: Stack) -> Iterator[int]:
    port = free_port()
    # As many threads as Bookapp lets work on pages at once: it does not queue for a turn.
    command = [
        {"wsgi:app": "tests.bench.bare:create", str(WEB_THREADS): str(turns.PAGES)}.get(part, part)
        for part in [*command_for("web", port=port), "--factory"]
    ]
    part = Part("bare", command, ROOT, stack.environment | {"PYTHONPATH": str(ROOT)}, stack.folder / "bare.log")
    part.start()
    try:
        wait_until_ready([part], f"http://127.0.0.1:{port}/bookings/find")
        yield port
    finally:
        part.stop()


def _resident(stack: Stack) -> list[int]:
    """The resident memory of each web process, in MB; nothing where there is no /proc."""
    sizes = [int(facts["VmRSS"].split()[0]) // 1024 for facts in _children(stack, "web") if "VmRSS" in facts]
    return sorted(sizes, reverse=True)[:WEB_PROCESSES]


def _idle(stack: Stack, seconds: float) -> float:
    """Milliseconds of CPU in a second of web, worker and scheduler together, while nobody asks for anything."""
    before = _worked(stack)
    process = stack.parts["web"].process
    assert process is not None
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return 1000 * (_worked(stack) - before) / seconds


def _worked(stack: Stack) -> float:
    ours = [part.process.pid for part in stack.parts.values() if part.process]
    ours += [int(facts["Pid"]) for role in stack.parts for facts in _children(stack, role)]
    ticks = 0
    for pid in ours:
        with suppress(OSError):
            used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(used[11]) + int(used[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(stack: Stack, role: str) -> list[dict[str, str]]:
    """What the system says of the processes that a part has started."""
    process = stack.parts[role].process
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it ended while we looked
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if process is not None and facts["PPid"].strip() == str(process.pid):
                found.append(facts)
    return found
