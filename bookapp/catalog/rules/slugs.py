"""Addresses made of names: lower case, ASCII, hyphens, and never the same twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

SLUG_LENGTH = 60

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o"}
    | {"ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ı": "i", "&": " and "}
)


def slug_of(name: str, *, otherwise: str) -> str:
    """`name` as part of an address: "Café Zoë" -> "cafe-zoe". `otherwise` when no letter or digit is left."""
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    return words[:SLUG_LENGTH].strip("-") or otherwise


def free_slug(candidates: Sequence[str], taken: Collection[str]) -> str:
    """The first of `candidates` that is not `taken`; when all are, the last one with a number: "linden-berlin-2"."""
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    number = 2
    while f"{candidates[-1]}-{number}" in taken:
        number += 1
    return f"{candidates[-1]}-{number}"
