"""Finding rows by words: PostgreSQL's own text search, in the language "simple", which leaves names as they are.

A table names its words once, as an expression with a GIN index on it, and asks with the same expression.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, false, func

_WORD = re.compile(r"[\w.+@-]+")


def words_begin(words: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Rows in whose `words` (a tsvector) each word of `text` begins a word. Without a word in it, none."""
    asked = _WORD.findall(text)
    if not asked:
        return false()
    # Quoted, so that an address with a dot or an @ in it is one word and no operator of the query language.
    query = " & ".join(f"'{word}':*" for word in asked)
    return words.op("@@")(func.to_tsquery("simple", query))
