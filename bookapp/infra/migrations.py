"""Whether a database has had every migration, told without starting the application.

Importing Alembic, let alone the application, takes longer than everything else a second start does.
"""

import re
from contextlib import closing

import psycopg2

from config import ROOT

FOLDER = ROOT / "migrations" / "versions"


def all_applied(database_url: str) -> bool:
    """Whether the database stands at the newest migration; False also when it cannot tell."""
    try:
        with (
            closing(psycopg2.connect(database_url.replace("+psycopg2", "", 1))) as database,
            database.cursor() as cursor,
        ):
            cursor.execute("SELECT version_num FROM alembic_version")
            return {version for (version,) in cursor.fetchall()} == newest()
    except psycopg2.Error:
        return False


def newest() -> set[str]:
    """The migrations that no other builds on; more than one only while two branches wait to be joined."""
    texts = [path.read_text() for path in FOLDER.glob("*.py")]
    made = {name for text in texts for name in _named("revision", text)}
    return made - {name for text in texts for name in _named("down_revision", text)}


def _named(variable: str, text: str) -> list[str]:
    line = re.search(rf"^{variable}\b[^=\n]*=(.*)", text, re.MULTILINE)
    return re.findall(r"[\"'](\w+)[\"']", line[1]) if line else []
