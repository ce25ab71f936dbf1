"""A database and a Redis of its own for tests that commit for real: several connections, threads, workers."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from bookapp.app import create_app
from bookapp.infra import queue
from bookapp.infra.db import db
from config import Settings
from tests.support import databases
from tests.support.databases import Servers


@pytest.fixture(scope="module")
def real_app(servers: Servers) -> Iterator[Flask]:
    """An application whose commits are commits; its tables begin empty and are shared by the tests of one file."""
    environment = databases.settings_for(
        servers.folder / "real", servers.fresh_database(), servers.fresh_redis(), RATE_LIMITS="on"
    )
    app = create_app(Settings.from_env(environment))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def real(real_app: Flask) -> Iterator[Flask]:
    """The same, in a context with a session of its own."""
    with real_app.app_context():
        yield real_app


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Register a handler for the length of one test: `handle("test.work", function, tries=3)`."""

    def register(name: str, handler: Callable[..., object], *, tries: int = queue.USUAL_TRIES) -> None:
        monkeypatch.setitem(queue._jobs, name, queue.Job(name, handler, tries))

    return register


@pytest.fixture
def app_of_nothing() -> Flask:
    """An application whose database and Redis are away."""
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    return create_app(Settings.from_env(nowhere | {"BOOKAPP_ENV": "test", "LOG_FORMAT": "json"}))
