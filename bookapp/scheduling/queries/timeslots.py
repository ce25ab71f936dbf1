"""The timeslots of a room, and which cannot be had because it is: nobody sits in them yet, and somebody is there."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, literal_column, select

from bookapp.catalog.models import Facilitator, Merchant, Room, Service
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Occupancy, Session, TimeslotRun
from bookapp.scheduling.queries.calendars import room_calendars
from bookapp.scheduling.rules import SlotGrid, slot_starts
from bookapp.values.money import Money
from bookapp.values.timespan import Span

# The theme of a service that is nothing but the timeslots of a room.
ROOMS_OWN = "timeslot"


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What a grid would come to: the slots that are missing, and how many are left out because they are there already
    (`there`), fall into a closure (by its reason), or are over."""

    missing: list[Span]
    there: int
    closed: Mapping[str, int]
    over: int


def plan_slots(
    room: Room, service_id: int | None, grid: SlotGrid, first: dt.date, last: dt.date, *, now: dt.datetime
) -> SlotPlan:
    """The slots of these days (both included) that are to come, not in a closure, and not there yet.

    A cancelled one is there. Without `service_id` none is. `room` comes with its venue. Two queries.
    """
    whole = slot_starts(grid, first, last, room.venue.zone)
    spans = [span for span in whole if span.start > now]
    if not spans:
        return SlotPlan([], 0, {}, len(whole))
    window = Span(spans[0].start, spans[-1].end)
    closures = room_calendars([room], window, now=now, occupied=False)[room.id].closures
    there = _starts_there(room.id, service_id, window) if service_id is not None else set()
    missing, closed = list[Span](), Counter[str]()
    for span in spans:
        closure = next((one for one in closures if one.span.overlaps(span)), None)
        if span.start in there:
            continue
        if closure:
            closed[closure.reason] += 1
        else:
            missing.append(span)
    return SlotPlan(missing, len(spans) - len(missing) - closed.total(), closed, len(whole) - len(spans))


def _starts_there(room_id: int, service_id: int, window: Span) -> set[dt.datetime]:
    return set(
        db.session.scalars(
            select(Session.starts_at).where(
                Session.room_id == room_id,
                Session.service_id == service_id,
                Session.on_grid,
                Session.starts_at >= window.start,
                Session.starts_at < window.end,
            )
        )
    )


def services_with_timeslots(merchant_id: int) -> list[tuple[int, str]]:
    """(id, name) of what a house has sessions of, without the services that are nothing but the timeslots of a room."""
    rows = db.session.execute(
        select(Service.id, Service.name)
        .where(Service.merchant_id == merchant_id, Service.kind == "session", Service.theme != ROOMS_OWN)
        .order_by(Service.name, Service.id)
    )
    return [(service_id, name) for service_id, name in rows]


def own_service_of(room: Room) -> Service | None:
    """The service of a room's own timeslots, once there are any."""
    return db.session.scalar(select(Service).where(Service.slug == own_slug(room)))


def own_slug(room: Room) -> str:
    """Where the service of a room's own timeslots is found."""
    return f"{room.slug}-timeslots"


def runs_of_room(room_id: int, *, limit: int = 10) -> list[tuple[TimeslotRun, str]]:
    """The latest runs, the newest first, each with the name of who began it ("" for a program)."""
    rows = db.session.execute(
        select(TimeslotRun, func.coalesce(User.name, ""))
        .outerjoin(User, User.id == TimeslotRun.user_id)
        .where(TimeslotRun.room_id == room_id)
        .order_by(TimeslotRun.created_at.desc(), TimeslotRun.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [(run, name) for run, name in rows]


def seats_gone() -> ColumnElement[int]:
    """How many seats of a session nobody can have: those taken, and of a timeslot whose room is taken all.

    For queries that join Service and (outer) Room. A hold of the room that has lapsed still counts: within seconds it
    is ended.
    """
    return case((and_(Session.on_grid, Session.seats_taken == 0, _room_is_taken()), Session.capacity),
                else_=Session.seats_taken)  # fmt: skip


def without_room(sessions: Collection[Session]) -> set[int]:
    """The ids of those among `sessions` that are timeslots without a seat taken whose room is: one query at most."""
    empty = [session.id for session in sessions if session.on_grid and not session.seats_taken]
    if not empty:
        return set()
    return set(
        db.session.scalars(
            select(Session.id)
            .join(Service, Service.id == Session.service_id)
            .join(Room, Room.id == Session.room_id)
            .where(Session.id.in_(empty), _room_is_taken())
        )
    )


@dataclass(frozen=True, slots=True)
class Timeslot:
    """One session on a room's grid. It takes its room with its first seat."""

    id: int
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    zone: str
    capacity: int
    seats_taken: int
    price_minor: int
    currency: str
    merchant_id: int
    venue_id: int | None
    service_id: int
    level: str

    @property
    def span(self) -> Span:
        """From its start to its end."""
        return Span(self.starts_at, self.ends_at)

    @property
    def price(self) -> Money:
        """Of one seat, before any rule."""
        return Money(self.price_minor, self.currency)


def timeslots_of_room(room_id: int, window: Span) -> Sequence[Timeslot]:
    """The public timeslots of a room that start within `window`, by start: over the index of timeslots."""
    rows = db.session.execute(
        select(
            Session.id,
            Session.title,
            Session.starts_at,
            Session.ends_at,
            Session.zone,
            Session.capacity,
            Session.seats_taken,
            Session.price_minor,
            Session.currency,
            Session.merchant_id,
            Session.venue_id,
            Session.service_id,
            func.coalesce(Facilitator.level, ""),
        )
        .join(Service, Service.id == Session.service_id)
        .join(Merchant, Merchant.id == Session.merchant_id)
        .outerjoin(Facilitator, Facilitator.id == Session.facilitator_id)
        .where(
            Session.on_grid,
            Session.room_id == room_id,
            Session.state == "scheduled",
            Session.starts_at >= window.start,
            Session.starts_at < window.end,
            Service.listed,
            Service.private.is_(False),
            Merchant.listed,
        )
        .order_by(Session.starts_at, Session.id)
    )
    return [Timeslot(*row) for row in rows]


def count_empty_timeslots(window: Span, *, venue_id: int, room_id: int | None = None) -> int:
    """How many timeslots of a venue, or of one room of it, lie within `window` without anybody in them."""
    wanted = select(func.count()).where(
        Session.venue_id == venue_id,
        Session.on_grid,
        Session.state == "scheduled",
        Session.seats_taken == 0,
        Session.starts_at > window.start - LONGEST_OCCUPANCY,
        Session.starts_at < window.end,
        Session.ends_at > window.start,
    )
    if room_id is not None:
        wanted = wanted.where(Session.room_id == room_id)
    return db.session.scalar(wanted) or 0


def _room_is_taken() -> ColumnElement[bool]:
    # Over the plain index of occupancy: what reaches into the slot began at most LONGEST_OCCUPANCY before it.
    minutes = func.greatest(Room.buffer_minutes, Service.buffer_minutes)
    end = Session.ends_at + minutes * literal_column("interval '1 minute'")
    starts, ends = func.lower(Occupancy.during), func.upper(Occupancy.during)
    return (
        select(Occupancy.id)
        .where(
            Occupancy.active,
            Occupancy.resource_id == Room.resource_id,
            starts < end,
            starts > Session.starts_at - LONGEST_OCCUPANCY,
            ends > Session.starts_at,
        )
        .correlate(Session, Room, Service)
        .exists()
    )
