"""What is on offer, page by page: three lists that a program walks through, each with its total."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import selectinload

from bookapp.catalog.models import Facilitator, Merchant, Room, Service, ServiceFacilitator, Venue
from bookapp.catalog.queries.offers import all_services
from bookapp.catalog.queries.people import all_people
from bookapp.catalog.queries.places import all_rooms
from bookapp.infra.db import db

Page = tuple[Sequence[Any], int]


def rooms_page(*, city: str = "", type_: str = "", merchant: str = "", limit: int, offset: int) -> Page:
    """Listed rooms by name, each with what `room_by_id` loads, and how many there are: three queries."""
    query = all_rooms()
    if city:
        query = query.where(func.lower(Venue.city) == func.lower(city))
    if type_:
        query = query.where(Room.type == type_)
    return _page(_of(query, merchant), Room, limit, offset)


def services_page(*, kind: str = "", theme: str = "", merchant: str = "", limit: int, offset: int) -> Page:
    """Listed services that are not private, by name, with questions and what `service_by_id` loads: ten queries."""
    query = all_services().where(Service.private.is_(False)).options(selectinload(Service.questions))
    if kind:
        query = query.where(Service.kind == kind)
    if theme:
        query = query.where(Service.theme == theme)
    return _page(_of(query, merchant), Service, limit, offset)


def facilitators_page(
    *, city: str = "", service_id: int | None = None, merchant: str = "", limit: int, offset: int
) -> Page:
    """Listed people by name, each with what `facilitator_by_id` loads: three queries."""
    query = all_people()
    if city:
        query = query.where(func.lower(Facilitator.city) == func.lower(city))
    if service_id is not None:
        hosts = select(ServiceFacilitator.facilitator_id).where(ServiceFacilitator.service_id == service_id)
        query = query.where(Facilitator.id.in_(hosts))
    return _page(_of(query, merchant), Facilitator, limit, offset)


def services_by_host(facilitator_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """What each of these people gives to everybody, by name: rows of (facilitator_id, id, slug, name, kind)."""
    found: dict[int, list[Row[Any]]] = {facilitator_id: [] for facilitator_id in facilitator_ids}
    rows = db.session.execute(
        select(ServiceFacilitator.facilitator_id, Service.id, Service.slug, Service.name, Service.kind)
        .join(Service, Service.id == ServiceFacilitator.service_id)
        .join(Merchant, Merchant.id == Service.merchant_id)
        .where(
            ServiceFacilitator.facilitator_id.in_(facilitator_ids),
            Service.listed,
            Service.private.is_(False),
            Merchant.listed,
        )
        .order_by(Service.name, Service.id)
    )
    for row in rows:
        found[row.facilitator_id].append(row)
    return found


def _of(query: Select[Any], merchant: str) -> Select[Any]:
    return query.where(Merchant.slug == merchant) if merchant else query


def _page(query: Select[Any], thing: Any, limit: int, offset: int) -> Page:
    total = db.session.scalar(
        select(func.count()).select_from(query.with_only_columns(thing.id).order_by(None).subquery())
    )
    rows = db.session.scalars(query.order_by(thing.name, thing.id).limit(limit).offset(offset)).all() if total else []
    return rows, total or 0
