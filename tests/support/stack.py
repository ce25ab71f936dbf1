"""Bookapp as it really runs: web, worker and scheduler processes, a database of their own and a mail server."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
from flask import Flask

from bookapp.app import create_app
from bookapp.infra.parts import Part, stop_all
from bookapp.infra.processes import free_port
from bookapp.infra.supervisor import command_for, wait_until_ready
from config import ROOT, Settings
from tests.support.databases import Servers, settings_for
from tests.support.eventually import PATIENCE_SECONDS
from tests.support.mailbox import Mailbox

ROLES = ("web", "worker", "scheduler")


class Stack:
    """The running whole. `app` is a second application on the same database, for preparing and looking things up."""

    def __init__(self, servers: Servers, folder: Path, mailbox: Mailbox, **settings: str) -> None:
        self.servers, self.mailbox, self.folder = servers, mailbox, folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = servers.fresh_database()
        self.redis_url = servers.fresh_redis()
        figures = folder / "metrics"
        figures.mkdir(parents=True)
        self.environment = settings_for(
            folder / "data", self.database_url, self.redis_url, PORT=str(self.port), SMTP_URL=mailbox.url,
            PROMETHEUS_MULTIPROC_DIR=str(figures), **settings,
        )  # fmt: skip
        self.parts = {
            role: Part(
                role, command_for(role, port=self.port), ROOT, self._environment_of(role), folder / f"{role}.log"
            )
            for role in ROLES
        }
        self.app: Flask = create_app(Settings.from_env(self.environment))
        # One for all questions: who waits asks often, and signing in costs PostgreSQL more than answering.
        self._line: psycopg2.extensions.connection | None = None

    def _environment_of(self, role: str) -> dict[str, str]:
        if role != "web":
            return self.environment
        # Coverage does not see the threads of the web server and would only slow its start.
        return {name: value for name, value in self.environment.items() if not name.startswith("COV")}

    def start(self, *roles: str) -> None:
        """Start these parts (all when none is named), and return when web answers."""
        started = [self.parts[role] for role in roles or ROLES]
        for part in started:
            part.start()
        try:
            if self.parts["web"].alive():
                wait_until_ready(started, f"{self.url}/healthz")
        except Exception as problem:
            raise AssertionError(f"{problem}\n{self.log_text()}") from problem

    def stop(self, *roles: str) -> None:
        """Stop these parts (all when none is named) in an orderly way."""
        stop_all([self.parts[role] for role in roles or ROLES])

    def kill(self, role: str) -> None:
        """End a part as a power cut would, with everything it started."""
        process = self.parts[role].process
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What the database says, past the application. Several statements in one text are one transaction."""
        with self._open_line().cursor() as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def _open_line(self) -> psycopg2.extensions.connection:
        try:
            if self._line:
                self._line.cursor().execute("SELECT")
        except psycopg2.Error:  # PostgreSQL was killed meanwhile
            self._line = None
        if not self._line:
            self._line = psycopg2.connect(self.database_url, cursor_factory=psycopg2.extras.RealDictCursor)
            self._line.autocommit = True
        return self._line

    def value(self, sql: str, *values: Any) -> Any:
        """The one value of a query with one row and one column."""
        (row,) = self.rows(sql, *values)
        (value,) = row.values()
        return value

    def log_text(self) -> str:
        """Everything the parts have said."""
        logs = (self.folder / f"{role}.log" for role in ROLES)
        return "\n".join(log.read_text(errors="replace") for log in logs if log.exists())

    def log_lines(self) -> list[dict[str, Any]]:
        """The JSON lines among it."""
        return [json.loads(line) for line in self.log_text().splitlines() if line.startswith("{")]

    def get(self, path: str) -> str:
        """The body of a page, as a stranger sees it."""
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_SECONDS) as answer:
            return str(answer.read().decode())


@contextmanager
def running_stack(servers: Servers, folder: Path, **settings: str) -> Iterator[Stack]:
    """A stack with everything started, which is gone afterwards whatever happened.

    Without a farewell: how parts end in an orderly way is for the tests that look at it, and takes seconds.
    """
    with Mailbox() as mailbox:
        stack = Stack(servers, folder, mailbox, **settings)
        try:
            stack.start()
            yield stack
        finally:
            for role, part in stack.parts.items():
                if part.alive():
                    stack.kill(role)
