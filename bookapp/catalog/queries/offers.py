"""Services and add-ons, with what a page about them needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bookapp.catalog.models import Addon, Facilitator, Merchant, Room, Service, ServiceFacilitator, Terms
from bookapp.catalog.states import ServiceKind
from bookapp.infra.remembering import remembered
from bookapp.infra.stills import all_stills, one_still


@remembered(most=1024)
def service_by_slug(slug: str) -> Service:
    """A listed service with merchant, terms, lengths, hosts (and portraits), rooms (and venues), photos.

    Raises NotFound. A private one is found as well: whether somebody came with its key, `may_open` says.
    """
    return one_still(all_services().where(Service.slug == slug))


@remembered(most=1024)
def service_by_id(service_id: int) -> Service:
    """Like `service_by_slug`."""
    return one_still(all_services().where(Service.id == service_id))


@remembered()
def services_of_merchant(merchant_id: int) -> Sequence[Service]:
    """What a merchant offers to everybody, by name: sessions first, then appointments."""
    return all_stills(
        all_services()
        .where(Service.merchant_id == merchant_id, Service.private.is_(False))
        .order_by(Service.kind.desc(), Service.name, Service.id)
    )


def services_of_facilitator(facilitator_id: int, keys: Collection[str] = ()) -> Sequence[Service]:
    """The appointments one can have with this person, by name, each with what `service_by_slug` loads.

    Private ones only for who came with one of their `keys`.
    """
    return _services_of_facilitator(facilitator_id, frozenset(keys))


@remembered(most=1024)
def _services_of_facilitator(facilitator_id: int, keys: frozenset[str]) -> Sequence[Service]:
    return all_stills(
        all_services()
        .join(ServiceFacilitator, ServiceFacilitator.service_id == Service.id)
        .where(
            ServiceFacilitator.facilitator_id == facilitator_id,
            Service.kind == ServiceKind.APPOINTMENT.value,
            or_(Service.private.is_(False), Service.link_key.in_(sorted(keys))) if keys else Service.private.is_(False),
        )
        .order_by(Service.name, Service.id)
    )


def addons_for_room(room: Room) -> Sequence[Addon]:
    """The listed add-ons of the room's venue, by name."""
    return addons_of_venue(room.venue_id)


def addons_for_service(service: Service) -> Sequence[Addon]:
    """The listed add-ons of this service, by name."""
    return addons_of_service(service.id)


def terms_of_room(room: Room) -> Terms:
    """The room's own terms, else its merchant's; `room` as loaded by `room_by_slug`."""
    return room.terms or room.venue.merchant.terms


def terms_of_service(service: Service) -> Terms:
    """The service's own terms, else its merchant's; `service` as loaded by `service_by_slug`."""
    return service.terms or service.merchant.terms


@remembered(most=1024)
def addons_of_venue(venue_id: int) -> Sequence[Addon]:
    """The listed add-ons of a venue, by name."""
    return all_stills(select(Addon).where(Addon.venue_id == venue_id, Addon.listed).order_by(Addon.name, Addon.id))


@remembered(most=1024)
def addons_of_service(service_id: int) -> Sequence[Addon]:
    """The listed add-ons of a service, by name."""
    return all_stills(select(Addon).where(Addon.service_id == service_id, Addon.listed).order_by(Addon.name, Addon.id))


def all_services() -> Select[Any]:
    """Listed services with what `service_by_slug` promises, for whoever narrows and orders them."""
    return (
        select(Service)
        .join(Service.merchant)
        .where(Service.listed, Merchant.listed)
        .options(
            contains_eager(Service.merchant).joinedload(Merchant.terms),
            joinedload(Service.terms),
            selectinload(Service.lengths),
            selectinload(Service.hosts.and_(Facilitator.listed)).selectinload(Facilitator.photos),
            selectinload(Service.rooms.and_(Room.listed)).joinedload(Room.venue),
            selectinload(Service.photos),
        )
    )
