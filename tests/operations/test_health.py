"""Alive, ready, figures: what watches over us is told the truth, without a name or a secret."""

import pytest
from flask import Flask
from sqlalchemy import text

from bookapp.app import create_app
from bookapp.infra.db import db
from config import Settings

NOWHERE = {
    "BOOKAPP_ENV": "test",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@pytest.fixture
def lonely() -> Flask:
    return create_app(Settings.from_env(NOWHERE))


def test_alive_asks_nobody(lonely):
    answer = lonely.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_when_everything_is_there(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "missing": []})


def test_not_ready_says_why(lonely):
    answer = lonely.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "missing": ["database: does not answer", "redis: does not answer"]}


@pytest.mark.parametrize("change", ["UPDATE alembic_version SET version_num = 'older'", "DROP TABLE alembic_version"])
def test_migrations_behind_are_not_ready(app, client, change):
    db.session.execute(text(change))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["missing"]) == (503, ["migrations: not at head"])


def test_figures_are_prometheus_text(client):
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    assert 'bookapp_outbox{state="due"}' in answer.text
    assert "bookapp_request_seconds" in answer.text


def test_figures_come_without_the_database_too(lonely):
    answer = lonely.test_client().get("/metrics")
    assert answer.status_code == 200
    assert "bookapp_outbox{" not in answer.text
