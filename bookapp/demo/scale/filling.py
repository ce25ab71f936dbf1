"""Fill an empty database: the statements of sql/, with the indexes of the large tables left out until the end."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookapp.catalog.rules import PRESETS
from bookapp.demo.scale.size import Size
from bookapp.identity.passwords import hashed

PASSWORD = "scale-demo-1"  # noqa: S105 - everybody's, in a town nobody lives in
# Where an index is cheaper to build once than to keep right a million times.
LARGE = (
    "audit_entry", "booking", "booking_line", "favourite", "ledger_entry", "message", "notification", "occupancy",
    "participant", "payment", "refund", "review", "sandbox_charge", "session", "transfer", "user_account",
)  # fmt: skip
_SETTINGS = (
    "SET statement_timeout = 0", "SET lock_timeout = 0", "SET idle_in_transaction_session_timeout = 0",
    "SET synchronous_commit = off", "SET work_mem = '256MB'", "SET maintenance_work_mem = '512MB'",
)  # fmt: skip
_STEP = re.compile(r"^-- (\d+) (.+)$", re.MULTILINE)
_NAME = re.compile(r"(?<!:):([a-z]\w*)")

# Each row: what takes it away, and what brings it back. Whatever a primary key needs stays.
_INDEXES = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::regclass, c.conname),
        format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
    FROM pg_constraint c WHERE c.contype IN ('u', 'x') AND c.conrelid = ANY(%(tables)s::regclass[])
    UNION ALL SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
    FROM pg_index i WHERE NOT i.indisprimary AND i.indrelid = ANY(%(tables)s::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('u', 'x'))
    ORDER BY 2"""
_REFERENCES = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::regclass, c.conname),
        format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
    FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = ANY(%(tables)s::regclass[]) ORDER BY 2"""
_SEQUENCES = """
    SELECT format('SELECT setval(pg_get_serial_sequence(%L, ''id''), max(id)) FROM %I HAVING max(id) IS NOT NULL',
        c.table_name, c.table_name)
    FROM information_schema.columns c
    WHERE c.table_schema = 'public' AND c.column_name = 'id' AND c.is_identity = 'YES'"""


@dataclass(frozen=True, slots=True)
class Step:
    """Some statements; `weight` is how long they take beside the others."""

    title: str
    weight: float
    statements: tuple[str, ...]


def fill(connection: Any, size: Size, *, now: dt.datetime, tell: Callable[[float, str, float | None], None]) -> None:
    """Fill the empty database of `connection` (psycopg2, autocommit), two years of bookings around `now`.

    `tell` hears before each step how much is done (0 to 1), what comes, and how many seconds are left, if known.
    """
    with connection.cursor() as cursor:
        for setting in _SETTINGS:
            cursor.execute(setting)
        cursor.execute("DROP SCHEMA IF EXISTS scale CASCADE")
        indexes = _found(cursor, _INDEXES)
        references = _found(cursor, _REFERENCES)
        steps = [
            Step("Indexes of large tables put aside", 0.2, tuple(away for away, _ in (*references, *indexes))),
            *_written(size, now),
            *(Step(f"Index {_called(back)}", 100 / len(indexes), (back,)) for _, back in indexes),
            *(Step(f"Reference {_called(back)}", 40 / len(references), (back,)) for _, back in references),
            Step("Statistics", 12, ("DROP SCHEMA scale CASCADE", "VACUUM (ANALYZE)")),
        ]
        _run(cursor, steps, tell)
        cursor.execute(_SEQUENCES)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _run(cursor: Any, steps: list[Step], tell: Callable[[float, str, float | None], None]) -> None:
    whole, done, began = sum(step.weight for step in steps), 0.0, time.monotonic()
    for step in steps:
        so_far = time.monotonic() - began
        tell(done / whole, step.title, so_far / done * (whole - done) if so_far > 2 and done else None)
        for statement in step.statements:
            cursor.execute(statement)
        done += step.weight


def _found(cursor: Any, question: str) -> list[tuple[str, str]]:
    cursor.execute(question, {"tables": list(LARGE)})
    return list(cursor.fetchall())


def _written(size: Size, now: dt.datetime) -> Iterator[Step]:
    """The steps of sql/, with the numbers of this town put in."""
    values: Mapping[str, str] = {
        "users": str(size.users), "bookings": str(size.bookings), "rooms": str(size.rooms),
        "sessions": str(size.sessions), "seed": str(size.seed), "now": f"'{now.isoformat()}'",
        "password": f"'{hashed(PASSWORD)}'", "terms": f"'{json.dumps(PRESETS)}'",
    }  # fmt: skip
    for path in sorted((Path(__file__).parent / "sql").glob("*.sql")):
        parts = _STEP.split(path.read_text())[1:]
        for weight, title, statements in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            yield Step(title, float(weight), (_NAME.sub(lambda found: values[found[1]], statements),))


def _called(statement: str) -> str:
    """The name of what a statement makes."""
    return re.findall(r"(?:INDEX|CONSTRAINT) (\S+)", statement)[0]
