"""An hour of a person: when they and, unless it is online, one of the service's rooms are free together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from bookapp.catalog.models import Facilitator, Room, Service, ServiceRoom
from bookapp.infra.db import db
from bookapp.scheduling.queries.calendars import (
    NO_ONE,
    UNLIMITED,
    RoomFacts,
    limits_of,
    people_calendars,
    room_calendars,
)
from bookapp.scheduling.rules import Calendar, joint_starts, refusal
from bookapp.values.timespan import Span


@dataclass(frozen=True, slots=True)
class Appointments:
    """The calendars that decide about one service with one person; `places` is None when it needs no room."""

    person: Calendar
    places: tuple[Calendar, ...] | None

    def without(self, claims: Collection[uuid.UUID]) -> Appointments:
        """The same without what these claims take, of person and places."""
        places = None if self.places is None else tuple(place.without(claims) for place in self.places)
        return Appointments(self.person.without(claims), places)

    def starts(self, window: Span, minutes: int) -> list[dt.datetime]:
        """The instants in `window` at which an appointment of `minutes` may start."""
        return joint_starts(self.person, self.places, window, minutes)


def appointment_starts(
    service: Service,
    facilitator: Facilitator,
    minutes: int,
    window: Span,
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID] = NO_ONE,
) -> list[dt.datetime]:
    """The instants in `window` at which `facilitator` can be had for `minutes` of `service`."""
    both = appointment_calendars([(service, facilitator)], window, now=now, mine=mine)
    return both[service.id, facilitator.id].starts(window, minutes)


def appointment_calendars(
    pairs: Sequence[tuple[Service, Facilitator]],
    window: Span,
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID] = NO_ONE,
) -> dict[tuple[int, int], Appointments]:
    """The calendars of many (service, person) pairs by their ids: seven queries, however many pairs."""
    people = people_calendars(list({one.id: one for _, one in pairs}.values()), None, window, now=now, mine=mine)
    rooms = _rooms_of({service.id for service, _ in pairs if not service.online})
    every = {room.id: room for of_service in rooms.values() for room in of_service}
    calendars = _place_calendars(list(every.values()), window, now=now, mine=mine)
    return {
        (service.id, person.id): Appointments(
            person=replace(people[person.id], limits=limits_of(service)),
            places=None if service.online else tuple(calendars[room.id] for room in rooms[service.id]),
        )
        for service, person in pairs
    }


def free_rooms(
    service: Service,
    span: Span,
    *,
    now: dt.datetime,
    mine: frozenset[uuid.UUID] = NO_ONE,
    without: frozenset[uuid.UUID] = NO_ONE,
    staff: bool = False,
) -> list[RoomFacts]:
    """The rooms of `service` that are free for `span`, in the order in which they are to be taken.

    What the claims in `without` take counts as free; `staff` overrides all but what is taken.
    """
    rooms = _rooms_of({service.id})[service.id]
    calendars = _place_calendars(rooms, span, now=now, mine=mine)
    return [room for room in rooms if refusal(calendars[room.id].without(without), span, staff=staff) is None]


def _place_calendars(
    rooms: Sequence[RoomFacts], window: Span, *, now: dt.datetime, mine: frozenset[uuid.UUID]
) -> dict[int, Calendar]:
    """Of the rooms only hours, closures, what is taken and their buffer count: the other limits are the service's."""
    return {
        room_id: replace(
            calendar,
            limits=replace(UNLIMITED, buffer_minutes=calendar.limits.buffer_minutes),
        )
        for room_id, calendar in room_calendars(rooms, window, now=now, mine=mine).items()
    }


def _rooms_of(service_ids: Collection[int]) -> defaultdict[int, list[RoomFacts]]:
    """The listed rooms each service may use, in the order of choice: rows with the columns of `RoomFacts`."""
    rooms: defaultdict[int, list[RoomFacts]] = defaultdict(list)
    if not service_ids:
        return rooms
    rows = db.session.execute(
        select(
            ServiceRoom.service_id,
            Room.id,
            Room.resource_id,
            Room.venue_id,
            Room.name,
            Room.min_minutes,
            Room.max_minutes,
            Room.step_minutes,
            Room.buffer_minutes,
            Room.notice_minutes,
            Room.horizon_days,
        )
        .join(Room, Room.id == ServiceRoom.room_id)
        .where(ServiceRoom.service_id.in_(service_ids), Room.listed)
        .order_by(ServiceRoom.service_id, ServiceRoom.position, Room.id)
    )
    for row in rows:
        rooms[row.service_id].append(row)
    return rooms
