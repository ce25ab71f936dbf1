"""Services with their lengths, hosts and rooms, and add-ons."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import func, select

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed, checked, existing, take_slug, usable_terms
from bookapp.catalog.models import (
    Addon,
    Facilitator,
    Merchant,
    Room,
    Service,
    ServiceFacilitator,
    ServiceLength,
    ServiceRoom,
    Venue,
)
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.rules import AddonDraft, ServiceDraft, slug_of
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_


@action
def create_service(actor: Actor, merchant_id: int, draft: ServiceDraft) -> Service:
    """A service with its lengths and prices, the people who host it and the rooms it may use, first choice first.

    Raises NotAllowed, NotFound, and NotValid, also for a host that does not exist or a room of another merchant.
    """
    allowed(may_run_merchant(actor, merchant_id))
    checked(draft)
    merchant = existing(Merchant, merchant_id)
    usable_terms(draft.terms_id, merchant_id)
    _check_hosts(draft.hosts)
    _check_rooms(draft.rooms, merchant_id)
    facts = asdict(draft)
    lengths, hosts, rooms = facts.pop("lengths"), facts.pop("hosts"), facts.pop("rooms")
    slug = take_slug(Service, _slugs(draft, merchant))
    service = Service(merchant=merchant, merchant_id=merchant_id, slug=slug, **facts)
    service.lengths = [ServiceLength(minutes=minutes, price_minor=price) for minutes, price in sorted(lengths)]
    db.session.add(service)
    db.session.flush()
    db.session.add_all(ServiceFacilitator(service_id=service.id, facilitator_id=host) for host in dict.fromkeys(hosts))
    db.session.add_all(
        ServiceRoom(service_id=service.id, room_id=room, position=position)
        for position, room in enumerate(dict.fromkeys(rooms))
    )
    db.session.flush()
    record(actor, "service.created", f"service:{service.id}", {"merchant_id": merchant_id, "lengths": lengths})
    return service


@action
def create_addon(
    actor: Actor, draft: AddonDraft, *, venue_id: int | None = None, service_id: int | None = None
) -> Addon:
    """Something extra, offered with every room of a venue or with one service (exactly one of the two).

    Raises NotAllowed, NotFound, NotValid.
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
    addon = Addon(merchant_id=place.merchant_id, venue_id=venue_id, service_id=service_id, **asdict(draft))
    db.session.add(addon)
    db.session.flush()
    record(actor, "addon.created", f"addon:{addon.id}", {"price_minor": draft.price_minor, "stock": draft.stock})
    return addon


def _check_hosts(ids: tuple[int, ...]) -> None:
    if ids and db.session.scalar(select(func.count()).select_from(Facilitator).where(Facilitator.id.in_(ids))) != len(
        set(ids)
    ):
        raise NotValid({"hosts": N_("One of these people does not exist.")})


def _check_rooms(ids: tuple[int, ...], merchant_id: int) -> None:
    if ids and db.session.scalar(
        select(func.count()).select_from(Room).join(Venue).where(Room.id.in_(ids), Venue.merchant_id == merchant_id)
    ) != len(set(ids)):
        raise NotValid({"rooms": N_("One of these rooms does not belong to this merchant.")})


def _slugs(draft: ServiceDraft, merchant: Merchant) -> list[str]:
    name = slug_of(draft.name, otherwise="service")
    return [name, f"{name}-{merchant.slug}"]
