"""Cancellation terms as those who run a house see them: which there are, and what uses which."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from bookapp.catalog.models import Merchant, Room, Service, Terms, Venue
from bookapp.infra.db import db
from bookapp.values.errors import NotFound


def merchants_among(merchant_ids: Collection[int] | None) -> Sequence[Merchant]:
    """These merchants by name, listed or not; all of them for None."""
    wanted = select(Merchant).order_by(Merchant.name, Merchant.id)
    if merchant_ids is not None:
        wanted = wanted.where(Merchant.id.in_(merchant_ids))
    return db.session.scalars(wanted).all()


def terms_for(merchant_id: int) -> Sequence[Terms]:
    """What a merchant can choose from: the platform's presets, then its own by name."""
    return db.session.scalars(
        select(Terms)
        .where(or_(Terms.merchant_id.is_(None), Terms.merchant_id == merchant_id))
        .order_by(Terms.merchant_id.is_not(None), Terms.name)
    ).all()


def terms_by_id(terms_id: int) -> Terms:
    """Raises NotFound."""
    terms = db.session.get(Terms, terms_id, populate_existing=True)
    if terms is None:
        raise NotFound
    return terms


@dataclass(frozen=True, slots=True)
class Use:
    """Something that can have terms of its own: `field` names it in a form ("room-5"), None means the merchant's."""

    field: str
    name: str
    place: str
    terms_id: int | None


def uses_of_terms(merchant_id: int) -> list[Use]:
    """The rooms and services of a merchant, each with the terms of its own."""
    rooms = db.session.execute(
        select(Room.id, Room.name, Venue.name, Room.terms_id)
        .join(Venue, Venue.id == Room.venue_id)
        .where(Venue.merchant_id == merchant_id)
        .order_by(Venue.name, Room.name, Room.id)
    )
    services = db.session.execute(
        select(Service.id, Service.name, Service.terms_id)
        .where(Service.merchant_id == merchant_id)
        .order_by(Service.name, Service.id)
    )
    return [
        *(Use(f"room-{room_id}", name, venue, terms_id) for room_id, name, venue, terms_id in rooms),
        *(Use(f"service-{service_id}", name, "", terms_id) for service_id, name, terms_id in services),
    ]


def version_of_terms(terms: Terms) -> str:
    """Changes with the terms: an edit form carries the one it was made of (guarantees.md 13)."""
    content = json.dumps([terms.name, terms.tiers, terms.move_until_hours], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
