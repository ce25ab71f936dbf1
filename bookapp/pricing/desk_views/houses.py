"""Whose prices a page is about: the house named in the address, else the first of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import house_of, houses_of
from bookapp.web.forms import Query
from bookapp.web.security import current_actor


def house(query: Query, *, to_change: bool = False) -> Merchant:
    """The merchant. Raises NotFound when it is not theirs to see, NotAllowed when they may see but not change it."""
    return house_of(current_actor(), query.text("merchant"), to_change=to_change)


def houses() -> Sequence[Merchant]:
    """Every merchant whose prices the reader may see."""
    return houses_of(current_actor())
