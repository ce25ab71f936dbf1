"""From a wish to a plan: what exactly would be booked, where, for how much and on which terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.booking.states import BookingKind
from bookapp.catalog.models import Addon, Facilitator, Merchant, Room, Service, Terms, Venue
from bookapp.infra.db import db
from bookapp.pricing.rules import Extra, Quote, quote_appointment, quote_room, quote_seats
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from bookapp.values.words import N_


@dataclass(frozen=True, slots=True)
class Plan:
    """A wish understood: `columns` are the booking's own, the rest is needed to check and to take it."""

    columns: dict[str, Any]
    quote: Quote
    span: Span
    merchant: Merchant
    addons: tuple[tuple[Addon, int], ...] = ()
    room: Room | None = None
    session: Session | None = None
    service: Service | None = None
    facilitator: Facilitator | None = None


def plan(wish: Wish) -> Plan:
    """Load and price what is wished for, in a few queries. Raises NotFound, or NotValid when parts do not fit."""
    match wish:
        case RoomWish():
            return _room_plan(wish)
        case SeatWish():
            return _seat_plan(wish)
        case AppointmentWish():
            return _appointment_plan(wish)


def quote(wish: Wish) -> Quote:
    """What the wish would cost, whether or not it can be had. Raises as `plan` does."""
    return plan(wish).quote


def _room_plan(wish: RoomWish) -> Plan:
    room = db.session.scalar(
        select(Room)
        .join(Room.venue)
        .join(Venue.merchant)
        .where(Room.id == wish.room_id, Room.listed, Venue.listed, Merchant.listed)
        .options(
            joinedload(Room.terms),
            contains_eager(Room.venue).contains_eager(Venue.merchant).joinedload(Merchant.terms),
        )
    )
    if room is None:
        raise NotFound
    if wish.people > room.capacity:
        raise NotValid({"people": N_("This room seats up to %(seats)s.")}, seats=room.capacity)
    venue = room.venue
    addons = _addons(wish.addons, venue_id=venue.id)
    priced = quote_room(
        label=room.name,
        span=wish.span,
        zone=venue.zone,
        rate=Money(room.rate_minor, venue.currency),
        day_rate=None if room.day_rate_minor is None else Money(room.day_rate_minor, venue.currency),
        extras=_extras(addons, venue.currency),
    )
    columns = {
        "kind": BookingKind.ROOM.value,
        "room_id": room.id,
        "title": room.name,
        "people": wish.people,
        "terms": frozen_terms(room.terms or venue.merchant.terms),
        **_place(venue),
        **_when(wish.span, venue.zone),
    }
    return Plan(columns, priced, wish.span, venue.merchant, addons, room=room)


def _seat_plan(wish: SeatWish) -> Plan:
    session = db.session.scalar(
        select(Session)
        .join(Session.service)
        .join(Service.merchant)
        .where(Session.id == wish.session_id, Service.listed, Merchant.listed)
        .options(
            contains_eager(Session.service).options(
                joinedload(Service.terms), contains_eager(Service.merchant).joinedload(Merchant.terms)
            ),
            joinedload(Session.facilitator),
        )
    )
    if session is None:
        raise NotFound
    service = session.service
    venue = db.session.get(Venue, session.venue_id) if session.venue_id else None
    priced = quote_seats(label=session.title, seats=wish.seats, price=Money(session.price_minor, session.currency))
    span = Span(session.starts_at, session.ends_at)
    columns = {
        "kind": BookingKind.SESSION.value,
        "session_id": session.id,
        "service_id": service.id,
        "room_id": session.room_id,
        "facilitator_id": session.facilitator_id,
        "merchant_id": session.merchant_id,
        "title": session.title,
        "host": session.facilitator.name if session.facilitator else "",
        "people": wish.seats,
        "terms": frozen_terms(service.terms or service.merchant.terms),
        **(_place(venue) if venue else {}),
        **_when(span, session.zone),
    }
    return Plan(columns, priced, span, service.merchant, session=session, service=service)


def _appointment_plan(wish: AppointmentWish) -> Plan:
    service = db.session.scalar(
        select(Service)
        .join(Service.merchant)
        .where(Service.id == wish.service_id, Service.listed, Merchant.listed, Service.kind == "appointment")
        .options(
            joinedload(Service.terms),
            contains_eager(Service.merchant).joinedload(Merchant.terms),
            selectinload(Service.lengths),
            selectinload(Service.hosts.and_(Facilitator.listed)),
            selectinload(Service.rooms.and_(Room.listed)).joinedload(Room.venue),
        )
    )
    host = next((each for each in service.hosts if each.id == wish.facilitator_id), None) if service else None
    if service is None or host is None:
        raise NotFound
    length = next((each for each in service.lengths if each.minutes == wish.minutes), None)
    if length is None:
        raise NotValid({"minutes": N_("Please choose one of the lengths on offer.")})
    merchant = service.merchant
    span = Span(wish.starts_at, wish.starts_at + dt.timedelta(minutes=wish.minutes))
    venue = service.rooms[0].venue if service.rooms and not service.online else None
    columns = {
        "kind": BookingKind.APPOINTMENT.value,
        "service_id": service.id,
        "facilitator_id": host.id,
        "merchant_id": merchant.id,
        "title": service.name,
        "host": host.name,
        "people": 1,
        "terms": frozen_terms(service.terms or merchant.terms),
        **(_place(venue) if venue else {}),
        **_when(span, venue.zone if venue else host.zone),
    }
    priced = quote_appointment(label=service.name, price=Money(length.price_minor, merchant.currency))
    return Plan(columns, priced, span, merchant, service=service, facilitator=host)


def frozen_terms(terms: Terms) -> dict[str, Any]:
    """The terms as a booking keeps them: what was agreed never changes (invariant 6)."""
    return {"name": terms.name, "tiers": terms.tiers, "move_until_hours": terms.move_until_hours}


def _place(venue: Venue) -> dict[str, Any]:
    return {"merchant_id": venue.merchant_id, "venue_id": venue.id, "place": f"{venue.name}, {venue.city}"}


def _when(span: Span, zone: str) -> dict[str, Any]:
    return {"starts_at": span.start, "ends_at": span.end, "zone": zone}


def _addons(asked: Sequence[tuple[int, int]], *, venue_id: int) -> tuple[tuple[Addon, int], ...]:
    quantities = {addon_id: quantity for addon_id, quantity in asked if quantity > 0}
    if not quantities:
        return ()
    found = db.session.scalars(
        select(Addon).where(Addon.id.in_(quantities), Addon.venue_id == venue_id, Addon.listed).order_by(Addon.id)
    ).all()
    if len(found) != len(quantities):
        raise NotValid({"addons": N_("One of the extras is not offered here any more.")})
    return tuple((addon, quantities[addon.id]) for addon in found)


def _extras(addons: Sequence[tuple[Addon, int]], currency: str) -> list[Extra]:
    return [Extra(addon.id, addon.name, Money(addon.price_minor, currency), quantity) for addon, quantity in addons]
