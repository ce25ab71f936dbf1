"""Finding rows by words: PostgreSQL's own text search, in the language "simple", which leaves names as they are.

A table names its words once, as an expression with a GIN index on it, and asks with the same expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, func
from sqlalchemy.dialects.postgresql import TSQUERY

_WORD = re.compile(r"[\w.+@-]+")


def words_begin(words: ColumnElement[Any], text: str, *, owners: Iterable[int] | None = None) -> ColumnElement[bool]:
    """Rows in whose `words` (a tsvector) each word of `text` begins a word. Without a word in it, none.

    Where `words` are `owned_words`, those of these `owners`.
    """
    asked = _WORD.findall(text)
    if not asked:
        return false()
    # Quoted, so that an address with a dot or an @ in it is one word and no operator of the query language.
    query: ColumnElement[Any] = func.to_tsquery("simple", " & ".join(f"'{word}':*" for word in asked))
    if owners is not None:
        owned = [_owned(query, owner) for owner in sorted(owners)]
        if not owned:
            return false()
        query = reduce(lambda one, other: one.op("||")(other), owned)
    return words.op("@@")(query)


def owned_words(words: str, owner: str) -> str:
    """The SQL of a tsvector in which each word begins with the number of its owner: "7:amir".

    So an index on it is one of each owner's words, and who looks for a name reads those of nobody else. `words` is the
    SQL of a tsvector, `owner` that of a number.
    """
    # Written as PostgreSQL gives it back, so that migrations see that it is the same.
    whose = rf"('\1'''::text || {owner}) || ':'::text"
    return f"(regexp_replace({words}::text, '(^| )'''::text, {whose}, 'g'::text)::tsvector)"


def _owned(query: ColumnElement[Any], owner: int) -> ColumnElement[Any]:
    return cast(func.regexp_replace(cast(query, Text), r"(^|[ (!])'", rf"\1'{owner:d}:", "g"), TSQUERY)
