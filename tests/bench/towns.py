"""The servers of a bench, and the towns in them: each is filled once, and copied for every run."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from bookapp.demo.scale import Size
from bookapp.infra import embedded, migrations
from bookapp.infra.supervisor import command_for
from config import ROOT
from tests.support.databases import Servers, settings_for
from tests.support.mailbox import Mailbox
from tests.support.stack import Stack


class Places(Servers):
    """Servers whose fresh databases are copies of the town that was chosen last."""

    town = embedded.DATABASE

    def fresh_database(self) -> str:
        """The URL of a copy of the town."""
        name = f"copy_{time.time_ns()}"
        self._command(f"CREATE DATABASE {name} TEMPLATE {self.town} STRATEGY file_copy")
        self._handed_out.append(name)
        return self._url_of(name)

    def names(self) -> set[str]:
        """The databases there are."""
        with closing(psycopg2.connect(self._url_of("postgres"))) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            return {name for (name,) in cursor.fetchall()}

    def choose(self, size: Size) -> str:
        """Have this town from now on; it is filled if it is not there, and brought up to date if it is."""
        name = f"town_{size.bookings}_{size.users}_{size.rooms}_{size.sessions}_{size.seed}"
        unfinished = f"{name}_unfinished"
        if name not in self.names():
            if unfinished in self.names():
                self._command(f"DROP DATABASE {unfinished} WITH (FORCE)")
            self._command(f"CREATE DATABASE {unfinished} TEMPLATE {embedded.DATABASE}")
            if not migrations.all_applied(self._url_of(unfinished)):
                self._migrate(unfinished)
            self._run(
                unfinished, "flask", "--app", "wsgi", "demo", "scale", "--users", size.users, "--bookings",
                size.bookings, "--rooms", size.rooms, "--sessions", size.sessions, "--seed", size.seed,
            )  # fmt: skip
            self._command(f"ALTER DATABASE {unfinished} RENAME TO {name}")
        elif not migrations.all_applied(self._url_of(name)):
            self._migrate(name)
        self.town = name
        return name

    def _migrate(self, name: str) -> None:
        self._run(name, *command_for("migrate")[2:])

    def _run(self, database: str, *command: object) -> None:
        environment = settings_for(self.folder / "data", self._url_of(database), self.redis.url)
        whole = [command_for("migrate")[0], "-m", *map(str, command)]
        subprocess.run(whole, cwd=ROOT, env=environment, check=True)


@contextmanager
def places(folder: Path) -> Iterator[Places]:
    """Both servers on `folder`, which keeps the towns. PostgreSQL is as careful as in earnest."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        embedded.postgres(folder / "postgresql") as postgres,
        embedded.redis_server(folder / "redis", durable=False) as redis_server,
    ):
        made = Places(postgres, redis_server, folder)
        try:
            yield made
        finally:
            made.take_back()


@contextmanager
def at_work(servers: Places, folder: Path) -> Iterator[tuple[Stack, float]]:
    """Web on a copy of the chosen town, and how many seconds it took from its start to its first answer."""
    with Mailbox() as mailbox:
        stack = Stack(servers, folder / f"stack_{time.time_ns()}", mailbox)
        began = time.monotonic()
        try:
            stack.start("web")
            yield stack, time.monotonic() - began
        finally:
            stack.stop()
            servers.take_back()
