"""Who makes which attachment. Makers belong to the features above; `bookapp.reactions` registers them by name."""

from __future__ import annotations

from collections.abc import Callable

Maker = Callable[[str], tuple[bytes, str]]

_makers: dict[str, Maker] = {}


def register(name: str, maker: Maker) -> None:
    """Let `maker` turn an argument (a booking's ref) into bytes and their MIME type; asking twice is once."""
    _makers[name] = maker


def make(name: str, argument: str) -> tuple[bytes, str]:
    """The bytes and the MIME type ("text/calendar; method=PUBLISH"). Raises LookupError for a maker nobody wired."""
    return _makers[name](argument)
