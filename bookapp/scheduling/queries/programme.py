"""What stands still about sessions: what they are of, with whom and where; remembered as one for all lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from bookapp.catalog.models import Facilitator, Merchant, Photo, Room, Service, Venue
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered


class Offered(NamedTuple):
    """A listed service of a listed house, with its first picture."""

    theme: str
    private: bool
    merchant_id: int
    photo: str | None
    photo_alt: str | None


class Host(NamedTuple):
    """A person."""

    slug: str
    name: str
    level: str
    listed: bool


class House(NamedTuple):
    """A merchant."""

    slug: str
    name: str
    listed: bool


class Place(NamedTuple):
    """A venue."""

    name: str
    city: str


class Programme(NamedTuple):
    """Everything by its id; `rooms` are names."""

    services: Mapping[int, Offered]
    hosts: Mapping[int, Host]
    houses: Mapping[int, House]
    places: Mapping[int, Place]
    rooms: Mapping[int, str]


@remembered(most=4)
def programme() -> Programme:
    """As things stand: six queries when something has changed."""
    photos: dict[int, tuple[str, str]] = {}
    for service_id, path, alt in db.session.execute(
        select(Photo.service_id, Photo.path, Photo.alt)
        .where(Photo.service_id.is_not(None))
        .order_by(Photo.service_id, Photo.position)
    ):
        photos.setdefault(service_id, (path, alt))
    services = db.session.execute(
        select(Service.id, Service.theme, Service.private, Service.merchant_id)
        .join(Service.merchant)
        .where(Service.listed, Merchant.listed)
    )
    hosts = select(Facilitator.id, Facilitator.slug, Facilitator.name, Facilitator.level, Facilitator.listed)
    # All of them: one may be closed while this is being read.
    houses = select(Merchant.id, Merchant.slug, Merchant.name, Merchant.listed)
    return Programme(
        services={key: Offered(*facts, *photos.get(key, (None, None))) for key, *facts in services},
        hosts={key: Host(*facts) for key, *facts in db.session.execute(hosts)},
        houses={key: House(*facts) for key, *facts in db.session.execute(houses)},
        places={key: Place(*facts) for key, *facts in db.session.execute(select(Venue.id, Venue.name, Venue.city))},
        rooms=dict(db.session.execute(select(Room.id, Room.name)).all()),
    )
