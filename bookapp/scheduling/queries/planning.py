"""What a session to be meets: its room, its host, and the service's other rooms. Nine queries, however many dates."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import joinedload, selectinload

from bookapp.catalog.models import Facilitator, Merchant, Room, Service
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.calendars import AROUND, UNLIMITED, people_calendars, room_calendars
from bookapp.scheduling.rules import (
    Calendar,
    Limits,
    Occurrence,
    Place,
    PlannedDay,
    SessionDraft,
    joint_starts,
    planned,
)
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span

# Nobody plans a class at 09:07, and nobody who asked for Tuesday wants an answer two weeks off.
_STEP_MINUTES = 30
_NEAR = dt.timedelta(days=7)
NO_CLAIMS: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A draft understood: the service (with merchant, lengths, rooms and hosts), the room (with venue), the host."""

    service: Service
    room: Room | None
    host: Facilitator | None

    @property
    def merchant(self) -> Merchant:
        """Whose it is."""
        return self.service.merchant

    @property
    def venue_id(self) -> int | None:
        """Where it is to be; None online."""
        return self.room.venue_id if self.room else None

    @property
    def zone(self) -> str:
        """The zone of its wall times."""
        return self.room.venue.zone if self.room else self.merchant.zone

    @property
    def currency(self) -> str:
        """What its price is in."""
        return self.room.venue.currency if self.room else self.merchant.currency

    def after(self, room: Room) -> dt.timedelta:
        """What follows it in `room`: the longer of the two buffers."""
        return dt.timedelta(minutes=max(self.service.buffer_minutes, room.buffer_minutes))

    @property
    def own_after(self) -> dt.timedelta:
        """What follows it for its host."""
        return dt.timedelta(minutes=self.service.buffer_minutes)


def understood(draft: SessionDraft) -> Planned:
    """What the ids of a draft stand for. Raises NotFound."""
    service: Service | None = db.session.scalar(
        select(Service)
        .where(Service.id == draft.service_id)
        .options(
            joinedload(Service.merchant),
            selectinload(Service.lengths),
            selectinload(Service.hosts),
            selectinload(Service.rooms.and_(Room.listed)).joinedload(Room.venue),
        )
    )
    if service is None:
        raise NotFound
    return Planned(service, room_with_venue(draft.room_id), host_by_id(draft.facilitator_id))


def room_with_venue(room_id: int | None) -> Room | None:
    """Any room, listed or not; None for None. Raises NotFound."""
    if room_id is None:
        return None
    room: Room | None = db.session.scalar(select(Room).where(Room.id == room_id).options(joinedload(Room.venue)))
    if room is None:
        raise NotFound
    return room


def host_by_id(facilitator_id: int | None) -> Facilitator | None:
    """Any person, listed or not; None for None. Raises NotFound."""
    if facilitator_id is None:
        return None
    host = db.session.get(Facilitator, facilitator_id)
    if host is None:
        raise NotFound
    return host


def planned_days(
    plan: Planned, dates: Sequence[Occurrence], *, now: dt.datetime, but: Collection[uuid.UUID] = NO_CLAIMS
) -> list[PlannedDay]:
    """What each date meets, with another room of the service's own where the asked one is not to be had."""
    if not dates:
        return []
    window = Span(min(one.span.start for one in dates), max(one.span.end for one in dates)).padded(after=AROUND)
    room, person, others = _places(plan, window, now)
    return [planned(one, room, person, others, but=but) for one in dates]


def nearest_starts(
    plan: Planned, span: Span, *, now: dt.datetime, but: Collection[uuid.UUID] = NO_CLAIMS, limit: int = 3
) -> list[dt.datetime]:
    """The starts nearest to `span` at which the same length fits room and host, in open hours, within a week."""
    window = Span(max(now, span.start - _NEAR), max(now, span.start) + _NEAR)
    room, person, _others = _places(plan, Span(window.start, window.end + span.length), now, with_others=False)
    there = [_on_steps(place, but) for place in (room, person) if place]
    if not there:
        return []
    first, *rest = there
    found = joint_starts(first, rest or None, window, span.minutes)
    return sorted(found, key=lambda at: (abs(at - span.start), at))[:limit]


def _on_steps(place: Place, but: Collection[uuid.UUID]) -> Calendar:
    minutes = int(place.after.total_seconds() // 60)
    limits = replace(UNLIMITED, step_minutes=_STEP_MINUTES, buffer_minutes=minutes)
    return replace(place.calendar.without(but), limits=limits)


def _places(
    plan: Planned, window: Span, now: dt.datetime, *, with_others: bool = True
) -> tuple[Place | None, Place | None, list[Place]]:
    rooms = [plan.room] if plan.room else []
    if plan.room and with_others:
        currency = plan.currency
        rooms += [each for each in plan.service.rooms if each.id != plan.room.id and each.venue.currency == currency]
    calendars = room_calendars(rooms, window, now=now)
    people = people_calendars([plan.host] if plan.host else [], None, window, now=now)
    titles = _titles(plan.merchant.id, [*calendars.values(), *people.values()])
    places = [Place(room.id, room.name, _unlimited(calendars[room.id]), plan.after(room), titles) for room in rooms]
    host = plan.host
    person = Place(host.id, host.name, _whenever(people[host.id], window), plan.own_after, titles) if host else None
    return (places[0] if places else None), person, places[1:]


def _unlimited(calendar: Calendar) -> Calendar:
    return replace(calendar, limits=_of_staff(calendar.limits))


def _whenever(calendar: Calendar, window: Span) -> Calendar:
    """Whoever plans knows when people work; their time off counts."""
    return replace(calendar, open=(window.padded(before=AROUND, after=AROUND),), limits=_of_staff(calendar.limits))


def _of_staff(limits: Limits) -> Limits:
    return replace(UNLIMITED, buffer_minutes=limits.buffer_minutes)


def _titles(merchant_id: int, calendars: Sequence[Calendar]) -> dict[uuid.UUID, str]:
    """What the house's own sessions are called, by their claims; of another merchant's nobody learns."""
    claims = {one.claim_id for calendar in calendars for one in calendar.taken if one.kind == "session"}
    if not claims:
        return {}
    wanted = literal(sorted(claims), ARRAY(UUID(as_uuid=True)))
    rows = db.session.execute(
        select(Session.claim_id, Session.title).where(
            Session.claim_id == any_(wanted), Session.merchant_id == merchant_id
        )
    )
    return {row.claim_id: row.title for row in rows}
