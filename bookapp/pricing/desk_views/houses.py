"""Whose prices a page is about: the house named in the address, else the first of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_merchant, may_see_merchant
from bookapp.catalog.queries.terms import merchants_among
from bookapp.values.errors import NotAllowed, NotFound
from bookapp.web.forms import Query
from bookapp.web.security import current_actor


def house(query: Query, *, to_change: bool = False) -> Merchant:
    """The merchant. Raises NotFound when it is not theirs to see, NotAllowed when they may see but not change it."""
    slug, known = query.text("merchant"), houses()
    found = next((each for each in known if each.slug == slug), None) if slug else next(iter(known), None)
    if found is None:
        raise NotFound
    if to_change and not may_run_merchant(current_actor(), found.id):
        raise NotAllowed
    return found


def houses() -> Sequence[Merchant]:
    """Every merchant whose prices the reader may see."""
    actor = current_actor()
    ids = None if actor.is_admin else {grant.merchant_id for grant in actor.grants}
    return [each for each in merchants_among(ids) if may_see_merchant(actor, each.id)]
