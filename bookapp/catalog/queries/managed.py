"""What a house offers as those who run it see it: what is off the list and what is private as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, true
from sqlalchemy.orm import joinedload, selectinload

from bookapp.catalog.models import (
    Addon,
    Facilitator,
    Membership,
    Merchant,
    Room,
    Service,
    ServiceFacilitator,
    ServiceQuestion,
    Venue,
)
from bookapp.catalog.states import Role
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.infra.idempotency import fingerprint
from bookapp.values.errors import NotFound


def services_managed(merchant_id: int) -> Sequence[Row[Any]]:
    """Every service by name, as (service with lengths, how many hosts, how many questions): two queries."""
    hosts = (
        select(func.count())
        .select_from(ServiceFacilitator)
        .where(ServiceFacilitator.service_id == Service.id)
        .scalar_subquery()
    )
    questions = select(func.count()).where(ServiceQuestion.service_id == Service.id).scalar_subquery()
    return db.session.execute(
        select(Service, hosts, questions)
        .where(Service.merchant_id == merchant_id)
        .order_by(Service.listed.desc(), Service.kind.desc(), Service.name, Service.id)
        .options(selectinload(Service.lengths))
    ).all()


def service_to_change(service_id: int) -> Service:
    """A service, listed or not, with its merchant and everything the desk changes. Raises NotFound."""
    service: Service | None = db.session.scalars(
        select(Service)
        .where(Service.id == service_id)
        .options(
            joinedload(Service.merchant),
            selectinload(Service.lengths),
            selectinload(Service.hosts),
            selectinload(Service.rooms),
            selectinload(Service.questions),
            selectinload(Service.photos),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if service is None:
        raise NotFound
    return service


def version_of_service(service: Service) -> str:
    """Changes with what the desk's form says of a service, as `service_to_change` loads it (guarantees.md 13)."""
    plain = ("name", "kind", "theme", "tagline", "about", "bring", "capacity", "online", "buffer_minutes",
             "notice_minutes", "horizon_days", "step_minutes", "terms_id", "private", "listed")  # fmt: skip
    return fingerprint(
        facts=[getattr(service, name) for name in plain],
        lengths=[[each.minutes, each.price_minor] for each in service.lengths],
        hosts=sorted(each.id for each in service.hosts),
        rooms=[each.id for each in service.rooms],
    )[:16]


def version_of_questions(service: Service) -> str:
    """Changes with what a service asks; `service` as `service_to_change` loads it."""
    asked = [[one.id, one.words, one.kind, one.options, one.required] for one in service.questions]
    return fingerprint(questions=asked)[:16]


def questions_of(service_id: int | None) -> Sequence[ServiceQuestion]:
    """What is asked of who books this service, in its order."""
    if service_id is None:
        return ()
    return db.session.scalars(
        select(ServiceQuestion)
        .where(ServiceQuestion.service_id == service_id)
        .order_by(ServiceQuestion.position, ServiceQuestion.id)
    ).all()


def rooms_to_choose(merchant_id: int) -> list[tuple[int, str]]:
    """(id, "Linden, Kastanienhof Mitte") of every room of a house, by venue and name."""
    rows = db.session.execute(
        select(Room.id, Room.name, Venue.name)
        .join(Venue, Venue.id == Room.venue_id)
        .where(Venue.merchant_id == merchant_id)
        .order_by(Venue.name, Room.name, Room.id)
    )
    return [(room_id, f"{name}, {venue}") for room_id, name, venue in rows]


def venues_to_choose(merchant_id: int) -> list[tuple[int, str]]:
    """(id, name) of every venue of a house, by name."""
    rows = db.session.execute(
        select(Venue.id, Venue.name).where(Venue.merchant_id == merchant_id).order_by(Venue.name, Venue.id)
    )
    return [(venue_id, name) for venue_id, name in rows]


def addons_managed(merchant_id: int) -> Sequence[Row[Any]]:
    """Every add-on of a house, as (add-on, venue or service it goes with), by place and name."""
    place = func.coalesce(Venue.name, Service.name)
    return db.session.execute(
        select(Addon, place)
        .outerjoin(Venue, Venue.id == Addon.venue_id)
        .outerjoin(Service, Service.id == Addon.service_id)
        .where(Addon.merchant_id == merchant_id)
        .order_by(place, Addon.listed.desc(), Addon.name, Addon.id)
    ).all()


def addon_to_change(addon_id: int) -> Addon:
    """Raises NotFound."""
    addon = db.session.get(Addon, addon_id, populate_existing=True)
    if addon is None:
        raise NotFound
    return addon


def version_of_addon(addon: Addon) -> str:
    """Changes with what the desk's form says of an add-on."""
    return fingerprint(addon=[addon.name, addon.hint, addon.price_minor, addon.stock, addon.listed])[:16]


def people_managed(merchant_id: int) -> Sequence[Facilitator]:
    """Everybody who hosts for a house, by name, with portraits."""
    return db.session.scalars(
        select(Facilitator)
        .where(Facilitator.merchant_id == merchant_id)
        .order_by(Facilitator.listed.desc(), Facilitator.name, Facilitator.id)
        .options(selectinload(Facilitator.photos))
    ).all()


def person_to_change(facilitator_id: int) -> Facilitator:
    """A facilitator, listed or not, with their house and portraits. Raises NotFound."""
    person = db.session.get(
        Facilitator,
        facilitator_id,
        populate_existing=True,
        options=[joinedload(Facilitator.merchant), selectinload(Facilitator.photos)],
    )
    if person is None:
        raise NotFound
    return person


def version_of_person(person: Facilitator) -> str:
    """Changes with what the desk's form says of a facilitator."""
    plain = ("name", "headline", "about", "level", "years", "zone", "city", "user_id", "listed")
    return fingerprint(person=[getattr(person, name) for name in plain])[:16]


def accounts_to_choose(merchant_id: int, but: int | None = None, *, taken_too: bool = False) -> list[tuple[int, str]]:
    """(user id, "Priya, priya@example.org") of those with a role at the house who are no facilitator yet, or `but`.

    With `taken_too` of all of them: what a form that was sent twice still names.
    """
    taken = select(Facilitator.user_id).where(Facilitator.user_id.is_not(None), Facilitator.user_id != (but or 0))
    rows = db.session.execute(
        select(User.id, User.name, User.email)
        .where(
            User.id.in_(
                select(Membership.user_id).where(
                    Membership.merchant_id == merchant_id, Membership.role.in_([each.value for each in Role])
                )
            ),
            true() if taken_too else User.id.not_in(taken),
        )
        .order_by(User.name, User.id)
    )
    return [(user_id, f"{name}, {email}") for user_id, name, email in rows]


def version_of_house(merchant: Merchant) -> str:
    """Changes with what the desk's form says of a merchant."""
    plain = ("name", "tagline", "about", "email", "phone", "bookings_per_session", "gateways")
    return fingerprint(house=[getattr(merchant, name) for name in plain])[:16]
