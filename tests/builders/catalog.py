"""Merchants, places, people and offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bookapp.catalog import actions
from bookapp.catalog.models import Addon, Facilitator, Merchant, Room, Service, Terms, Venue
from bookapp.catalog.rules import AddonDraft, FacilitatorDraft, MerchantDraft, RoomDraft, ServiceDraft, VenueDraft
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from tests.builders.numbers import another


def standard_terms() -> Terms:
    """75 % until 48 hours before, 50 % until 24, then 25 %."""
    return actions.ensure_terms_presets()["Standard"]


def a_merchant(*, listed: bool = True, **facts: Any) -> Merchant:
    """A business in Berlin that sells in euros, with the Standard terms."""
    facts = {"name": f"Merchant {another()}", "currency": "EUR", "zone": "Europe/Berlin"} | facts
    return _listed(actions.create_merchant(SYSTEM, MerchantDraft(**facts)), listed)


def a_venue(merchant: Merchant | None = None, *, listed: bool = True, **facts: Any) -> Venue:
    """A place in Berlin, of a merchant of its own if none is given. It has no opening hours yet."""
    facts = {
        "name": f"Venue {another()}",
        "address": "Kastanienallee 12",
        "postcode": "10435",
        "city": "Berlin",
        "country": "DE",
    } | facts
    merchant = merchant or a_merchant()
    return _listed(actions.create_venue(SYSTEM, merchant.id, VenueDraft(**facts)), listed)


def a_room(venue: Venue | None = None, *, listed: bool = True, **facts: Any) -> Room:
    """A meeting room for eight at 27.00 an hour: 60 to 600 minutes in steps of 30, no buffer, no notice."""
    facts = {"name": f"Room {another()}", "type": "meeting", "capacity": 8, "rate_minor": 2700} | facts
    venue = venue or a_venue()
    return _listed(actions.create_room(SYSTEM, venue.id, RoomDraft(**facts)), listed)


def a_facilitator(merchant: Merchant | None = None, *, listed: bool = True, **facts: Any) -> Facilitator:
    """A person, level junior, in the merchant's zone. They have no working hours yet."""
    facts = {"name": f"Person {another()}"} | facts
    merchant = merchant or a_merchant()
    return _listed(actions.create_facilitator(SYSTEM, merchant.id, FacilitatorDraft(**facts)), listed)


def a_service(
    merchant: Merchant | None = None,
    *,
    kind: str = "session",
    lengths: Sequence[tuple[int, int]] = ((60, 1600),),
    hosts: Sequence[Facilitator] = (),
    rooms: Sequence[Room] = (),
    listed: bool = True,
    **facts: Any,
) -> Service:
    """A class (or kind="appointment") of 60 minutes at 16.00, with these hosts in these rooms."""
    facts = {"name": f"Service {another()}", "capacity": 12 if kind == "session" else 1} | facts
    merchant = merchant or a_merchant()
    draft = ServiceDraft(
        kind=kind,
        lengths=tuple(lengths),
        hosts=tuple(host.id for host in hosts),
        rooms=tuple(room.id for room in rooms),
        **facts,
    )
    return _listed(actions.create_service(SYSTEM, merchant.id, draft), listed)


def an_addon(place: Venue | Service, **facts: Any) -> Addon:
    """A projector at 12.00, two of them, with every room of a venue or with a service."""
    facts = {"name": f"Projector {another()}", "kind": "reusable", "price_minor": 1200, "stock": 2} | facts
    where = {"venue_id": place.id} if isinstance(place, Venue) else {"service_id": place.id}
    return actions.create_addon(SYSTEM, AddonDraft(**facts), **where)


def _listed(thing: Any, listed: bool) -> Any:
    if not listed:
        thing.listed = False
        db.session.commit()
    return thing
