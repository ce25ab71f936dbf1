"""Merchants, venues and rooms come into being, change, and are shown or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import (
    allowed,
    checked,
    existing,
    keep_made,
    made_before,
    take_slug,
    usable_terms,
)
from bookapp.catalog.actions.terms import ensure_terms_presets
from bookapp.catalog.errors import PlaceChanged
from bookapp.catalog.models import Merchant, Resource, Room, Venue
from bookapp.catalog.policy import may_run_merchant, may_run_platform, may_run_venue
from bookapp.catalog.queries.houses import ROOM_FACTS, VENUE_FACTS, version_of_room, version_of_venue
from bookapp.catalog.rules import MerchantDraft, RoomDraft, VenueDraft, slug_of
from bookapp.identity.actor import Actor
from bookapp.infra import live
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_

Place = TypeVar("Place", Venue, Room)

# Figures of which the trail keeps what they were; of words it keeps only that they changed.
_FIGURES = (
    "capacity", "rate_minor", "day_rate_minor", "min_minutes", "max_minutes", "step_minutes", "buffer_minutes",
    "notice_minutes", "horizon_days", "terms_id", "zone",
)  # fmt: skip


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
def create_venue(actor: Actor, merchant_id: int, draft: VenueDraft, *, key: str | None = None) -> Venue:
    """A place of this merchant. With `key`, asking twice is once. Raises NotAllowed, NotFound, NotValid, KeyReused."""
    allowed(may_run_merchant(actor, merchant_id))
    checked(draft)
    merchant = existing(Merchant, merchant_id)
    if stored := made_before(actor, "venue", key, merchant_id, draft):
        return existing(Venue, stored)
    venue = new_venue(merchant, draft, take_slug(Venue, venue_slugs(draft)))
    db.session.add(venue)
    db.session.flush()
    record(actor, "venue.created", f"venue:{venue.id}", {"merchant_id": merchant_id})
    keep_made(actor, "venue", key, venue.id)
    return venue


@action
def create_room(actor: Actor, venue_id: int, draft: RoomDraft, *, key: str | None = None) -> Room:
    """A room of this venue, with the resource that makes it bookable. With `key`, asking twice is once.

    Raises NotAllowed, NotFound, NotValid, KeyReused.
    """
    venue = existing(Venue, venue_id)
    allowed(may_run_venue(actor, venue.merchant_id, venue_id))
    checked(draft)
    if stored := made_before(actor, "room", key, venue_id, draft):
        return existing(Room, stored)
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
    keep_made(actor, "room", key, room.id)
    return room


@action
def change_venue(actor: Actor, venue_id: int, draft: VenueDraft, *, version: str) -> Venue:
    """Change what is said of a venue. `version` is that of the venue the editor saw; its address (slug) stays.

    The currency stays as well: what its rooms cost is in it. Raises NotFound, NotAllowed, NotValid, and PlaceChanged
    when somebody was faster.
    """
    venue = _locked(Venue, venue_id)
    allowed(may_run_merchant(actor, venue.merchant_id))
    if version != version_of_venue(venue):
        raise PlaceChanged
    checked(draft)
    if draft.currency not in ("", venue.currency):
        raise NotValid({"currency": N_("The currency of a venue stays: what its rooms cost is in it.")})
    facts = asdict(draft)
    facts["zone"] = draft.zone or existing(Merchant, venue.merchant_id).zone
    _change(actor, venue, f"venue:{venue.id}", "venue.changed", VENUE_FACTS, facts)
    return venue


@action
def change_room(actor: Actor, room_id: int, draft: RoomDraft, *, version: str) -> Room:
    """Change a room for bookings to come: what was agreed stays, and so do timeslots that are there.

    `version` is that of the room the editor saw. Raises NotFound, NotAllowed, NotValid, and PlaceChanged when somebody
    was faster.
    """
    room = _locked(Room, room_id)
    venue = existing(Venue, room.venue_id)
    allowed(may_run_venue(actor, venue.merchant_id, venue.id))
    if version != version_of_room(room):
        raise PlaceChanged
    checked(draft)
    if draft.terms_id != room.terms_id:
        usable_terms(draft.terms_id, venue.merchant_id)
    facts = asdict(draft)
    facts["amenities"] = list(dict.fromkeys(draft.amenities))
    _change(actor, room, f"room:{room.id}", "room.changed", ROOM_FACTS, facts)
    return room


@action
def list_venue(actor: Actor, venue_id: int, *, listed: bool) -> None:
    """Show a venue and its rooms to the public, or not: what is booked stays. Raises NotFound, NotAllowed."""
    venue = _locked(Venue, venue_id)
    allowed(may_run_merchant(actor, venue.merchant_id))
    _list(actor, venue, f"venue:{venue.id}", "venue", listed)


@action
def list_room(actor: Actor, room_id: int, *, listed: bool) -> None:
    """Show a room to the public, or not: what is booked stays. Raises NotFound, NotAllowed."""
    room = _locked(Room, room_id)
    venue = existing(Venue, room.venue_id)
    allowed(may_run_venue(actor, venue.merchant_id, venue.id))
    _list(actor, room, f"room:{room.id}", "room", listed)


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


def _locked(model: type[Place], record_id: int) -> Place:
    found: Place | None = db.session.scalar(
        select(model).filter_by(id=record_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def _change(
    actor: Actor, thing: Venue | Room, subject: str, what: str, names: Sequence[str], facts: dict[str, Any]
) -> None:
    changed = [name for name in names if getattr(thing, name) != facts[name]]
    if not changed:
        return
    figures = [name for name in changed if name in _FIGURES]
    before = {name: getattr(thing, name) for name in figures}
    for name in changed:
        setattr(thing, name, facts[name])
    after = {name: facts[name] for name in figures}
    record(actor, what, subject, {"fields": changed, "before": before, "after": after})
    live.tell(subject)


def _list(actor: Actor, thing: Venue | Room, subject: str, kind: str, listed: bool) -> None:
    if thing.listed != listed:
        thing.listed = listed
        record(actor, f"{kind}.listed" if listed else f"{kind}.unlisted", subject)
        live.tell(subject)
