"""Starts Bookapp and keeps it running: `make run` calls it without a role, a container with one.

    python -m bookapp.infra.supervisor                  everything, with servers of its own where none are given
    python -m bookapp.infra.supervisor web|worker|scheduler|prepare [--host ADDRESS]

It sits outside the application: it knows programs, not features, and passes settings on by environment.
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from bookapp.infra import embedded, migrations, turns
from bookapp.infra.parts import Part, stop_all, watch
from bookapp.infra.processes import CannotStart, die_with_parent, end, free_port, kept_secret
from bookapp.infra.progress import Steps
from config import ROOT, Settings, SettingsError

LOOPBACK = "127.0.0.1"
WEB_PROCESSES = max(2, min(4, os.cpu_count() or 2))
WEB_THREADS = turns.PAGES + turns.STREAMS
READY_SECONDS = 180.0  # a part that ends is noticed at once; a machine may be busy
ACCOUNTS = "from bookapp.demo import ACCOUNTS\nfor account in ACCOUNTS: print(*account, sep='\\t')"

# granian rather than gunicorn: 0.4 ms of CPU around each answer instead of 0.6, twice as many small ones a second, and
# threads for open streams cost the pages nothing (docs/proof.md, "The server").
ROLES = {
    "web": (
        "granian", "--interface", "wsgi", "--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS),
        "--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-ws",
        # As a warning it would say at each start that these are many threads; `infra.turns` sees to that.
        "--log-level", "error", "wsgi:app",
    ),
    "worker": ("bookapp.worker",),
    "scheduler": ("bookapp.schedule",),
    "migrate": ("flask", "--app", "wsgi", "db", "upgrade"),
    "fill": ("flask", "--app", "wsgi", "demo", "fill"),
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """The exit status of what was asked for."""
    asked = argparse.ArgumentParser(prog="bookapp", description="Start Bookapp, or one part of it.")
    asked.add_argument("role", nargs="?", choices=["web", "worker", "scheduler", "prepare"], help="default: everything")
    asked.add_argument("--host", default=LOOPBACK, help="the address web listens at (default: %(default)s)")
    given = asked.parse_args(arguments)
    environment = os.environ | settings_file(ROOT / ".env", os.environ)
    try:
        if given.role == "prepare":
            return prepare(environment, Settings.from_env(environment), Steps(sys.stdout))
        if given.role:
            become(given.role, environment, given.host)
        return run_all(environment, given.host)
    except (CannotStart, SettingsError) as problem:
        print(problem, file=sys.stderr)
        return 1


def become(role: str, environment: dict[str, str], host: str) -> NoReturn:
    """Turn this process into one part of Bookapp, with the settings it was given."""
    settings = Settings.from_env(environment)
    if role == "web":
        environment = environment | shared_figures(settings.data_dir)
    command = command_for(role, host=host, port=settings.port)
    os.chdir(ROOT)
    os.execve(command[0], command, environment)


def run_all(environment: dict[str, str], host: str) -> int:
    """Start everything, say where it is, and watch over it until told to stop."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _stop)
    steps = Steps(sys.stdout)
    data = ROOT / (environment.get("BOOKAPP_DATA") or "var")
    data.mkdir(parents=True, exist_ok=True)
    watched: list[embedded.Server | Part] = []
    with (data / "run.lock").open("a+") as lock:
        _claim(lock, data)
        try:
            environment = with_defaults(environment, data)
            settings = Settings.from_env(environment | _addresses_to_come(environment))
            port = free_port(settings.port)
            if port != settings.port:
                steps.note(f"Port {settings.port} is taken; using {port}.")
            environment["PORT"] = str(port)
            is_ours = "DATABASE_URL" not in environment
            first_start = begin_first_start(data) if is_ours else None
            watched += start_servers(environment, data, steps)
            environment |= shared_figures(data)
            settings = Settings.from_env(environment)
            prepare(environment, settings, steps, data / "postgresql" / "demo-filled" if is_ours else None)
            if first_start:
                first_start.unlink()
            parts = [
                Part(role, command_for(role, host=host, port=port), ROOT, environment)
                for role in ("web", "worker", "scheduler")
            ]
            watched += parts
            with steps.step("Web, worker, scheduler"):
                for part in parts:
                    part.start()
                wait_until_ready(parts, f"http://{LOOPBACK}:{port}/healthz")
            _write(lock, settings.public_base_url)
            greet(settings, environment, steps)
            watch(watched, steps)
        except Stopped:
            pass
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_IGN)  # whoever presses Ctrl-C twice still gets an orderly end
            if watched:
                with steps.step("Stopping"):
                    stop_all(watched)
    return 0


class Stopped(BaseException):
    """We were asked to stop, by Ctrl-C or a signal."""


def settings_file(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The NAME=value lines of `path` that `environment` does not already decide; nothing when there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs if name.strip() not in environment}


