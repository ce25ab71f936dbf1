"""A search as an address, and back links that change one thing of it: all state of a search is in its URL."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from bookapp.search.rules.ask import Ask, Kind, Sort

PATH = "/search"


def address(ask: Ask) -> str:
    """Where exactly this is asked: only what was said, always in the same order."""
    query = urlencode(pairs(ask), quote_via=quote, safe=":")
    return f"{PATH}?{query}" if query else PATH


def pairs(ask: Ask) -> list[tuple[str, str]]:
    """The names and values of `ask` as they stand in the query string."""
    found = [
        ("what", what(ask)),
        ("type", ask.type if ask.kind is not Kind.ROOM else ""),
        ("where", ask.where),
        ("date", ask.day.isoformat() if ask.day else ""),
        ("from", ask.hours.begins if ask.hours else ""),
        ("to", ask.hours.ends if ask.hours else ""),
        ("people", str(ask.people) if ask.people else ""),
        *(("amenity", amenity) for amenity in ask.amenities),
        ("min_price", str(ask.min_price) if ask.min_price is not None else ""),
        ("max_price", str(ask.max_price) if ask.max_price is not None else ""),
        ("currency", ask.currency),
        ("rating", str(ask.rating) if ask.rating is not None else ""),
        ("favourites", "1" if ask.favourites else ""),
        ("accessible", "1" if ask.accessible else ""),
        ("sort", ask.sort.value if ask.sort is not Sort.BEST else ""),
        ("page", str(ask.page) if ask.page > 1 else ""),
    ]
    return [(name, value) for name, value in found if value]


def what(ask: Ask) -> str:
    """The word for What: a room's type stands for the room."""
    return ask.type if ask.kind is Kind.ROOM and ask.type else ask.kind.value
