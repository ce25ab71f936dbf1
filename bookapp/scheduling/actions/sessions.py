"""Putting a session on the timetable, which takes its room and its host, and taking it off again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from bookapp.audit.actions import record
from bookapp.catalog.models import Facilitator, Room, Service
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.scheduling.actions.occupancy import Wanted, occupy, release
from bookapp.scheduling.errors import PlaceOccupied, SessionBehindUs
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Session, SessionPart
from bookapp.scheduling.policy import may_plan_session
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.timespan import Span, days, instant_near
from bookapp.values.words import N_

LONGEST_SERIES = dt.timedelta(days=366)
# With the longest buffer it still is an occupancy.
LONGEST_STRETCH = LONGEST_OCCUPANCY - dt.timedelta(days=1)


@action
def create_session(
    actor: Actor,
    service_id: int,
    *,
    span: Span,
    now: dt.datetime,
    room_id: int | None = None,
    facilitator_id: int | None = None,
    parts: Sequence[tuple[str, Span]] = (),
    title: str = "",
    capacity: int | None = None,
    price_minor: int | None = None,
) -> Session:
    """One occurrence of a service during `span`; what is not given is the service's own.

    With `parts` (a retreat's agenda: title, span) these, and not the nights between, take room and host. Raises
    NotFound, NotAllowed, NotValid, and PlaceOccupied when room or host are elsewhere.
    """
    service = _service(service_id)
    room, host = _room(room_id), _host(facilitator_id)
    venue = room.venue if room else None
    if not may_plan_session(actor, service.merchant_id, venue.id if venue else None, host.user_id if host else None):
        raise NotAllowed
    _check(service, room, parts, span, now)
    session = Session(
        service_id=service.id,
        merchant_id=service.merchant_id,
        venue_id=venue.id if venue else None,
        room_id=room.id if room else None,
        facilitator_id=host.id if host else None,
        title=title or service.name,
        starts_at=span.start,
        ends_at=span.end,
        zone=venue.zone if venue else service.merchant.zone,
        capacity=capacity or service.capacity,
        price_minor=service.lengths[0].price_minor if price_minor is None else price_minor,
        currency=venue.currency if venue else service.merchant.currency,
        online=service.online,
        parts=[SessionPart(title=words, starts_at=part.start, ends_at=part.end) for words, part in parts],
    )
    db.session.add(session)
    db.session.flush()
    wanted = _wanted(service, room, host, [part for _, part in parts] or [span])
    if wanted and occupy(wanted, session.claim_id, now=now):
        raise PlaceOccupied
    record(actor, "session.created", f"session:{session.id}", {"starts_at": span.start.isoformat()})
    return session


@action
def create_series(
    actor: Actor,
    service_id: int,
    *,
    first: dt.date,
    last: dt.date,
    weekdays: Collection[int],
    at: dt.time,
    minutes: int,
    now: dt.datetime,
    room_id: int | None = None,
    facilitator_id: int | None = None,
    title: str = "",
    capacity: int | None = None,
    price_minor: int | None = None,
) -> list[Session]:
    """A session of `minutes` on every one of `weekdays` (0 is Monday) from `first` to `last`, both included.

    `at` is wall time where it takes place: a class at 09:00 stays at 09:00 when the clocks change. All or none: raises
    as `create_session` does, PlaceOccupied with the day in its way.
    """
    if (last - first).days > LONGEST_SERIES.days or not set(weekdays) <= set(range(7)):
        raise NotValid({"last": N_("A series has weekdays, and ends within a year.")})
    service, room = _service(service_id), _room(room_id)
    zone = room.venue.zone if room else service.merchant.zone
    made = []
    for day in days(first, last):
        if day.weekday() not in weekdays:
            continue
        start = instant_near(day, at, zone)
        span = Span(start, start + dt.timedelta(minutes=minutes))
        try:
            made.append(
                create_session(
                    actor,
                    service_id,
                    span=span,
                    now=now,
                    room_id=room_id,
                    facilitator_id=facilitator_id,
                    title=title,
                    capacity=capacity,
                    price_minor=price_minor,
                )
            )
        except PlaceOccupied:
            raise PlaceOccupied(N_("On %(day)s the room or the person is taken at that time."), day=str(day)) from None
    return made


@action
def cancel_session(actor: Actor, session_id: int, *, now: dt.datetime, reason: str = "") -> Session:
    """Take a session off the timetable: no seat of it can be held any more, its room and host are free at once.

    Cancelling twice is once. What is booked in it is for whoever calls this. Raises NotFound (also for whoever may
    not: not theirs is as good as not there) and SessionBehindUs.
    """
    session: Session | None = db.session.scalar(
        select(Session)
        .where(Session.id == session_id)
        .with_for_update()
        .options(selectinload(Session.facilitator))
        .execution_options(populate_existing=True)
    )
    if session is None or not may_plan_session(
        actor, session.merchant_id, session.venue_id, session.facilitator.user_id if session.facilitator else None
    ):
        raise NotFound
    if session.state == "cancelled":
        return session
    if session.state != "scheduled" or session.ends_at <= now:
        raise SessionBehindUs
    session.state = "cancelled"
    session.version += 1
    release(session.claim_id)
    record(actor, "session.cancelled", f"session:{session.id}", reason=reason or None)
    return session


def _wanted(service: Service, room: Room | None, host: Facilitator | None, spans: Sequence[Span]) -> list[Wanted]:
    own = dt.timedelta(minutes=service.buffer_minutes)
    wanted = []
    for span in spans:
        if room is not None:
            after = max(own, dt.timedelta(minutes=room.buffer_minutes))
            wanted.append(Wanted(room.resource_id, span.padded(after=after), span.end, "session"))
        if host is not None:
            wanted.append(Wanted(host.resource_id, span.padded(after=own), span.end, "session"))
    return wanted


def _check(
    service: Service, room: Room | None, parts: Sequence[tuple[str, Span]], span: Span, now: dt.datetime
) -> None:
    problems: dict[str, str] = {}
    if span.start <= now:
        problems["starts_at"] = N_("A session begins in the future.")
    if service.kind != "session":
        problems["service"] = N_("Only services of the kind session have a timetable.")
    if room is None and not service.online:
        problems["room"] = N_("A session takes place in a room, or online.")
    if room is not None and room.venue.merchant_id != service.merchant_id:
        problems["room"] = N_("This room belongs to somebody else.")
    if any(not span.contains(part) for _, part in parts):
        problems["parts"] = N_("Every part lies between the start and the end.")
    if any(part.length > LONGEST_STRETCH for part in [part for _, part in parts] or [span]):
        problems["parts"] = N_("Longer than 13 days without a break: give it an agenda of parts.")
    if problems:
        raise NotValid(problems)


def _service(service_id: int) -> Service:
    service: Service | None = db.session.scalar(
        select(Service)
        .where(Service.id == service_id)
        .options(joinedload(Service.merchant), selectinload(Service.lengths))
    )
    if service is None:
        raise NotFound
    return service


def _room(room_id: int | None) -> Room | None:
    if room_id is None:
        return None
    room: Room | None = db.session.scalar(select(Room).where(Room.id == room_id).options(joinedload(Room.venue)))
    if room is None:
        raise NotFound
    return room


def _host(facilitator_id: int | None) -> Facilitator | None:
    if facilitator_id is None:
        return None
    host = db.session.get(Facilitator, facilitator_id)
    if host is None:
        raise NotFound
    return host
