"""Merchants, venues and rooms come into being."""

from __future__ import annotations

from dataclasses import asdict

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed, checked, existing, take_slug, usable_terms
from bookapp.catalog.actions.terms import ensure_terms_presets
from bookapp.catalog.models import Merchant, Resource, Room, Venue
from bookapp.catalog.policy import may_run_merchant, may_run_platform, may_run_venue
from bookapp.catalog.rules import MerchantDraft, RoomDraft, VenueDraft, slug_of
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db


@action
def create_merchant(actor: Actor, draft: MerchantDraft) -> Merchant:
    """A business that sells here. Raises NotAllowed, NotValid."""
    allowed(may_run_platform(actor))
    checked(draft)
    usable_terms(draft.terms_id, None)
    facts = asdict(draft)
    facts["terms_id"] = draft.terms_id or ensure_terms_presets()["Standard"].id
    merchant = Merchant(slug=take_slug(Merchant, [slug_of(draft.name, otherwise="merchant")]), **facts)
    db.session.add(merchant)
    db.session.flush()
    record(actor, "merchant.created", f"merchant:{merchant.id}", {"currency": draft.currency, "zone": draft.zone})
    return merchant


@action
def create_venue(actor: Actor, merchant_id: int, draft: VenueDraft) -> Venue:
    """A place of this merchant. Raises NotAllowed, NotFound, NotValid."""
    allowed(may_run_merchant(actor, merchant_id))
    checked(draft)
    merchant = existing(Merchant, merchant_id)
    venue = new_venue(merchant, draft, take_slug(Venue, venue_slugs(draft)))
    db.session.add(venue)
    db.session.flush()
    record(actor, "venue.created", f"venue:{venue.id}", {"merchant_id": merchant_id})
    return venue


@action
def create_room(actor: Actor, venue_id: int, draft: RoomDraft) -> Room:
    """A room of this venue, with the resource that makes it bookable. Raises NotAllowed, NotFound, NotValid."""
    venue = existing(Venue, venue_id)
    allowed(may_run_venue(actor, venue.merchant_id, venue_id))
    checked(draft)
    usable_terms(draft.terms_id, venue.merchant_id)
    resource = Resource(kind="room")
    db.session.add(resource)
    db.session.flush()
    room = new_room(venue, resource, draft, take_slug(Room, room_slugs(draft, venue)))
    db.session.add(room)
    db.session.flush()
    record(
        actor,
        "room.created",
        f"room:{room.id}",
        {"venue_id": venue_id, "rate_minor": draft.rate_minor, "capacity": draft.capacity},
    )
    return room


def new_venue(merchant: Merchant, draft: VenueDraft, slug: str) -> Venue:
    """The row of a checked draft; zone and currency are the merchant's unless it says otherwise."""
    facts = asdict(draft)
    facts["zone"] = draft.zone or merchant.zone
    facts["currency"] = draft.currency or merchant.currency
    return Venue(merchant=merchant, merchant_id=merchant.id, slug=slug, **facts)


def new_room(venue: Venue, resource: Resource, draft: RoomDraft, slug: str) -> Room:
    """The row of a checked draft; `resource` is already stored."""
    facts = asdict(draft)
    facts["amenities"] = list(dict.fromkeys(draft.amenities))
    return Room(venue=venue, venue_id=venue.id, resource_id=resource.id, slug=slug, **facts)


def venue_slugs(draft: VenueDraft) -> list[str]:
    """What a venue would like to be called in its address, best first."""
    name = slug_of(draft.name, otherwise="venue")
    return list(dict.fromkeys([name, f"{name}-{slug_of(draft.city, otherwise='venue')}"]))


def room_slugs(draft: RoomDraft, venue: Venue) -> list[str]:
    """What a room would like to be called in its address, best first."""
    name = slug_of(draft.name, otherwise="room")
    return [name, f"{name}-{venue.slug}"]
