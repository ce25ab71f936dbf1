"""`make run` as a person meets it: real processes, on a folder of their own."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from bookapp.infra import supervisor
from bookapp.infra.processes import free_port
from config import ROOT, Settings
from tests.support.databases import KEPT
from tests.support.eventually import ended, eventually

pytestmark = pytest.mark.stack


class Run:
    """One `make run` under way, and everything it has said."""

    def __init__(self, data: Path, port: int, *arguments: str, **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("COV")}
        environment = kept | {"BOOKAPP_DATA": str(data), "PORT": str(port), "BOOKAPP_DEMO": "0"} | settings
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bookapp.infra.supervisor", *arguments], cwd=ROOT, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.said = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def hears(self, pattern: str, timeout: float = 180) -> re.Match[str]:
        """Wait until it says something that fits `pattern`."""

        def heard() -> re.Match[str]:
            found = re.search(pattern, self.said)
            assert found, f"waiting for {pattern!r}:\n{self.said}"
            return found

        return eventually(heard, timeout)

    def ends(self, sign: signal.Signals | None = None, timeout: float = 90) -> int:
        """Its exit status, after `sign` was sent."""
        if sign:
            self.process.send_signal(sign)
        status = self.process.wait(timeout)
        ended(self._reader)
        return status

    def _read(self) -> None:
        with self.process.stdout or open(os.devnull) as lines:
            for line in lines:
                self.said += line


@contextmanager
def running(data: Path, port: int, *arguments: str, **settings: str) -> Iterator[Run]:
    run = Run(data, port, *arguments, **settings)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.ends(signal.SIGTERM)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "var"


def get(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)


def database(data: Path) -> str:
    """The address of the embedded database, from the notes it keeps."""
    port = (data / "postgresql/data/postmaster.pid").read_text().splitlines()[3]
    return f"postgresql://bookapp:{(data / 'postgresql/password').read_text()}@127.0.0.1:{port}/bookapp"


def children(pid: int) -> dict[str, int]:
    """What is running below a process: what it was started as -> its number."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return {args: int(child) for child, parent, args in rows if int(parent) == pid}


def worker_of(run: Run) -> int:
    """The number of the worker, 0 while there is none. Where setproctitle is installed, RQ names its process anew."""
    names = ("bookapp.worker", "rq:worker")
    return next((pid for args, pid in children(run.process.pid).items() if any(name in args for name in names)), 0)


def test_it_starts_heals_stops_and_starts_again_with_the_data_kept_and_leaves_nothing_when_killed(data: Path) -> None:
    wanted = free_port()
    with socket.create_server(("127.0.0.1", wanted)), running(data, wanted) as run:
        url = run.hears(r"Bookapp is at (http://\S+)")[1]
        assert f"Port {wanted} is taken; using {url.rpartition(':')[2]}." in run.said
        assert get(f"{url}/healthz") == get(f"{url}/readyz") == 200
        for step in ("PostgreSQL", "Redis", "Database tables", "Web, worker, scheduler"):
            assert re.search(rf"{step} +\d+\.\d s", run.said)

        with closing(psycopg2.connect(database(data))) as connection, connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (word text)")

        first = eventually(lambda: worker_of(run))
        os.kill(first, signal.SIGKILL)
        run.hears("worker ended; starting it again in 0 s")
        eventually(lambda: worker_of(run) not in (0, first))

        with running(data, free_port()) as second:
            assert second.ends() == 1
            assert f"already runs on {data}, at {url}" in second.said

        everything = children(run.process.pid)
        assert run.ends(signal.SIGINT) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in everything.values())

    with running(data, wanted) as run:
        assert run.hears(r"Bookapp is at (http://\S+)")[1] == f"http://127.0.0.1:{wanted}"
        with closing(psycopg2.connect(database(data))) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept")

        everything = children(run.process.pid)
        assert len(everything) == 5
        run.ends(signal.SIGKILL)
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everything.values()))


def test_a_first_start_that_was_interrupted_begins_again_and_a_later_one_never(data: Path) -> None:
    made = data / "postgresql" / "made"

    def start() -> Path | None:
        mark = supervisor.begin_first_start(data)
        made.mkdir(parents=True, exist_ok=True)
        return mark

    data.mkdir()
    assert start()
    made.joinpath("half").touch()
    mark = start()
    assert mark
    assert not made.joinpath("half").exists()
    mark.unlink()  # that one went through

    made.joinpath("bookings").touch()
    assert start() is None
    assert start() is None
    assert made.joinpath("bookings").exists()


def test_wrong_settings_are_all_named_before_anything_starts(data: Path) -> None:
    with running(data, 70_000, LOG_FORMAT="loud") as run:
        assert run.ends() == 1
    assert "PORT: must be" in run.said
    assert "LOG_FORMAT: must be" in run.said
    assert not (data / "postgresql").exists()


def test_a_step_that_fails_says_why_and_leaves_nothing_running(data: Path) -> None:
    nowhere = f"postgresql://127.0.0.1:{free_port()}/nothing"
    with running(data, free_port(), DATABASE_URL=nowhere) as run:
        assert run.ends() == 1
    assert "Connection refused" in run.said
    assert "db upgrade` failed" in run.said


@pytest.mark.parametrize("role", ["worker", "scheduler"])
def test_a_container_runs_one_part(servers, data: Path, role: str) -> None:  # type: ignore[no-untyped-def]
    addresses = {"DATABASE_URL": servers.fresh_database(), "REDIS_URL": servers.fresh_redis()}
    with running(data, free_port(), role, LOG_FORMAT="json", **addresses) as run:
        run.hears(f"{role}.started")
        assert run.ends(signal.SIGTERM) == 0


def test_a_container_runs_web_after_preparing_the_tables(servers, data: Path) -> None:  # type: ignore[no-untyped-def]
    addresses = {"DATABASE_URL": servers.fresh_database(), "REDIS_URL": servers.fresh_redis()}
    with running(data, free_port(), "prepare", **addresses) as run:
        assert run.ends() == 0
    port = free_port()
    with running(data, port, "web", **addresses) as run:
        eventually(lambda: answers(f"http://127.0.0.1:{port}/readyz"), timeout=120)
        assert run.ends(signal.SIGTERM) == 0


def answers(url: str) -> bool:
    try:
        return get(url) == 200
    except OSError:
        return False


def test_settings_come_from_the_environment_first_then_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert supervisor.settings_file(file, {}) == {}
    file.write_text("# a comment = not a setting\nPORT=9000\n\nSECRET_KEY = a=b \nMAIL_FROM=\n")
    assert supervisor.settings_file(file, {"PORT": "1"}) == {"SECRET_KEY": "a=b", "MAIL_FROM": ""}


def test_development_needs_no_settings_and_keeps_its_key(data: Path) -> None:
    data.mkdir()
    first = supervisor.with_defaults({"PORT": ""}, data)
    assert first["BOOKAPP_DEMO"] == "1"
    assert "PORT" not in first, "empty means not given"
    assert first == supervisor.with_defaults({}, data)
    assert (data / "secret-key").stat().st_mode & 0o077 == 0


def test_production_is_given_neither_a_demo_nor_a_key(data: Path) -> None:
    assert not {"BOOKAPP_DEMO", "SECRET_KEY"} & set(supervisor.with_defaults({"BOOKAPP_ENV": "production"}, data))


def test_the_example_names_every_setting() -> None:
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    known = set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config.py").read_text()))
    assert example == known
    environment = supervisor.settings_file(ROOT / ".env.example", {})
    assert Settings.from_env(environment).rate_limits
