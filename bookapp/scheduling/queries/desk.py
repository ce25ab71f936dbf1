"""Sessions as those who plan them see them; who that is, is for `scheduling.policy.may_plan_session`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from bookapp.catalog.models import Facilitator, Merchant, Room, Service, ServiceFacilitator, Venue
from bookapp.catalog.policy import may_run_merchant, may_run_platform
from bookapp.catalog.states import Role, ServiceKind
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_SESSION, Session
from bookapp.values.errors import NotFound

TABS = ("upcoming", "past", "cancelled")
PER_PAGE = 30
Named = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """What the list is narrowed to. `start` and `end` are instants, `text` begins a word of the title."""

    tab: str = TABS[0]
    text: str = ""
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    service_id: int | None = None
    facilitator_id: int | None = None
    room_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One page of the list, and whether there is more."""

    rows: Sequence[Session]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody may plan with, as (id, name). `may_leave_open`: also a session that nobody hosts yet."""

    services: Named
    rooms: Named
    people: Named
    may_leave_open: bool
    weekdays: Sequence[str] = ()


def plannable_by(actor: Actor) -> ColumnElement[bool]:
    """The sessions `actor` may plan: the same as `may_plan_session` says of each of them."""
    if may_run_platform(actor):
        return true()
    theirs: list[ColumnElement[bool]] = [Session.facilitator_id.in_(_own_people(actor))]
    for grant in actor.grants:
        if grant.role == Role.OWNER or (grant.role == Role.MANAGER and grant.venue_id is None):
            theirs.append(Session.merchant_id == grant.merchant_id)
        elif grant.role == Role.MANAGER:
            theirs.append(and_(Session.merchant_id == grant.merchant_id, Session.venue_id == grant.venue_id))
    return or_(*theirs)


def desk_sessions(actor: Actor, wanted: DeskFilter, *, now: dt.datetime) -> DeskPage:
    """A page of the sessions `actor` may plan: what comes next first, of what is past the latest first. One query."""
    query = _sessions().where(plannable_by(actor))
    match wanted.tab:
        case "past":
            query = query.where(Session.ends_at <= now, Session.starts_at <= now, Session.state != "cancelled")
        case "cancelled":
            query = query.where(Session.state == "cancelled")
        case _:
            since = now - LONGEST_SESSION  # for the index by start
            query = query.where(Session.ends_at > now, Session.starts_at > since, Session.state == "scheduled")
    if wanted.text:
        query = query.where(Session.title.icontains(wanted.text, autoescape=True))
    if wanted.start is not None:
        query = query.where(Session.starts_at >= wanted.start)
    if wanted.end is not None:
        query = query.where(Session.starts_at < wanted.end)
    narrowed = {
        Session.service_id: wanted.service_id,
        Session.facilitator_id: wanted.facilitator_id,
        Session.room_id: wanted.room_id,
    }
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(column == value)
    first = Session.starts_at if wanted.tab == TABS[0] else Session.starts_at.desc()
    found = db.session.scalars(
        query.order_by(first, Session.id).limit(PER_PAGE + 1).offset((wanted.page - 1) * PER_PAGE)
    ).all()
    return DeskPage(found[:PER_PAGE], len(found) > PER_PAGE)


def desk_session(actor: Actor, session_id: int) -> Session:
    """One session with service, room, venue, host and parts. Raises NotFound, also when it is not theirs to plan."""
    session: Session | None = db.session.scalar(
        _sessions()
        .where(Session.id == session_id, plannable_by(actor))
        .options(
            selectinload(Session.parts),
            joinedload(Session.service).options(
                selectinload(Service.hosts), selectinload(Service.rooms.and_(Room.listed)).joinedload(Room.venue)
            ),
        )
        .execution_options(populate_existing=True)
    )
    if session is None:
        raise NotFound
    return session


def houses_of(actor: Actor) -> Sequence[Merchant]:
    """The houses in which `actor` may plan something, by name: where they have a role, or host."""
    wanted = select(Merchant).order_by(Merchant.name, Merchant.id)
    if not may_run_platform(actor):
        people = _own_people(actor)
        hosting = select(Service.merchant_id).join(ServiceFacilitator).where(
            ServiceFacilitator.facilitator_id.in_(people)
        )  # fmt: skip
        at_home = select(Facilitator.merchant_id).where(Facilitator.id.in_(people))
        ids = [grant.merchant_id for grant in actor.grants if grant.role in (Role.OWNER, Role.MANAGER)]
        wanted = wanted.where(or_(Merchant.id.in_(ids), Merchant.id.in_(hosting), Merchant.id.in_(at_home)))
    return db.session.scalars(wanted).all()


def choices_in(actor: Actor, merchant_id: int) -> Choices:
    """What `actor` may plan with in one house: an owner or manager with everybody, a facilitator with themselves.

    Three queries.
    """
    services = select(Service.id, Service.name).where(
        Service.merchant_id == merchant_id, Service.kind == ServiceKind.SESSION.value, Service.listed
    )
    people = select(Facilitator.id, Facilitator.name)
    rooms = (
        select(Room.id, Room.name, Venue.name.label("venue"))
        .join(Room.venue)
        .where(Venue.merchant_id == merchant_id, Room.listed)
    )
    venue_ids = _managed(actor, merchant_id)
    is_staff = venue_ids is None or bool(venue_ids)
    if is_staff:
        hosts = select(ServiceFacilitator.facilitator_id).join(Service).where(Service.merchant_id == merchant_id)
        people = people.where(or_(Facilitator.merchant_id == merchant_id, Facilitator.id.in_(hosts)))
        if venue_ids is not None:
            rooms = rooms.where(Venue.id.in_(venue_ids))
    else:
        people = people.where(Facilitator.id.in_(_own_people(actor)))
    found = db.session.execute(rooms.order_by(Venue.name, Room.name, Room.id)).all()
    several = len({row.venue for row in found}) > 1
    return Choices(
        services=[(row.id, row.name) for row in db.session.execute(services.order_by(Service.name, Service.id))],
        rooms=[(row.id, f"{row.name} ({row.venue})" if several else row.name) for row in found],
        people=[(row.id, row.name) for row in db.session.execute(people.order_by(Facilitator.name, Facilitator.id))],
        may_leave_open=is_staff,
    )


def _managed(actor: Actor, merchant_id: int) -> set[int] | None:
    """The venues of the house in which `actor` plans for everybody; None for all of them."""
    if may_run_merchant(actor, merchant_id):
        return None
    ids = {grant.venue_id for grant in actor.grants if grant.role == Role.MANAGER and grant.merchant_id == merchant_id}
    return None if None in ids else {venue_id for venue_id in ids if venue_id is not None}


def _own_people(actor: Actor) -> Select[tuple[int]]:
    # Nobody's id is 0: without an account there is no person, rather than everybody without one.
    return select(Facilitator.id).where(Facilitator.user_id == (actor.user_id or 0))


def _sessions() -> Select[tuple[Session]]:
    return select(Session).options(
        joinedload(Session.service).joinedload(Service.merchant),
        joinedload(Session.room).joinedload(Room.venue),
        joinedload(Session.facilitator),
    )
