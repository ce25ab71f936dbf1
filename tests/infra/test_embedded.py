"""The private PostgreSQL and Redis: started for real, killed for real."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis

from bookapp.infra import embedded, processes
from tests.support.eventually import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.stack

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = processes.NOBODY
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty place, open to be walked through, unlike tmp_path: another user has to reach it."""
    with tempfile.TemporaryDirectory(prefix="bookapp-") as path:
        Path(path).chmod(0o755)
        yield Path(path) / "servers"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which PostgreSQL has run before: making a cluster takes longer than copying one."""
    folder = tmp_path_factory.mktemp("cluster") / "postgres"
    embedded.postgres(folder, durable=False).stop()
    return folder


@pytest.fixture
def used(made_once: Path, folder: Path) -> Path:
    """A folder of one's own in which PostgreSQL has run before."""
    shutil.copytree(made_once, folder)
    return folder


def ask(url: str, sql: str) -> object:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_data_survives_a_stop_and_a_crash(used: Path) -> None:
    with embedded.postgres(used, durable=False) as server:
        ask(server.url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
        first_url = server.url

    with embedded.postgres(used, durable=False) as server:
        assert server.url.split("@")[0] == first_url.split("@")[0], "the password is kept"
        assert ask(server.url, "SELECT word FROM kept") == "here"

        assert server.process is not None
        server.process.kill()
        server.process.wait(PATIENCE_SECONDS)
        assert not server.alive()
        url = server.url
        server.start()

        assert server.url == url, "those who use it find it at the same address"
        assert ask(server.url, "SELECT word FROM kept") == "here"


def test_text_is_unicode_and_time_is_utc(used: Path) -> None:
    with embedded.postgres(used, durable=False) as server:
        assert ask(server.url, "SELECT lower('Ä') || current_setting('TimeZone')") == "äUTC"
        assert ask(server.url, "SELECT current_setting('fsync')") == "off"


def test_it_is_durable_unless_told_otherwise(used: Path) -> None:
    with embedded.postgres(used) as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(server.url, f"SELECT current_setting('{setting}')") == "on"


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    with embedded.postgres(folder / "p", durable=False) as server, pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(host="127.0.0.1", port=server.port, user="bookapp", dbname="bookapp", password="guess")
    with embedded.redis_server(folder / "r") as server, pytest.raises(redis.AuthenticationError):
        redis.Redis(port=server.port).ping()
    assert (folder / "p" / "password").stat().st_mode & 0o077 == 0


def test_redis_keeps_what_it_was_told(folder: Path) -> None:
    for _ in range(2):
        with embedded.redis_server(folder) as server, closing(redis.Redis.from_url(server.url)) as client:
            client.incr("starts")
    with embedded.redis_server(folder) as server, closing(redis.Redis.from_url(server.url)) as client:
        assert client.get("starts") == b"2"


def test_servers_end_with_the_process_that_started_them(folder: Path) -> None:
    starter = (
        "import sys, pathlib; from bookapp.infra import embedded; f = pathlib.Path(sys.argv[1]);"
        "s = [embedded.postgres(f / 'p', durable=False), embedded.redis_server(f / 'r')];"
        "print(*(x.process.pid for x in s), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, folder], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), timeout=10)


def test_a_server_left_over_from_another_run_makes_room(used: Path) -> None:
    left_over = embedded.postgres(used, durable=False)
    assert left_over.process is not None
    with embedded.postgres(used, durable=False) as server:
        assert left_over.process.wait(10) == 0
        assert ask(server.url, "SELECT 1") == 1


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["of another program", "of nothing"])
def test_a_stale_note_is_cleared(used: Path, pid: int) -> None:
    (used / "data" / "postmaster.pid").write_text(f"{pid}\n{used / 'data'}\n0\n1\n\n\n")
    with embedded.postgres(used, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_an_interrupted_first_start_leaves_nothing_half_made(folder: Path) -> None:
    (folder / "unfinished").mkdir(parents=True)
    (folder / "unfinished" / "PG_VERSION").write_text("18")
    with embedded.postgres(folder, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why(used: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "RETRY_SECONDS", 0.1)
    (used / "data" / "postgresql.conf").write_text("nonsense = yes\n")
    with pytest.raises(embedded.CannotStart, match="nonsense"):
        embedded.postgres(used, durable=False)


def test_data_of_another_version_is_not_touched(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.CannotStart, match="made by PostgreSQL 9"):
        embedded.postgres(folder, durable=False)


@pytest.mark.parametrize(
    ("start", "instead"), [(embedded.postgres, "DATABASE_URL"), (embedded.redis_server, "REDIS_URL")]
)
def test_without_binaries_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, start: Callable[[Path], object], instead: str
) -> None:
    monkeypatch.setattr(embedded, "POSTGRES_PLACES", (("no_such_package", "bin"),))
    monkeypatch.setattr(embedded, "REDIS_PLACES", ())
    monkeypatch.setattr(embedded, "DEBIAN_POSTGRES", folder)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(embedded.CannotStart, match=instead):
        start(folder)


def test_redis_from_the_path_serves_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = next(path for path in embedded.in_packages(embedded.REDIS_PLACES) if path.exists())
    monkeypatch.setattr(embedded, "REDIS_PLACES", ())
    monkeypatch.setenv("PATH", str(bundled.parent))
    embedded.redis_server(folder).stop()


@AS_ROOT
def test_where_namespaces_are_forbidden_root_becomes_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_namespaces_allowed", lambda: False)
    with embedded.postgres(folder, durable=False) as server:
        assert server.process is not None
        assert Path(f"/proc/{server.process.pid}").stat().st_uid == NOBODY
        assert (folder / "data").stat().st_uid == NOBODY
    monkeypatch.undo()
    with embedded.postgres(folder, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1, "and later goes on with what it made"


@AS_ROOT
def test_root_works_on_a_persons_folder_as_that_person(folder: Path) -> None:
    for name, start in (("p", embedded.postgres), ("r", embedded.redis_server)):
        (folder / name).mkdir(parents=True)
        os.chown(folder / name, 1000, 1000)
        with start(folder / name, durable=False) as server:
            assert server.process is not None
            assert Path(f"/proc/{server.process.pid}").stat().st_uid == 1000
        assert {path.stat().st_uid for path in (folder / name).rglob("*")} == {1000}


def test_a_process_that_does_not_listen_is_ended_with_all_it_started() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, text=True, process_group=0)
    assert process.stdout
    process.stdout.readline()
    processes.end(process, signal.SIGTERM, patience=0.1)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL


def test_a_taken_port_gives_the_next() -> None:
    taken = processes.free_port()
    with socket.create_server(("127.0.0.1", taken)):
        assert processes.free_port(taken) > taken
    assert processes.free_port(taken) == taken
