"""Each request: one line, one figure, one id; no query string, no secret path."""

import json

import pytest
from flask import Flask, abort

from bookapp.web.areas import PUBLIC, area


@pytest.fixture
def site(app_of_nothing: Flask) -> Flask:
    views = area("access_tests", __name__, audience=PUBLIC)
    views.add_url_rule("/things/<int:number>", "thing", lambda number: "x" * number)
    views.add_url_rule("/links/<token>", "link", lambda token: "ok")
    views.add_url_rule("/gone", "gone", lambda: abort(410))
    views.add_url_rule("/broken", "broken", lambda: 1 / 0)
    app_of_nothing.register_blueprint(views)
    return app_of_nothing


@pytest.fixture
def line(site, capsys):
    """The log line of one request."""

    def ask(path, **kwargs):
        with site.test_client().get(path, **kwargs) as answer:
            answer.get_data()
        lines = [json.loads(text) for text in capsys.readouterr().out.splitlines() if text.startswith("{")]
        requests = [each for each in lines if each["event"] == "request"]
        assert len(requests) <= 1
        return answer, requests[0] if requests else None

    return ask


def test_a_request_is_one_line(line):
    answer, event = line("/things/5?email=ada@example.org", headers={"X-Request-ID": "from-the-proxy"})
    assert answer.headers["X-Request-ID"] == "from-the-proxy"
    assert event.pop("ms") >= 0
    assert event.pop("timestamp")
    assert event == {
        "event": "request", "level": "info", "service": "web", "request_id": "from-the-proxy", "method": "GET",
        "route": "/things/<int:number>", "path": "/things/5", "status": 200, "bytes": 5,
    }  # fmt: skip


def test_a_path_that_is_a_secret_is_not_written(line):
    _, event = line("/links/SecretTokenOfAManageLink1")
    assert event["path"] == "/links/<token>"


@pytest.mark.parametrize("path", ["/links/SecretOfALink/", "/links//SecretOfALink", "/Links/SecretOfALink/x"])
def test_nor_is_one_that_was_mangled_on_its_way(line, path):
    answer, event = line(path)
    assert answer.status_code in (308, 404)
    assert "SecretOfALink" not in str(event)


def test_failures_say_their_code_and_ours_are_errors(line):
    _, event = line("/gone")
    assert (event["status"], event["error_code"], event["level"]) == (410, "http_410", "info")
    _, event = line("/broken")
    assert (event["status"], event["error_code"], event["level"]) == (500, "broken", "error")
    _, event = line("/nothing/at/all")
    assert (event["status"], event["route"]) == (404, "unmatched")


def test_probes_are_silent_while_all_is_well(line):
    assert line("/healthz")[1] is None
    assert line("/readyz")[1]["status"] == 503


def test_a_made_up_id_is_replaced(line):
    answer, event = line("/things/1", headers={"X-Request-ID": "<script>alert(1)</script>"})
    assert "script" not in answer.headers["X-Request-ID"]
    assert event["request_id"] == answer.headers["X-Request-ID"]


def test_each_request_is_counted_by_route_not_by_path(site):
    client = site.test_client()
    for number in (1, 2, 3):
        client.get(f"/things/{number}", buffered=True)
    client.open("/nothing", method="BREW", buffered=True)
    figures = client.get("/metrics").text
    assert 'route="/things/<int:number>",status="200"' in figures
    assert 'route="/things/1"' not in figures
    assert 'method="other"' in figures and "BREW" not in figures
