"""Keys of private things that a browser came with in a link: kept in its session, so that the next page opens too."""

from __future__ import annotations

from flask import session

_KEYS = "keys"
_MOST = 20
LONGEST = 100


def remember_key(key: str) -> None:
    """Keep a key that opened something; the oldest goes when there are many."""
    known = [one for one in session.get(_KEYS, ()) if one != key]
    session[_KEYS] = [*known, key][-_MOST:]


def known_keys() -> tuple[str, ...]:
    """Every key this browser came with; asked for only where something private is, so that other pages stay plain."""
    return tuple(session.get(_KEYS, ()))
