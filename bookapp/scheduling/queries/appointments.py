"""An hour of a person: when they and, unless it is online, one of the service's rooms are free together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import select

from bookapp.catalog.models import Facilitator, Room, Service, ServiceRoom
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
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
    """The calendars of many (service, person) pairs by their ids: two queries, however many pairs."""
    people = people_calendars(list({one.id: one for _, one in pairs}.values()), None, window, now=now, mine=mine)
    rooms = _rooms_of(service.id for service, _ in pairs if not service.online)
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
    rooms = _rooms_of([service.id])[service.id]
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


def _rooms_of(service_ids: Iterable[int]) -> Mapping[int, tuple[ServiceRoomRow, ...]]:
    asked = tuple(sorted(set(service_ids)))
    return rooms_of_services(asked) if asked else {}


class ServiceRoomRow(NamedTuple):
    """A listed room that a service may use: the columns of `RoomFacts`, and its name."""

    id: int
    resource_id: int
    venue_id: int
    name: str
    min_minutes: int
    max_minutes: int
    step_minutes: int
    buffer_minutes: int
    notice_minutes: int
    horizon_days: int


_ROOM, _LINK = Room.__table__.c, ServiceRoom.__table__.c


@remembered(most=1024)
def rooms_of_services(service_ids: tuple[int, ...]) -> Mapping[int, tuple[ServiceRoomRow, ...]]:
    """The listed rooms each service may use, in the order of choice; none for one that needs no room."""
    rooms: dict[int, tuple[ServiceRoomRow, ...]] = dict.fromkeys(service_ids, ())
    rows = db.session.execute(
        select(_LINK.service_id, *(_ROOM[name] for name in ServiceRoomRow._fields))
        .join(Room.__table__, _ROOM.id == _LINK.room_id)
        .where(_LINK.service_id.in_(service_ids), _ROOM.listed)
        .order_by(_LINK.service_id, _LINK.position, _ROOM.id)
    )
    for service_id, *room in rows:
        rooms[service_id] += (ServiceRoomRow(*room),)
    return rooms
