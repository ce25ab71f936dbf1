"""From a wish to a plan: what exactly would be booked, where, for how much and on which terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from bookapp.booking.queries.prices import appointment_facts, room_facts, session_facts
from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.booking.states import BookingKind
from bookapp.catalog.models import Addon, Facilitator, Merchant, Room, Service, Terms, Venue
from bookapp.catalog.queries import room_by_id, service_by_id, terms_of_room, terms_of_service
from bookapp.catalog.states import ServiceKind
from bookapp.infra.db import db
from bookapp.pricing.queries import deposit_for, tariff_of
from bookapp.pricing.rules import Extra, Quote, finished, price, to_data
from bookapp.pricing.rules.codes import Coupon
from bookapp.pricing.rules.deposits import deposit_of, due, frozen_deposit
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.pricing.rules.tax import frozen_tax
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Session, SessionPart
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
    tariff: Tariff
    addons: tuple[tuple[Addon, int], ...] = ()
    room: Room | None = None
    session: Session | None = None
    service: Service | None = None
    facilitator: Facilitator | None = None


def plan(wish: Wish, *, now: dt.datetime, coupon: Coupon | None = None) -> Plan:
    """Load what is wished for and price it as of `now`, in a few queries.

    Raises NotFound, or NotValid when parts do not fit.
    """
    match wish:
        case RoomWish():
            found = _room_plan(wish, now)
        case SeatWish():
            found = _seat_plan(wish, now)
        case AppointmentWish():
            found = _appointment_plan(wish, now)
    return _agreed(found, coupon)


def quote(wish: Wish, *, now: dt.datetime) -> Quote:
    """What the wish would cost at `now`, whether or not it can be had. Raises as `plan` does."""
    return plan(wish, now=now).quote


def _room_plan(wish: RoomWish, now: dt.datetime) -> Plan:
    room = room_by_id(wish.room_id)
    if wish.span.length > LONGEST_OCCUPANCY:
        raise NotValid({"to": N_("A room is hired for at most %(days)s days at a time.")}, days=LONGEST_OCCUPANCY.days)
    if wish.people > room.capacity:
        raise NotValid({"people": N_("This room seats up to %(seats)s.")}, seats=room.capacity)
    venue = room.venue
    addons = _addons(wish.addons, venue_id=venue.id)
    tariff = tariff_of(venue.merchant_id)
    priced = price(room_facts(room, venue, wish.span, now), tariff.rules, _extras(addons, venue.currency))
    columns = {
        "kind": BookingKind.ROOM.value,
        "room_id": room.id,
        "title": room.name,
        "people": wish.people,
        "terms": frozen_terms(terms_of_room(room)),
        **_place(venue),
        **_when(wish.span, venue.zone),
    }
    return Plan(columns, priced, wish.span, venue.merchant, tariff, addons, room=room)


def _seat_plan(wish: SeatWish, now: dt.datetime) -> Plan:
    first_part = select(func.min(SessionPart.starts_at)).where(SessionPart.session_id == Session.id).scalar_subquery()
    row = db.session.execute(
        select(Session, first_part)
        .join(Session.service)
        .join(Service.merchant)
        .where(Session.id == wish.session_id, Service.listed, Merchant.listed)
        .options(
            contains_eager(Session.service).options(
                joinedload(Service.terms), contains_eager(Service.merchant).joinedload(Merchant.terms)
            ),
            joinedload(Session.facilitator),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    session, terms_from = row
    service = session.service
    venue = db.session.get(Venue, session.venue_id) if session.venue_id else None
    facts = session_facts(session, wish.seats, now)
    tariff = tariff_of(session.merchant_id)
    priced = price(facts, tariff.rules)
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
        "terms_from": terms_from if terms_from != session.starts_at else None,
        "terms": frozen_terms(terms_of_service(service)),
        **(_place(venue) if venue else {}),
        **_when(facts.span, session.zone),
    }
    return Plan(columns, priced, facts.span, service.merchant, tariff, session=session, service=service)


def _appointment_plan(wish: AppointmentWish, now: dt.datetime) -> Plan:
    service = service_by_id(wish.service_id)
    host = next((each for each in service.hosts if each.id == wish.facilitator_id), None)
    if service.kind != ServiceKind.APPOINTMENT or host is None:
        raise NotFound
    length = next((each for each in service.lengths if each.minutes == wish.minutes), None)
    if length is None:
        raise NotValid({"minutes": N_("Please choose one of the lengths on offer.")})
    merchant = service.merchant
    facts = appointment_facts(service, length, host, wish.starts_at, now)
    venue = service.rooms[0].venue if service.rooms and not service.online else None
    columns = {
        "kind": BookingKind.APPOINTMENT.value,
        "service_id": service.id,
        "facilitator_id": host.id,
        "merchant_id": merchant.id,
        "title": service.name,
        "host": host.name,
        "people": 1,
        "terms": frozen_terms(terms_of_service(service)),
        **(_place(venue) if venue else {}),
        **_when(facts.span, facts.zone),
    }
    tariff = tariff_of(merchant.id)
    priced = price(facts, tariff.rules)
    return Plan(columns, priced, facts.span, merchant, tariff, service=service, facilitator=host)


def _agreed(found: Plan, coupon: Coupon | None) -> Plan:
    """The plan with what comes last in a price, coupon and tax, and with the deposit among its terms."""
    columns = found.columns
    priced = finished(found.quote, coupon, found.tariff.tax)
    # What is asked for the hire of a room is not asked for a class in it.
    room_id = columns["room_id"] if columns["kind"] == BookingKind.ROOM else None
    deposit = deposit_for(columns["merchant_id"], room_id=room_id, service_id=columns.get("service_id"))
    terms = columns["terms"] | ({"deposit": frozen_deposit(deposit)} if deposit else {})
    reasons = [to_data(verdict) for verdict in priced.verdicts]
    more = {"tax": frozen_tax(priced.tax), "terms": terms, "price_reasons": reasons}
    return replace(found, quote=priced, columns=columns | more)


def due_columns(total: Money, terms: Mapping[str, Any], starts_at: dt.datetime, now: dt.datetime) -> dict[str, Any]:
    """What a booking notes about when `total` is due, by the deposit among its frozen terms."""
    found = due(total, deposit_of(terms.get("deposit")), starts_at=starts_at, now=now)
    if found.rest_due_at is None:
        return {"due_now_minor": None, "rest_due_at": None}
    return {"due_now_minor": found.now.minor, "rest_due_at": found.rest_due_at}


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
