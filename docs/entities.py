"""Draws docs/entities.md, the tables and their references, from the models. `make diagram`; `--check` only compares."""

import sys
from itertools import groupby
from pathlib import Path

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import bookapp.app  # noqa: E402, F401 - knows every feature, and so every model
from bookapp.infra.db import db  # noqa: E402

POSTGRESQL = postgresql.dialect()
TARGET = ROOT / "docs" / "entities.md"
HEAD = """# The tables

Drawn from the models by `make diagram`; a check keeps it true. Each feature owns its tables; references between
features point down only (see the map in `bookapp/__init__.py`).
"""


def drawn() -> str:
    """The whole page."""
    owners = {mapper.local_table.name: mapper.class_.__module__.split(".")[1] for mapper in db.Model.registry.mappers}
    tables = sorted(db.metadata.tables.values(), key=lambda table: (owners.get(table.name, ""), table.name))
    everything = [line for table in tables for line in references(table)]
    pages = [HEAD, chapter("How they hang together", everything)]
    for feature, owned in groupby(tables, key=lambda table: owners.get(table.name, "")):
        own = list(owned)
        boxes = [line for table in own for line in box(table)]
        pages.append(chapter(feature, boxes + [line for table in own for line in references(table)]))
    return "\n".join(pages)


def chapter(title: str, lines: list[str]) -> str:
    """A heading and a diagram below it."""
    return "\n".join([f"## {title}\n", "```mermaid", "erDiagram", *(f"    {line}" for line in lines), "```\n"])


def box(table: Table) -> list[str]:
    """A table with its columns."""
    return [f"{table.name} {{", *(f"    {described(column)}" for column in table.columns), "}"]


def references(table: Table) -> list[str]:
    """A line for each foreign key a table holds, with how many may be at either end."""
    lines = []
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        many = "o|" if key.parent.unique else "o{"
        one = "|o" if key.parent.nullable else "||"
        lines.append(f"{key.column.table.name} {one}--{many} {table.name} : {key.parent.name}")
    return lines


def described(column: Column) -> str:
    """ "text name" with PK, FK, UK, and "may be empty"."""
    kind = column.type.compile(POSTGRESQL).lower().replace("timestamp with time zone", "timestamptz").replace(" ", "_")
    marks = [
        mark
        for mark, holds in (("PK", column.primary_key), ("FK", column.foreign_keys), ("UK", column.unique))
        if holds
    ]
    empty = ' "may be empty"' if column.nullable else ""
    return f"{kind} {column.name} {', '.join(marks)}".rstrip() + empty


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is up to date."""
    page = drawn()
    if "--check" in arguments:
        if TARGET.exists() and TARGET.read_text() == page:
            return 0
        print("docs/entities.md no longer shows the models: make diagram")
        return 1
    TARGET.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
