"""Child processes of ours: as which user they run, how they end, and that none outlives us."""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

NOBODY = 65534

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """A process could not be started; the text says what to do, for the person at the terminal."""


def free_port(wanted: int = 0) -> int:
    """`wanted` if it is free on 127.0.0.1, else the next one that is; 0 asks for any."""
    for port in [*range(wanted, wanted + 100), 0] if wanted else [0]:
        with closing(socket.socket()) as probe, suppress(OSError, OverflowError):
            # Without it a port that a server left a moment ago looks taken for a minute.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise CannotStart("No free port is left on 127.0.0.1.")


def end(process: "subprocess.Popen[str]", sign: signal.Signals, *, patience: float = 10.0) -> None:
    """Ask `process` to end, and after `patience` seconds end it and everything it started."""
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def die_with_parent(sign: signal.Signals = signal.SIGTERM) -> None:
    """Called in a new child: get `sign` when the parent is gone, however it went. Linux only, elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def as_ordinary_user(folder: Path) -> Callable[[], None]:
    """What a child does first so that PostgreSQL, which refuses to run as root, agrees to run.

    An empty user namespace makes it look like somebody else while its files stay reachable. Where namespaces
    are forbidden (many containers) it becomes `nobody` for real, and the folder is given to nobody.
    """
    if os.geteuid() != 0 or folder.stat().st_uid != 0:
        return as_owner(folder)
    if sys.platform == "linux" and _namespaces_allowed():
        return _enter_namespace
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return as_owner(folder)


def as_owner(folder: Path) -> Callable[[], None]:
    """Root works on somebody's folder as that person, so that they can use it themselves later."""
    owner = folder.stat()
    become = os.geteuid() == 0 and owner.st_uid != 0

    def begin() -> None:
        if become:
            os.setgroups([])
            os.setgid(owner.st_gid)
            os.setuid(owner.st_uid)
        die_with_parent(signal.SIGINT)  # last: a change of user clears it

    return begin


def _enter_namespace() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "no user namespace")
    die_with_parent(signal.SIGINT)


def _namespaces_allowed() -> bool:
    try:
        return subprocess.run([sys.executable, "-c", ""], preexec_fn=_enter_namespace, check=False).returncode == 0
    except subprocess.SubprocessError:
        return False


def kept_secret(path: Path) -> str:
    """The secret in `path`, made on the first call."""
    if not path.exists():
        path.touch(mode=0o600)
        owned(path).write_text(secrets.token_urlsafe(24))
    return path.read_text()


def owned(path: Path) -> Path:
    """The file `path`, made if missing, belonging to the owner of its folder, whoever we are."""
    path.touch()
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)
    return path
