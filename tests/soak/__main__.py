"""python -m tests.soak: a small town, half an hour of everything, and whether anything grew or broke."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from bookapp.demo.scale import Size
from bookapp.infra.progress import Steps
from config import ROOT
from tests.bench.towns import places
from tests.soak.soaking import Pace, Round, soak, wrong
from tests.support.stack import running_stack

TOWN = Size(users=4_000, bookings=16_000, rooms=600, sessions=4_000)


def main(arguments: list[str]) -> int:
    """Keep it busy as `arguments` say. 1 when something grew or broke."""
    asked = argparse.ArgumentParser(prog="make soak", description="Mixed load for long: does anything grow or break?")
    asked.add_argument("--data", type=Path, default=ROOT / "var" / "soak", help="where the town is kept")
    asked.add_argument("--minutes", type=float, default=30.0)
    asked.add_argument("--clients", type=int, default=4)
    asked.add_argument("--watchers", type=int, default=100, help="pages that stay open")
    given = asked.parse_args(arguments)
    pace, steps = Pace(given.minutes, clients=given.clients, watchers=given.watchers), Steps(sys.stdout)
    with places(given.data) as servers:
        servers.choose(TOWN)
        with running_stack(servers, given.data / f"stack_{time.time_ns()}") as stack:
            rounds = soak(stack, pace, lambda one: steps.note(line(one)))
    found = wrong(rounds)
    figures = {"cpus": os.cpu_count(), "rounds": [asdict(one) for one in rounds], "wrong": found}
    (given.data / "soak.json").write_text(json.dumps(figures, indent=1))
    steps.note(f"\n{sum(one.answers for one in rounds)} answers; {given.data / 'soak.json'}")
    for each in found:
        steps.note(f"  wrong  {each}")
    return 1 if found else 0


def line(one: Round) -> str:
    """A round as people read it."""
    memory = ", ".join(f"{process} {size} MB" for process, size in one.resident.items())
    return f"{one.minute:5.1f} min  {one.answers} answers, p50 {one.p50_ms:.0f} ms, p99 {one.p99_ms:.0f} ms; {memory}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
