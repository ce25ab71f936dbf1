"""Where the migrations stand, told from their files."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from bookapp.infra import migrations
from bookapp.infra.processes import free_port
from config import ROOT
from tests.support.databases import Servers


def test_it_says_what_alembic_says() -> None:
    assert migrations.newest() == set(ScriptDirectory(str(ROOT / "migrations")).get_heads())


def test_branches_and_joins_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)
    for name, builds_on in {"a": None, "b": "a", "c": "a"}.items():
        (tmp_path / f"{name}.py").write_text(f"revision: str = {name!r}\ndown_revision: str | None = {builds_on!r}\n")
    assert migrations.newest() == {"b", "c"}
    (tmp_path / "d.py").write_text('revision = "d"\ndown_revision = ("b", "c")\nother = "x"\n')
    assert migrations.newest() == {"d"}


def test_a_migrated_database_is_told_from_all_others(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    url = servers.fresh_database()
    assert migrations.all_applied(url)
    assert migrations.all_applied(url.replace("postgresql://", "postgresql+psycopg2://"))
    assert not migrations.all_applied(url.rpartition("/")[0] + "/postgres")
    assert not migrations.all_applied(f"postgresql://127.0.0.1:{free_port()}/nothing")
    monkeypatch.setattr(migrations, "newest", lambda: {"one that is not applied"})
    assert not migrations.all_applied(url)
