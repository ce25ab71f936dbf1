"""Habits that keep people's data safe, held by reading the code."""

import ast
import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from config import ROOT
from tests.architecture.sources import calls, parsed, place, python_files, templates

# Whoever passes settings on (a start), and the one figure a library wants by environment.
MAY_READ_ENVIRONMENT = {
    "bookapp/infra/metrics.py",
    "bookapp/infra/supervisor.py",
    "bookapp/schedule.py",
    "bookapp/worker.py",
}
LETTERS = {*(ROOT / "templates/emails").rglob("*.html"), ROOT / "templates/layouts/email.html"}
SQL_CALLS = re.compile(r"(^|\.)(text|execute)$")
UNSAFE_CALLS = re.compile(r"(^|\.)(Markup|render_template_string|eval|exec)$")
SLEEP = re.compile(r"(^|\.)(sleep|wait_for_timeout)$")


@pytest.mark.parametrize("path", templates(), ids=str)
def test_templates_trust_nothing(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)
    if path in LETTERS:  # mail programs load no stylesheets
        return
    assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|\bhx-on\b|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)", text)


def test_python_trusts_nothing() -> None:
    found = [
        place(path, call) for path in python_files() for name, call in calls(path)
        if UNSAFE_CALLS.search(name) or (SQL_CALLS.search(name) and call.args and _is_built(call.args[0]))
    ]  # fmt: skip
    assert found == []


def test_settings_are_read_in_one_place() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in python_files()
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.environb", "os.getenv"))
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and node.names[0].name in ("environ", "getenv"))
    }
    assert found <= MAY_READ_ENVIRONMENT


def test_nothing_waits_by_the_clock_in_tests() -> None:
    here = ROOT / "tests/support/eventually.py"
    found = [
        place(path, call)
        for path in python_files("tests")
        for name, call in calls(path)
        if SLEEP.search(name) and path != here
    ]
    assert found == []


@pytest.mark.parametrize("folder", [ROOT / "static/vendor", ROOT / "tests/vendor"], ids=["static", "tests"])
def test_vendored_files_are_what_they_say(folder: Path) -> None:
    listed = json.loads((folder / "vendor.json").read_text())
    for entry in listed:
        digest = hashlib.sha384((folder / entry["file"]).read_bytes()).digest()
        assert base64.b64encode(digest).decode() == entry["sha384"], entry["file"]
        assert entry["version"] in entry["file"], "the name says which version it is"
        assert (folder / entry["licence_file"]).read_text().strip()
    scripts = {path.name for path in folder.iterdir() if path.suffix in (".js", ".css")}
    assert scripts == {entry["file"] for entry in listed}, "each file has its entry"


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_each_direct_dependency_is_locked(name: str) -> None:
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / f"{name}.txt").read_text(), re.MULTILINE))
    asked = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    assert asked
    assert {package: version for package, version in asked if locked.get(package) != version} == {}


def _is_built(argument: ast.expr) -> bool:
    """Whether SQL is put together from parts instead of being given with parameters."""
    if isinstance(argument, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in argument.values)
    if isinstance(argument, ast.BinOp):
        return isinstance(argument.op, ast.Mod | ast.Add)
    return isinstance(argument, ast.Call) and ast.unparse(argument.func).endswith(".format")
