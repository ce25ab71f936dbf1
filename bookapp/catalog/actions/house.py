"""What a merchant says of itself, and how it sells."""

from __future__ import annotations

from dataclasses import asdict

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import checked
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.queries.managed import version_of_house
from bookapp.catalog.rules import HouseDraft
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound

_TOLD = ("name", "bookings_per_session", "gateways")


@action
def change_house(actor: Actor, merchant_id: int, draft: HouseDraft, *, version: str) -> Merchant:
    """Say something else of the house, and sell otherwise from now on.

    `version` is `version_of_house` of what it was made of. Raises NotFound (also for whoever may not), NotValid, and
    OfferChanged when it is another meanwhile.
    """
    merchant = db.session.get(Merchant, merchant_id, populate_existing=True, with_for_update=True)
    if merchant is None or not may_run_merchant(actor, merchant_id):
        raise NotFound
    if version != version_of_house(merchant):
        raise OfferChanged
    checked(draft)
    facts = asdict(draft) | {"gateways": list(draft.gateways)}
    changed = [name for name, value in facts.items() if getattr(merchant, name) != value]
    before = {name: getattr(merchant, name) for name in _TOLD if name in changed}
    for name in changed:
        setattr(merchant, name, facts[name])
    if changed:
        after = {name: facts[name] for name in before}
        record(actor, "merchant.changed", f"merchant:{merchant_id}",
               {"fields": changed, "before": before, "after": after})  # fmt: skip
    return merchant
