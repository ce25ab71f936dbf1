"""A private PostgreSQL and Redis for one test run, and databases copied from one that was migrated once.

Whoever runs the tests many times over, as `make mutation` does, starts them once and lends them to each run.
"""

import itertools
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import redis
from flask import Flask

from bookapp.app import create_app
from bookapp.infra import embedded
from bookapp.infra.db import db
from bookapp.infra.supervisor import command_for
from config import ROOT, Settings

TEMPLATE = embedded.DATABASE
REDIS_DATABASES = 64
LENT = "BOOKAPP_LENT_SERVERS"
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
SECRET_KEY = "only-for-tests-and-long-enough-for-production-too"


@dataclass(frozen=True)
class Lent:
    """Where a server is that somebody else has started."""

    url: str
    log: Path


@dataclass
class Servers:
    """Where the servers are, and what was handed out of them."""

    postgres: embedded.Server | Lent
    redis: embedded.Server | Lent
    folder: Path
    _databases: Iterator[int] = field(default_factory=itertools.count)
    _redis_numbers: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(1, REDIS_DATABASES)))
    _handed_out: list[str] = field(default_factory=list)

    def fresh_database(self) -> str:
        """The URL of a new database with all tables and no rows; nobody else uses it."""
        name = f"copy_{os.getpid()}_{next(self._databases)}"
        # Copying files is twice as fast as the default, which writes it all to the log as well.
        self._command(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        self._handed_out.append(name)
        return self._url_of(name)

    def fresh_redis(self) -> str:
        """The URL of an empty Redis database; number 0 is not handed out."""
        url = self.redis.url.removesuffix("/0") + f"/{next(self._redis_numbers)}"
        with closing(redis.Redis.from_url(url)) as client:
            client.flushdb()
        return url

    def deadlocks(self) -> int:
        """How many deadlocks PostgreSQL has written to its log so far."""
        return self.postgres.log.read_text(errors="replace").count("deadlock detected")

    def lend(self) -> dict[str, str]:
        """The environment in which other test runs use these servers."""
        where = (self.postgres.url, str(self.postgres.log), self.redis.url, str(self.redis.log), str(self.folder))
        return {LENT: json.dumps(where)}

    def take_back(self) -> None:
        """Drop every database that was handed out."""
        while self._handed_out:
            self._command(f"DROP DATABASE {self._handed_out.pop()} WITH (FORCE)")

    def _command(self, statement: str) -> None:
        with closing(psycopg2.connect(self._url_of("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)

    def _url_of(self, database: str) -> str:
        return self.postgres.url.removesuffix(embedded.DATABASE) + database


@contextmanager
def servers(*, durable: bool = False) -> Iterator[Servers]:
    """Both servers, running, with the template database migrated by the real command.

    `durable` ones keep what was committed when they are killed, and are slower.
    """
    with tempfile.TemporaryDirectory(prefix="bookapp-tests-") as path:
        folder = Path(path)
        folder.chmod(0o755)  # as root without namespaces PostgreSQL runs as somebody else, who has to get in
        with (
            embedded.postgres(folder / "postgres", durable=durable) as postgres,
            embedded.redis_server(folder / "redis", durable=False) as redis_server,
        ):
            started = Servers(postgres, redis_server, folder)
            environment = settings_for(folder / "data", postgres.url, redis_server.url)
            done = subprocess.run(
                command_for("migrate"), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            yield started


@contextmanager
def lent_or_private_servers() -> Iterator[Servers]:
    """The servers that were lent to this run (`Servers.lend`), else a private pair."""
    if LENT not in os.environ:
        with servers() as started:
            yield started
        return
    postgres, postgres_log, redis_url, redis_log, folder = json.loads(os.environ[LENT])
    borrowed = Servers(Lent(postgres, Path(postgres_log)), Lent(redis_url, Path(redis_log)), Path(folder))
    try:
        yield borrowed
    finally:
        borrowed.take_back()


@contextmanager
def application_of_its_own(servers: Servers, folder: Path) -> Iterator[Flask]:
    """An application in its context, on a new database where commits stay."""
    made = create_app(Settings.from_env(settings_for(folder, servers.fresh_database(), servers.redis.url)))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@contextmanager
def forgotten_afterwards(app: Flask) -> Iterator[Flask]:
    """`app` in a context, inside a transaction that is rolled back at the end.

    Everything that tests and their requests do meanwhile runs on one connection; a commit ends a savepoint only.
    """
    with app.app_context():
        connection = db.engine.connect()
        transaction = connection.begin()
        # A slow machine may think for half a minute between two statements of a test; a server may not.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        engines = db._app_engines[app]
        engine, engines[None] = engines[None], connection
        connection.begin_nested()
        try:
            yield app
        finally:
            db.session.remove()
            engines[None] = engine
            transaction.rollback()
            connection.close()


def settings_for(data: Path, database_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """An environment for Bookapp under test, in this process or another: our settings and nothing of the machine's."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("COV")}
    return kept | {
        "BOOKAPP_ENV": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BOOKAPP_DATA": str(data),
        "SECRET_KEY": SECRET_KEY,
        "RATE_LIMITS": "off",
        "LOG_FORMAT": "json",
        **more,
    }
