"""What a price depends on, of each thing one can book; and what lists of things cost now, in one query for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from bookapp.catalog.models import Facilitator, Room, Service, ServiceLength, Venue
from bookapp.pricing.queries import tariffs_of
from bookapp.pricing.rules import Facts, Subject
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.scheduling.models import Session
from bookapp.values.money import Money
from bookapp.values.timespan import Span

Row = TypeVar("Row")


class SeatRow(Protocol):
    """A session as any list of them reads it. `level` is its host's, "" without one; `price` is of a seat, unruled."""

    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def ends_at(self) -> dt.datetime: ...
    @property
    def zone(self) -> str: ...
    @property
    def capacity(self) -> int: ...
    @property
    def seats_taken(self) -> int: ...
    @property
    def merchant_id(self) -> int: ...
    @property
    def venue_id(self) -> int | None: ...
    @property
    def service_id(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def price(self) -> Money: ...


def room_facts(room: Room, venue: Venue, span: Span, now: dt.datetime) -> Facts:
    """A room hired for `span`, booked at `now`."""
    return Facts(
        Subject.ROOM,
        room.name,
        span,
        venue.zone,
        Money(room.rate_minor, venue.currency),
        now,
        day_rate=None if room.day_rate_minor is None else Money(room.day_rate_minor, venue.currency),
        venue_id=venue.id,
        room_id=room.id,
    )


def session_facts(session: Session, seats: int, now: dt.datetime) -> Facts:
    """Seats in a session, taken at `now`."""
    return Facts(
        Subject.SEATS,
        session.title,
        Span(session.starts_at, session.ends_at),
        session.zone,
        Money(session.price_minor, session.currency),
        now,
        seats=seats,
        seats_taken=session.seats_taken,
        capacity=session.capacity,
        level=session.facilitator.level if session.facilitator else "",
        venue_id=session.venue_id,
        service_id=session.service_id,
    )


def appointment_facts(
    service: Service, length: ServiceLength, host: Facilitator, starts_at: dt.datetime, now: dt.datetime
) -> Facts:
    """One of a service's lengths with `host`, booked at `now`. It takes place where the service's first room is."""
    venue = service.rooms[0].venue if service.rooms and not service.online else None
    return Facts(
        Subject.APPOINTMENT,
        service.name,
        Span(starts_at, starts_at + dt.timedelta(minutes=length.minutes)),
        venue.zone if venue else host.zone,
        Money(length.price_minor, service.merchant.currency),
        now,
        level=host.level,
        venue_id=venue.id if venue else None,
        service_id=service.id,
    )


def appointment_totals(
    host: Facilitator, asked: Sequence[tuple[Service, ServiceLength, dt.datetime]], *, now: dt.datetime
) -> list[Money]:
    """What each of these lengths at these starts costs somebody who takes it now, tax included: one query."""
    tariffs = tariffs_of({service.merchant_id for service, _length, _at in asked})
    return [
        tariffs[service.merchant_id].total(appointment_facts(service, length, host, at, now))
        for service, length, at in asked
    ]


def seat_totals(rows: Collection[SeatRow], *, now: dt.datetime, seats: int = 1) -> dict[int, Money]:
    """What `seats` in each of these sessions cost somebody who takes them now, tax included: one query."""
    tariffs = tariffs_of({row.merchant_id for row in rows})
    return {row.id: _total(row, tariffs, now, seats) for row in rows}


def priced_now(rows: Iterable[Row], *, now: dt.datetime) -> list[Row]:
    """The same rows (dataclasses with a `price_minor`) with what one seat costs now as their price."""
    listed: list[Any] = list(rows)
    totals = seat_totals(listed, now=now)
    return [replace(row, price_minor=totals[row.id].minor) for row in listed]


def _total(row: SeatRow, tariffs: Mapping[int, Tariff], now: dt.datetime, seats: int) -> Money:
    return tariffs[row.merchant_id].total(
        Facts(
            Subject.SEATS,
            row.title,
            Span(row.starts_at, row.ends_at),
            row.zone,
            row.price,
            now,
            seats=seats,
            seats_taken=row.seats_taken,
            capacity=row.capacity,
            level=row.level,
            venue_id=row.venue_id,
            service_id=row.service_id,
        )
    )
