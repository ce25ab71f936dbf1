"""The bench itself, on a town so small that its figures mean nothing: every line is measured."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from bookapp.demo.scale import Size
from tests.bench.bare import beside
from tests.bench.measuring import Pace, measure_town
from tests.bench.table import missed, table
from tests.bench.towns import Places
from tests.builders.booking import an_open_room
from tests.support.databases import Servers, application_of_its_own
from tests.support.select import one

HASTY = Pace(seconds=0.02, addresses=1, writes=8, tours=2, races=1, people=6, watchers=6)


@pytest.mark.stack
def test_every_line_is_measured_in_a_toy_town(servers: Servers, tmp_path: Path) -> None:
    own = Places(servers.postgres, servers.redis, tmp_path)
    name = own.choose(Size(users=200, bookings=1200, rooms=80, sessions=400))
    assert own.choose(Size(users=200, bookings=1200, rooms=80, sessions=400)) == name, "filled once"
    told: list[str] = []
    report = dataclasses.asdict(measure_town(own, tmp_path, HASTY, with_bare=False, tell=told.append))
    lines = {line["name"]: line for line in report["lines"]}
    assert {line["name"]: line["problem"] for line in lines.values() if line["problem"]} == {}
    assert len(lines) >= 17
    for line in lines.values():
        assert line["alone"]["answers"] >= 1
        assert line["together"]["p99_ms"] >= line["together"]["p50_ms"] > 0
    pages = [line for line in lines.values() if line["html"]]
    assert len(pages) >= 14
    assert all(line["queries"] and line["elements"] for line in pages)
    assert sum(line["web_ms"] for line in lines.values()) > 0
    assert report["tour"]["requests"] == 4
    assert report["race"]["one_winner"] == 1
    assert len(report["resident_mb"]) >= 2
    assert 0 <= report["idle_ms"] < 2000
    shown = table(report, report)
    assert all(line in shown for line in lines)
    assert "exactly one in 1 of 1 races" in shown
    assert own.names() >= {name}
    own._command(f"DROP DATABASE {name}")
    json.dumps(report)


def test_the_bare_stack_asks_and_shows_the_same(servers: Servers, tmp_path: Path) -> None:
    with application_of_its_own(servers, tmp_path) as real:
        room = an_open_room()
        path = f"/rooms/{room.slug}?view=month"
        bare = beside(real).test_client()
        first, again = bare.get(path), bare.get(path)
        assert first.status_code == again.status_code == 200
        assert room.name in again.text
        shown = real.test_client().get(path).text
        assert one(again.text, "main").text == one(shown, "main").text
        bare.application.testing = True
        with pytest.raises(IndexError):  # what fills no template cannot stand beside anything
            bare.get("/healthz")


def test_what_misses_its_target_is_named() -> None:
    speed = {"answers": 9, "per_second": 90.0, "p50_ms": 10.0, "p99_ms": 70.0, "bytes": 1, "statuses": {"200": 9}}
    line = {"name": "search", "least": 100, "slowest_ms": 60, "alone_ms": 9, "alone": speed, "together": speed,
            "html": 2048, "elements": 90, "queries": 3, "web_ms": 6.0, "database_ms": 1.5, "bare": speed,
            "problem": ""}  # fmt: skip
    rest = {"tour": {"requests": 4, "p50_ms": 30.0, "worst_ms": 40.0}, "start_seconds": 1.0,
            "resident_mb": [90, 91], "idle_ms": 7.0,
            "race": {"people": 32, "races": 10, "one_winner": 10, "p99_ms": 90.0}}  # fmt: skip
    small = {"lines": [line | {"alone": speed | {"p50_ms": 8.0}, "elements": 60}], **rest}
    full = {"lines": [line], **rest}
    assert missed(small, full) == [
        "search: 90 of 100 a second", "search: p99 70 of 60 ms", "search: 10.0 of 9 ms alone",
        "search: 1.25 times as slow as in the smaller town, showing 1.50 times as much",
    ]  # fmt: skip
    page = line | {"name": "session page"}
    watched = {"lines": [page, page | {"name": "session page, watched", "alone": speed | {"p50_ms": 12.5}}], **rest}
    assert missed(watched, watched)[-1] == "session page: 1.25 times as slow while many have it open"
    quick = {"lines": [line | {"least": 80, "slowest_ms": 0, "alone_ms": 0}], **rest}
    assert missed(quick, quick) == []
    slow = {"lines": [], "tour": rest["tour"] | {"p50_ms": 60.0}, "race": rest["race"] | {"one_winner": 9}}
    assert missed(slow, slow) == ["a booking: 4 requests, 60 of 50 ms", "the race: p99 90 of 200 ms, fair in 9/10"]
    broken = {"lines": [line | {"problem": "answers 404"}], **rest}
    assert missed(broken, broken) == ["search: answers 404"]
    assert "answers 404" in table(broken, broken)
    shown = table(small, full)
    assert all(each in shown for each in ("1.25", "1.50", "6.0+1.5"))
