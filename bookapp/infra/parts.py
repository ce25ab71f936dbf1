"""The processes Bookapp consists of, watched over: whatever ends is started again."""

import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

from bookapp.infra.embedded import Server
from bookapp.infra.processes import CannotStart, die_with_parent, end
from bookapp.infra.progress import Steps

HEALTHY_AFTER_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.2


class Part:
    """One process of ours, started again whenever it ends, after a pause that grows while it keeps failing."""

    def __init__(
        self, name: str, command: list[str], folder: Path, environment: Mapping[str, str], log: Path | None = None
    ) -> None:
        """`log` takes what the process says; without it that goes where our own words go."""
        self.name, self._log = name, log
        self._command, self._folder, self._environment = command, folder, environment
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process; it ends when we do, even if we are killed."""
        with self._log.open("ab") if self._log else nullcontext() as log:
            self.process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL, text=True,
                stdout=log, stderr=log and subprocess.STDOUT,
                preexec_fn=die_with_parent, process_group=0,  # noqa: PLW1509 - started by the main thread only
            )  # fmt: skip

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Let it finish what it is doing, without waiting for it here."""
        if self.process and self.alive():
            self.process.terminate()

    def stop(self) -> None:
        """End the process, kindly first."""
        if self.process:
            end(self.process, signal.SIGTERM)


def watch(watched: Iterable[Server | Part], steps: Steps) -> NoReturn:
    """Start again whatever ends, for ever."""
    parts = list(watched)
    pauses = dict.fromkeys((part.name for part in parts), 0.0)
    since = dict.fromkeys(pauses, time.monotonic())
    due: dict[str, float] = {}
    while True:
        now = time.monotonic()
        for part in parts:
            if part.alive():
                if now - since[part.name] > HEALTHY_AFTER_SECONDS:
                    pauses[part.name] = 0.0
            elif part.name not in due:
                due[part.name] = now + pauses[part.name]
                steps.note(f"{part.name} ended; starting it again in {pauses[part.name]:g} s.")
                pauses[part.name] = min(max(1.0, pauses[part.name] * 2), LONGEST_PAUSE_SECONDS)
            elif now >= due[part.name]:
                del due[part.name]
                since[part.name] = now
                _start_again(part, steps)
        time.sleep(LOOK_EVERY_SECONDS)


def stop_all(watched: Sequence[Server | Part]) -> None:
    """Stop our own processes together, then the servers they use."""
    ours = [part for part in watched if isinstance(part, Part)]
    for part in ours:
        part.ask_to_stop()
    for part in ours:
        part.stop()
    for server in watched:
        if isinstance(server, Server):
            server.stop()


def _start_again(part: Server | Part, steps: Steps) -> None:
    try:
        part.start()
    except CannotStart as problem:  # a server that cannot recover now may do so at the next try
        steps.note(str(problem))
