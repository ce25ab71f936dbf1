"""The commands people type, the containers and the build server all do the same things."""

import re

import pytest

import dev
from bookapp.infra import supervisor
from config import ROOT


def test_make_offers_exactly_what_dev_py_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in re.findall(r"^(?:\.PHONY: )?(run .*?):?$", makefile, re.MULTILINE):
        assert set(line.split()) == set(dev.COMMANDS)
    assert all(command.__doc__ for command in dev.COMMANDS.values()), "make help shows the first line of each"


def test_the_build_server_runs_what_people_run() -> None:
    assert "make test" in (ROOT / ".ci/run").read_text()
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_containers_are_started_by_the_same_entry_as_make_run() -> None:
    docker = (ROOT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["python", "-m", "bookapp.infra.supervisor"]' in docker
    assert re.search(r"^USER bookapp$", docker, re.MULTILINE)
    assert "--require-hashes -r requirements.txt" in docker
    parts = re.findall(
        r'^    command: \["(web|worker|scheduler|prepare)"', (ROOT / "compose.yaml").read_text(), re.MULTILINE
    )
    assert sorted(parts) == ["prepare", "scheduler", "web", "worker"]
    assert {"web", "worker", "scheduler"} <= set(supervisor.ROLES)


def test_the_image_holds_everything_the_application_reads() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"bookapp", "templates", "static", "migrations", "config.py", "wsgi.py", "requirements.txt"} <= kept


def test_without_any_browser_the_tests_refuse_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dev, "CACHE", tmp_path)
    monkeypatch.setattr(dev, "MAC_BROWSER", tmp_path / "none")
    monkeypatch.setattr(dev, "playwrights_own", lambda: None)
    monkeypatch.setattr(dev.platform, "machine", lambda: "pdp11")
    with pytest.raises(SystemExit, match="install Chromium"):
        dev.browser()


def test_the_browser_one_names_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert dev.browser() == {"CHROMIUM": "/opt/mine"}
