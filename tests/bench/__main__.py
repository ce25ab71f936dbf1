"""python -m tests.bench: fill what is missing, measure both towns, show the table."""

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
from tests.bench.measuring import Pace, Report, measure_town
from tests.bench.table import missed, table
from tests.bench.towns import Places, places


def main(arguments: list[str]) -> int:
    """Measure as `arguments` say. 1 when a line misses what was asked of it."""
    asked = argparse.ArgumentParser(prog="make bench", description="How fast it is in a small and in a large town.")
    asked.add_argument("--data", type=Path, default=ROOT / "var" / "bench", help="where the towns are kept")
    for name, least in (("users", 170_000), ("rooms", 2_000), ("sessions", 20_000)):
        asked.add_argument(f"--{name}", type=int, default=least)
    asked.add_argument("--small", type=int, default=16_000, help="bookings in the small town")
    asked.add_argument("--bookings", type=int, default=1_600_000, help="bookings in the large town")
    asked.add_argument("--seconds", type=float, default=3.0, help="how long each figure is measured")
    asked.add_argument("--races", type=int, default=10)
    given = asked.parse_args(arguments)
    sizes = [Size(given.users, bookings, given.rooms, given.sessions) for bookings in (given.small, given.bookings)]
    pace = Pace(seconds=given.seconds, writes=int(200 * given.seconds), races=given.races)
    steps, began = Steps(sys.stdout), time.monotonic()
    with places(given.data) as servers:
        small, full = (asdict(report) for report in run(servers, given.data, sizes, pace, steps))
    shown = table(small, full)
    wrong = missed(small, full)
    machine = {"cpus": os.cpu_count(), "load": os.getloadavg(), "minutes": (time.monotonic() - began) / 60}
    (given.data / "bench.json").write_text(json.dumps({"machine": machine, "small": small, "full": full}, indent=1))
    (given.data / "bench.txt").write_text(shown + "\n")
    steps.note(f"\n{shown}\n\n{machine['cpus']} CPUs, {machine['minutes']:.1f} minutes; {given.data / 'bench.json'}")
    for line in wrong:
        steps.note(f"  not met  {line}")
    return 1 if wrong else 0


def run(servers: Places, folder: Path, sizes: list[Size], pace: Pace, steps: Steps) -> list[Report]:
    """Measure each of these towns; the bare stack stands beside the last."""
    reports = []
    for number, size in enumerate(sizes, start=1):
        steps.note(f"{size.bookings} bookings, {size.users} users, {size.rooms} rooms, {size.sessions} sessions")
        servers.choose(size)
        reports.append(
            measure_town(
                servers, folder, pace, with_bare=number == len(sizes),
                tell=lambda what: steps.show(f"  {what} …", lasting=True),
            )
        )  # fmt: skip
    return reports


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
