"""Who may see and change prices (product.md, "People")."""

from __future__ import annotations

from bookapp.catalog.policy import may_run_merchant, may_see_merchant
from bookapp.identity.actor import Actor


def may_change_prices(actor: Actor, merchant_id: int) -> bool:
    """Price rules, coupons, taxes: the owner."""
    return may_run_merchant(actor, merchant_id)


def may_see_prices(actor: Actor, merchant_id: int) -> bool:
    """Every manager of the house may look."""
    return may_see_merchant(actor, merchant_id)
