"""The whole as processes, seen from outside: probes, figures and logs of web, worker and scheduler together."""

import gzip
import json
import urllib.error
import urllib.request

import pytest

from tests.support.eventually import eventually
from tests.support.stack import Stack

pytestmark = pytest.mark.stack


def test_it_is_ready_and_counts_together(stack: Stack) -> None:
    eventually(lambda: json.loads(stack.get("/readyz"))["ready"])
    for _ in range(5):
        stack.get("/healthz")
    figures = stack.get("/metrics")
    counted = [line for line in figures.splitlines() if 'route="/healthz"' in line and "_count" in line]
    assert sum(float(line.rpartition(" ")[2]) for line in counted) >= 5


def test_what_runs_by_itself_runs_and_says_so(stack: Stack) -> None:
    def jobs() -> set[str]:
        return {line["job"] for line in stack.log_lines() if line.get("event") == "job" and line["outcome"] == "done"}

    wanted = {"booking.expire_holds", "booking.complete_past", "operations.forget_old", "payments.close_all_stale"}
    eventually(lambda: jobs() >= wanted)
    assert stack.value("SELECT count(*) FROM outbox WHERE state = 'dead'") == 0


def test_a_request_is_found_in_the_log_by_its_id(stack: Stack) -> None:
    request = urllib.request.Request(
        f"{stack.url}/nothing-here?email=canary@example.org", headers={"X-Request-ID": "look-for-me-1"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 404
    assert "look-for-me-1" in refused.value.read().decode()

    def line() -> dict[str, object]:
        found = [each for each in stack.log_lines() if each.get("request_id") == "look-for-me-1"]
        assert len(found) == 1
        return found[0]

    found = eventually(line)
    assert (found["path"], found["status"], found["service"]) == ("/nothing-here", 404, "web")
    assert "canary" not in stack.log_text()


def test_files_are_packed_on_the_wire(stack: Stack) -> None:
    request = urllib.request.Request(f"{stack.url}/static/css/components.css", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        packed = answer.read()
    assert len(gzip.decompress(packed)) > 2 * len(packed)