def with_defaults(environment: Mapping[str, str], data: Path) -> dict[str, str]:
    """The environment with what a person at their own machine should not have to set."""
    full = {name: value for name, value in environment.items() if value.strip()}
    full["BOOKAPP_DATA"] = str(data)
    if full.get("BOOKAPP_ENV", "development") != "production":
        full.setdefault("BOOKAPP_DEMO", "1")
        full.setdefault("SECRET_KEY", kept_secret(data / "secret-key"))
    return full


def shared_figures(data: Path) -> dict[str, str]:
    """The setting with which the web processes add up their figures, and its folder emptied of an earlier run's."""
    folder = data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def command_for(role: str, *, host: str = LOOPBACK, port: int = 0) -> list[str]:
    """The program that is `role`; `host` and `port` matter to web only."""
    where = ["--host", host, "--port", str(port)] if role == "web" else []
    module, *rest = ROLES[role]
    return [sys.executable, "-m", module, *where, *rest]


def begin_first_start(data: Path) -> Path | None:
    """The mark of a first start that is not through yet, or None when the database was made by an earlier one.

    A start interrupted while it filled the demo world left half of it. Nobody has used that yet, so it is made anew.
    """
    mark, folder = data / "first-start", data / "postgresql"
    if mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        return None
    mark.touch()
    return mark


def start_servers(environment: dict[str, str], data: Path, steps: Steps) -> list[embedded.Server]:
    """Start PostgreSQL and Redis where no address is set, and put their addresses into `environment`."""
    started = []
    for name, setting, start in (
        ("PostgreSQL", "DATABASE_URL", embedded.postgres),
        ("Redis", "REDIS_URL", embedded.redis_server),
    ):
        if not environment.get(setting):
            with steps.step(name):
                server = start(data / name.lower())
            started.append(server)
            environment[setting] = server.url
    return started


def prepare(environment: Mapping[str, str], settings: Settings, steps: Steps, filled: Path | None = None) -> int:
    """Bring the tables up to date, and in demo mode fill an empty database.

    `filled` marks a database that has been: it is never empty again, and asking it takes a start of the application.
    """
    with steps.step("Database tables"):
        if not migrations.all_applied(settings.database_url):
            _run("migrate", environment)
    if settings.demo and not (filled and filled.exists()):
        with steps.step("Demo world") as step:
            _run("fill", environment, step.progress)
        if filled:
            filled.touch()
    return 0


def wait_until_ready(parts: Iterable[Part], url: str) -> None:
    """Return when the web part answers and the others are still there."""
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(url):
        for part in parts:
            if not part.alive():
                raise CannotStart(f"{part.name} ended right after its start; its last words are above.")
        if time.monotonic() > deadline:
            raise CannotStart(f"Nothing answers at {url}.")
        time.sleep(0.05)


def greet(settings: Settings, environment: Mapping[str, str], steps: Steps) -> None:
    """Say where it is, and in demo mode who one can be."""
    steps.note(f"\nBookapp is at {settings.public_base_url}\n")
    if settings.demo:
        asked = subprocess.run(
            [sys.executable, "-c", ACCOUNTS], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        for line in asked.stdout.splitlines():
            role, login, password = line.split("\t")
            steps.note(f"  {role:<14} {login:<28} {password}")
    steps.note("\nCtrl-C stops it.\n")


def _run(role: str, environment: Mapping[str, str], progress: Callable[[str], bool] | None = None) -> None:
    """Run a command to its end; its lines "n/total what" drive `progress`, the rest is shown only if it fails."""
    said: list[str] = []
    with subprocess.Popen(
        command_for(role), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, preexec_fn=die_with_parent, process_group=0,  # noqa: PLW1509 - as above
    ) as process:  # fmt: skip
        try:
            said += [line for line in process.stdout or () if not (progress and progress(line))]
        except Stopped:
            end(process, signal.SIGTERM)
            raise
    if process.returncode:
        raise CannotStart("".join(said[-40:]) + f"\n`{' '.join(ROLES[role])}` failed; see above.")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def _addresses_to_come(environment: Mapping[str, str]) -> dict[str, str]:
    """Stand-ins for the servers we start ourselves, so that all other settings can be judged before that."""
    stand_ins = {"DATABASE_URL": "postgresql://localhost/bookapp", "REDIS_URL": "redis://localhost"}
    return {name: value for name, value in stand_ins.items() if name not in environment}


def _claim(lock: TextIO, data: Path) -> None:
    """Two at once on the same data would fight over the same servers."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        where = lock.read().strip()
        place = f"{data}, at {where}" if where else f"{data}"
        raise CannotStart(f"Bookapp already runs on {place}. Stop it, or set BOOKAPP_DATA to another folder.") from None
    _write(lock, "")


def _write(lock: TextIO, text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


def _stop(_sign: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
