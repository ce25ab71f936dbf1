"""A remembered read may ask only tables that change the version: whatever the tests have remembered is looked at."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from bookapp.infra import remembering

# As in the migration that marked them. A table that is added there is added here.
MARKED = frozenset(
    (
        "addon", "closure", "deposit_rule", "facilitator", "merchant", "opening_hours", "photo", "price_rule",
        "resource", "review", "room", "service", "service_facilitator", "service_length", "service_question",
        "service_room", "tax", "terms", "venue", "working_hours",
    )
)  # fmt: skip
_TABLE = re.compile(r"\b(?:FROM|JOIN) (?:LATERAL )?(?!LATERAL\b)\"?([a-z_]+)\"?(?=[\s,)]|$)", re.IGNORECASE)
_OWN_NAME = re.compile(r"(?:\) AS|WITH|,) \"?([a-z_]+)\"?(?: AS \(|[\s(])", re.IGNORECASE)


def tables_of(statement: str) -> set[str]:
    """The names after FROM and JOIN that the statement has not given to a part of its own."""
    said = statement.lower()
    return set(_TABLE.findall(said)) - set(_OWN_NAME.findall(said)) - {"unnest", "generate_series", "lateral"}


@contextmanager
def only_marked_tables() -> Iterator[None]:
    """Raise where a remembered read asks anything else."""
    here = threading.local()
    ask = remembering._ask

    def ask_watched(read: Callable[..., Any], *args: Any, **named: Any) -> Any:
        outer, here.read = getattr(here, "read", None), read.__qualname__
        try:
            return ask(read, *args, **named)
        finally:
            here.read = outer

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        read = getattr(here, "read", None)
        if read and (others := tables_of(statement) - MARKED - {"remembered_version"}):
            raise AssertionError(f"{read} is remembered, but reads {', '.join(sorted(others))}")

    remembering._ask = ask_watched
    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", look)
        remembering._ask = ask
