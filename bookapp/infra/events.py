"""Past-tense facts, told upwards. All wiring is in `bookapp.reactions`; handlers run in the publisher's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")

_handlers: dict[type, list[Callable[[Any], object]]] = defaultdict(list)


def subscribe(kind: type[Event], handler: Callable[[Event], object]) -> None:
    """Call `handler` for every published event of exactly `kind`; asking twice is the same as once."""
    if handler not in _handlers[kind]:
        _handlers[kind].append(handler)


def publish(event: object) -> None:
    """Tell every subscriber, in the order of wiring. A handler's error undoes the publisher's transaction."""
    for handler in _handlers[type(event)]:
        handler(event)
