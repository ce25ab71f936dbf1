"""Who may change what is on offer (product.md, "People")."""

from __future__ import annotations

from collections.abc import Sequence

from bookapp.catalog.models import Facilitator, Merchant, Room, Venue
from bookapp.catalog.queries.photos import Pictured
from bookapp.catalog.queries.terms import merchants_among
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor
from bookapp.values.errors import NotAllowed, NotFound


def may_run_platform(actor: Actor) -> bool:
    """Merchants themselves: admins, and the house's own commands."""
    return actor.is_admin or actor.kind == "system"


def may_run_merchant(actor: Actor, merchant_id: int) -> bool:
    """Venues, services, add-ons, terms, members: the owner."""
    return may_run_platform(actor) or actor.has_role(merchant_id, None, Role.OWNER)


def may_see_merchant(actor: Actor, merchant_id: int) -> bool:
    """Terms, prices, coupons, taxes: the owner runs them, every manager of the house may look."""
    is_manager = any(grant.role == Role.MANAGER and grant.merchant_id == merchant_id for grant in actor.grants)
    return may_run_merchant(actor, merchant_id) or is_manager


def may_run_venue(actor: Actor, merchant_id: int, venue_id: int) -> bool:
    """Rooms: the owner, and the manager of this venue."""
    return may_run_merchant(actor, merchant_id) or actor.has_role(merchant_id, venue_id, Role.MANAGER)


def may_change_profile(actor: Actor, merchant_id: int, user_id: int | None) -> bool:
    """What a facilitator says of themselves: they, and the owner of the house they belong to."""
    return may_run_merchant(actor, merchant_id) or (user_id is not None and actor.user_id == user_id)


def may_set_photos(actor: Actor, thing: Pictured) -> bool:
    """Pictures: of a room who runs its venue, of a person they themselves as well, of all else the owner."""
    if isinstance(thing, Room):
        return may_run_venue(actor, thing.venue.merchant_id, thing.venue_id)
    if isinstance(thing, Facilitator):
        return may_change_profile(actor, thing.merchant_id, thing.user_id)
    return may_run_merchant(actor, thing.id if isinstance(thing, Merchant) else thing.merchant_id)


def may_see_photos(actor: Actor, thing: Pictured) -> bool:
    """Whoever may change them, and the managers who may look at what they are of."""
    if may_set_photos(actor, thing):
        return True
    if isinstance(thing, Venue):
        return may_run_venue(actor, thing.merchant_id, thing.id)
    if isinstance(thing, Room):
        return False
    return may_see_merchant(actor, thing.id if isinstance(thing, Merchant) else thing.merchant_id)


def houses_of(actor: Actor) -> Sequence[Merchant]:
    """Every merchant whose terms and prices `actor` may see, by name."""
    ids = None if actor.is_admin else {grant.merchant_id for grant in actor.grants}
    return [each for each in merchants_among(ids) if may_see_merchant(actor, each.id)]


def house_of(actor: Actor, slug: str, *, to_change: bool = False) -> Merchant:
    """The merchant a page of the desk is about: the one with this slug, without one the first of theirs.

    Raises NotFound when it is not theirs to see, NotAllowed when they may see but not change it.
    """
    known = houses_of(actor)
    found = next((each for each in known if each.slug == slug), None) if slug else next(iter(known), None)
    if found is None:
        raise NotFound
    if to_change and not may_run_merchant(actor, found.id):
        raise NotAllowed
    return found
