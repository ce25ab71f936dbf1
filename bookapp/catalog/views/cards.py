"""What cards show of rooms and services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.catalog.models import Facilitator, Merchant, Room, Service
from bookapp.catalog.rules import average
from bookapp.catalog.states import Amenity, RoomType, ServiceKind
from bookapp.pricing.queries import tariff_of
from bookapp.values.money import Money
from bookapp.web import filters

FEW_AMENITIES = 3
A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Card:
    """One thing, for `ui.offer`."""

    id: int
    slug: str
    title: str
    photo: str | None
    photo_alt: str
    facts: str
    price: str
    average: Decimal | None
    count: int


def stars(thing: Room | Service | Facilitator) -> Decimal | None:
    """Its average, to one decimal."""
    return average(thing.rating_sum, thing.rating_count)


def length_words(minutes: int) -> str:
    """ "1 h 15 min"; of a retreat the nights."""
    return (
        ngettext("%(num)s night", "%(num)s nights", round(minutes / A_DAY))
        if minutes > A_DAY
        else filters.duration(minutes)
    )


def room_cards(rooms: Sequence[Room], *, merchant_id: int, now: dt.datetime) -> list[Card]:
    """The rooms of one merchant: type, people and a few of its amenities; the rate by the hour."""
    tariff = tariff_of(merchant_id)
    return [_room(room, tariff.leaning(on=now.date(), room_id=room.id)) for room in rooms]


def plain_price(price: str, leaning: str, *, is_least: bool = False) -> str:
    """A price where no time is chosen: "€27", "from €27" where times may be dearer only, "about €27" where cheaper too.

    `is_least`: there are several, and this is the least of them.
    """
    if leaning == "about":
        return _("from about %(price)s", price=price) if is_least else _("about %(price)s", price=price)
    return _("from %(price)s", price=price) if is_least or leaning == "from" else price


def _room(room: Room, leaning: str) -> Card:
    people = ngettext("up to %(num)s person", "up to %(num)s people", room.capacity)
    amenities = [_(Amenity(word).label) for word in room.amenities[:FEW_AMENITIES] if word in set(Amenity)]
    rate = filters.money_short(Money(room.rate_minor, room.venue.currency))
    return _card(
        room, [_(RoomType(room.type).label), people, *amenities], plain_price(_("%(rate)s an hour", rate=rate), leaning)
    )


def service_cards(services: Sequence[Service], merchant: Merchant, *, now: dt.datetime) -> list[Card]:
    """The services of one merchant: how long and what for; from which price on, with tax."""
    tariff = tariff_of(merchant.id)
    cards = []
    for one in services:
        least = tariff.listed(Money(min(length.price_minor for length in one.lengths), merchant.currency))
        cards.append(_service(one, least, tariff.leaning(on=now.date(), service_id=one.id)))
    return cards


def _service(service: Service, least: Money, leaning: str) -> Card:
    kind = _("Sessions") if service.kind == ServiceKind.SESSION else _("Appointments")
    lengths = [length_words(length.minutes) for length in service.lengths]
    facts = [kind, " / ".join(lengths), _("online") if service.online else ""]
    price = filters.money_short(least)
    return _card(service, facts, plain_price(price, leaning, is_least=len(lengths) > 1))


def _card(thing: Room | Service, facts: list[str], price: str) -> Card:
    photo = thing.photos[0] if thing.photos else None
    return Card(
        id=thing.id,
        slug=thing.slug,
        title=thing.name,
        photo=photo.path if photo else None,
        photo_alt=photo.alt if photo else "",
        facts=" · ".join(filter(None, facts)),
        price=price,
        average=stars(thing),
        count=thing.rating_count,
    )
