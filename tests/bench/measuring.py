"""One town, measured: every page, what changes something, the bare stack beside it, memory and start."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bookapp.demo.scale.filling import PASSWORD
from bookapp.infra import clock, embedded, turns
from bookapp.infra.parts import Part
from bookapp.infra.processes import free_port
from bookapp.infra.supervisor import WEB_PROCESSES, WEB_THREADS, command_for, wait_until_ready
from config import ROOT
from tests.bench import journeys
from tests.bench.lines import Line, Town, pages
from tests.bench.load import Ask, measure
from tests.bench.table import OPEN, WATCHED
from tests.bench.towns import Places, at_work
from tests.support.eventually import eventually
from tests.support.queries import counted
from tests.support.stack import Stack
from tests.support.watchers import watching

CLIENTS = (1, 8)
_ELEMENT = re.compile(rb"<[a-z]")
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
    """One line in one town: a measurement for each number of clients, bytes, elements, queries, and the bare stack's.

    `web_ms` and `database_ms` are the CPU that an answer takes of web and of PostgreSQL while all clients ask.
    """

    name: str
    least: int = 0
    slowest_ms: int = 0
    alone_ms: int = 0
    alone: dict[str, Any] = field(default_factory=dict)
    together: dict[str, Any] = field(default_factory=dict)
    html: int = 0
    elements: int = 0
    queries: int = 0
    web_ms: float = 0.0
    database_ms: float = 0.0
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
    result.alone = asdict(measure(stack.port, asks, clients=CLIENTS[0], seconds=pace.seconds))
    with _worked_for(stack, result):
        result.together = asdict(measure(stack.port, asks, clients=CLIENTS[1], seconds=pace.seconds))
    result.queries, result.html, result.elements = _shown(stack, asks)
    return result


@contextmanager
def _worked_for(stack: Stack, result: Result) -> Iterator[None]:
    """Tell `result` what an answer takes of web and of PostgreSQL, of those that are given meanwhile."""
    before = _ticks(_web(stack)), _ticks(_database(stack))
    yield
    after = _ticks(_web(stack)), _ticks(_database(stack))
    result.web_ms, result.database_ms = (
        1000 * (now - then) / result.together["answers"] for then, now in zip(before, after, strict=True)
    )


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


def _shown(stack: Stack, asks: list[Ask]) -> tuple[int, int, int]:
    """How many statements a page takes once everything is warm; how large it is, in bytes and in elements of HTML."""
    client = stack.app.test_client(use_cookies=False)
    statements, pages = 0, []
    for ask in asks:
        headers = {"Cookie": ask.cookie} if ask.cookie else {}
        client.get(ask.path, headers=headers)
        with counted() as seen:
            pages.append(client.get(ask.path, headers=headers).data)
        statements = max(statements, len(seen))
    return (
        statements,
        sum(map(len, pages)) // len(pages),
        sum(len(_ELEMENT.findall(page)) for page in pages) // len(pages),
    )


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
        measure(stack.port, made(min(16, pace.writes)), clients=2, seconds=pace.seconds, once=True)
        alone, together = made(max(8, pace.writes // 4)), made(max(8, pace.writes))
        result.alone = asdict(measure(stack.port, alone, clients=CLIENTS[0], seconds=4 * pace.seconds, once=True))
        with _worked_for(stack, result):
            result.together = asdict(
                measure(stack.port, together, clients=CLIENTS[1], seconds=4 * pace.seconds, once=True)
            )
        if (set(result.alone["statuses"]) | set(result.together["statuses"])) - OK:
            result.problem = f"answers {result.together['statuses']}"
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
    sizes = [int(facts["VmRSS"].split()[0]) // 1024 for facts in _web(stack) if "VmRSS" in facts]
    return sorted(sizes, reverse=True)[:WEB_PROCESSES]


def _idle(stack: Stack, seconds: float) -> float:
    """Milliseconds of CPU in a second of web while nobody asks for anything."""
    before = _ticks(_web(stack))
    process = stack.parts["web"].process
    assert process is not None
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return 1000 * (_ticks(_web(stack)) - before) / seconds


def _web(stack: Stack) -> list[dict[str, str]]:
    return _family(stack.parts["web"].process)


def _database(stack: Stack) -> list[dict[str, str]]:
    postgres = stack.servers.postgres
    return _family(postgres.process) if isinstance(postgres, embedded.Server) else []


def _ticks(processes: list[dict[str, str]]) -> float:
    """How many seconds of CPU these have taken so far."""
    ticks = 0
    for facts in processes:
        with suppress(OSError):
            used = Path(f"/proc/{facts['Pid'].strip()}/stat").read_text().rpartition(")")[2].split()
            ticks += int(used[11]) + int(used[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(process: subprocess.Popen[str] | None) -> list[dict[str, str]]:
    """What the system says of a process and of those it has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it ended while we looked
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if process is not None and str(process.pid) in (facts["PPid"].strip(), facts["Pid"].strip()):
                found.append(facts)
    return found
