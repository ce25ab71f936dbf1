"""The soak itself, so short that its figures mean nothing: every part of the load is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookapp.demo.scale import Size
from tests.bench.towns import Places
from tests.soak.__main__ import line
from tests.soak.soaking import Pace, Round, soak, wrong
from tests.support.databases import Servers
from tests.support.stack import running_stack

HASTY = Pace(minutes=0.0, round_seconds=0.02, clients=2, watchers=4, writes=4)


@pytest.mark.stack
def test_one_round_in_a_toy_town(servers: Servers, tmp_path: Path) -> None:
    own = Places(servers.postgres, servers.redis, tmp_path)
    name = own.choose(Size(users=200, bookings=1200, rooms=80, sessions=400))
    told: list[Round] = []
    with running_stack(own, tmp_path / "stack") as stack:
        rounds = soak(stack, HASTY, told.append)
    own.take_back()
    own._command(f"DROP DATABASE {name}")
    assert rounds == told
    assert wrong(rounds) == []
    assert rounds[0].answers >= 1
    assert {process.split()[0] for process in rounds[0].resident} == {"web", "worker", "scheduler"}
    assert "answers" in line(rounds[0])


def test_what_grows_what_is_lost_and_what_nobody_should_be_told_is_named() -> None:
    sizes = (50, 100, 100, 101, 99, 100, 102, 104, 130, 130)
    rounds = [Round(n, 1, 1.0, 2.0, {"200": 9}, {"web 1": size, "web 2": 90}, 0) for n, size in enumerate(sizes)]
    assert wrong(rounds[:-2]) == [], "the first fifth warms up"
    assert wrong(rounds) == ["web 1: from 100 to 130 MB"]
    last = Round(10, 1, 1.0, 2.0, {"200": 1, "500": 2}, {"web 1": 104}, 0)
    assert wrong([*rounds[:-2], last]) == ["2 times 500", "web 2 is gone"]
