"""Addresses that carry everything chosen so far."""

from __future__ import annotations

from urllib.parse import urlencode


def link(path: str, *, at: str = "", **chosen: object) -> str:
    """`path` with what is chosen in it; what is empty is left out. `at` names a place on the page."""
    query = urlencode({name.rstrip("_"): value for name, value in chosen.items() if value not in ("", None, False)})
    return path + (f"?{query}" if query else "") + (f"#{at}" if at else "")
