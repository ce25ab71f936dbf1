"""Add-ons: something extra, with a price and perhaps a stock."""

from __future__ import annotations

from dataclasses import asdict

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed, checked, existing, keep_made, made_before
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.models import Addon, Service, Venue
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.queries.managed import version_of_addon
from bookapp.catalog.rules import AddonDraft
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_


@action
def create_addon(
    actor: Actor,
    draft: AddonDraft,
    *,
    venue_id: int | None = None,
    service_id: int | None = None,
    key: str | None = None,
) -> Addon:
    """Something extra, offered with every room of a venue or with one service (exactly one of the two).

    With `key`, asking twice is once. Raises NotAllowed, NotFound, NotValid, KeyReused.
    """
    place: Venue | Service
    if venue_id is not None and service_id is None:
        place = existing(Venue, venue_id)
    elif service_id is not None and venue_id is None:
        place = existing(Service, service_id)
    else:
        raise NotFound()
    allowed(may_run_merchant(actor, place.merchant_id))
    checked(draft)
    if made := made_before(actor, "addon", key, place.id, draft):
        return existing(Addon, made)
    addon = Addon(merchant_id=place.merchant_id, venue_id=venue_id, service_id=service_id, **asdict(draft))
    db.session.add(addon)
    db.session.flush()
    record(actor, "addon.created", f"addon:{addon.id}", {"price_minor": draft.price_minor, "stock": draft.stock})
    keep_made(actor, "addon", key, addon.id)
    return addon


@action
def change_addon(actor: Actor, addon_id: int, draft: AddonDraft, *, version: str) -> Addon:
    """Name, price, stock, and whether it is offered, for bookings to come; whether it comes back stays as it is.

    The caller knows what is promised already (`booking.actions.stocking.change_stocked`). Raises NotFound (also for
    whoever may not), NotValid, and OfferChanged when it is another one meanwhile.
    """
    addon = db.session.get(Addon, addon_id, populate_existing=True, with_for_update=True)
    if addon is None or not may_run_merchant(actor, addon.merchant_id):
        raise NotFound
    if version != version_of_addon(addon):
        raise OfferChanged
    checked(draft)
    if draft.kind != addon.kind:
        raise NotValid({"kind": N_("Whether it comes back stays. Make a new one, and take this one off the list.")})
    facts = asdict(draft)
    before = {name: getattr(addon, name) for name in facts if getattr(addon, name) != facts[name]}
    for name in before:
        setattr(addon, name, facts[name])
    if before:
        after = {name: facts[name] for name in before}
        record(actor, "addon.changed", f"addon:{addon.id}", {"before": before, "after": after})
    return addon
