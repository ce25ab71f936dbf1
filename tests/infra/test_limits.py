"""Too many requests are refused with the time to wait, by Redis's count or, without Redis, by our own."""

import pytest
from flask import Flask

from bookapp.app import create_app
from bookapp.infra import limits
from bookapp.infra.limits import limiter
from bookapp.web.areas import PUBLIC, area
from config import Settings
from tests.support import databases


def limited(environment: dict[str, str]) -> Flask:
    app = create_app(Settings.from_env(environment))
    views = area("limit_tests", __name__, audience=PUBLIC)

    @views.get("/try/three")
    @limiter.limit("3/minute")
    def three() -> str:
        return "ok"

    app.register_blueprint(views)
    return app


@pytest.fixture
def environment(servers):
    return databases.settings_for(
        servers.folder / "limits", servers.postgres.url, servers.fresh_redis(), RATE_LIMITS="on"
    )


@pytest.fixture(autouse=True)
def fresh_counter():
    """The limiter is one object for all applications of a process, as for one in real life."""
    limiter._storage_dead = False
    yield
    limiter._storage_dead = False


def ask(app, address="203.0.113.1"):
    return app.test_client().get("/try/three", environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize("with_redis", [True, False])
def test_the_fourth_is_too_fast(environment, with_redis):
    app = limited(environment if with_redis else environment | {"REDIS_URL": "redis://127.0.0.1:1/0"})
    answers = [ask(app) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert "Retry-After" not in answers[0].headers
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert "That was a little fast" in answers[3].text
    assert ask(app, "203.0.113.2").status_code == 200, "somebody else is not meant"


def test_programs_are_told_in_json(environment):
    app = limited(environment)
    for _ in range(3):
        ask(app)
    client = app.test_client()
    answer = client.get(
        "/try/three", headers={"Accept": "application/json"}, environ_base={"REMOTE_ADDR": "203.0.113.1"}
    )
    assert (answer.status_code, answer.json["code"]) == (429, "too_fast")


def test_switched_off_nobody_is_counted(environment):
    app = limited(environment | {"RATE_LIMITS": "off"})
    assert {ask(app).status_code for _ in range(6)} == {200}


def test_probes_files_and_signed_news_are_not_counted(environment):
    client = limited(environment).test_client()
    for answer in (client.get("/healthz"), client.post("/payments/webhooks/sandbox")):
        assert "X-RateLimit-Limit" not in answer.headers


def test_the_limits_are_those_of_the_product():
    assert limits.EVERYTHING == "1000/minute"
    assert (limits.SIGN_IN, limits.SIGN_UP) == ("10/minute", "5/minute")
    assert (limits.BOOKINGS, limits.SEARCH, limits.NOTIFY) == ("50/minute", "100/minute", "600/minute")
