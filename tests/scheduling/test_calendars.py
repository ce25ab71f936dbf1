"""Calendars as they are read: hours, closures, what is taken; in a constant number of queries, over the plain index."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from sqlalchemy import event, insert, text
from sqlalchemy.dialects.postgresql import Range

from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.infra.db import db
from bookapp.scheduling.actions.occupancy import Wanted, occupy, release
from bookapp.scheduling.models import Closure, Occupancy
from bookapp.scheduling.queries import (
    appointment_calendars,
    appointment_starts,
    free_rooms,
    people_calendars,
    room_calendars,
)
from bookapp.scheduling.rules import Code, Kind, free_spans, refusal
from bookapp.values.timespan import Span, day_span
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_venue, opens, works
from tests.scheduling.calendars import BERLIN, NOW, TUESDAY, at, span
from tests.support.queries import counted

DAY = day_span(TUESDAY, BERLIN)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return a_merchant()


@pytest.fixture
def venue(merchant: Merchant) -> Venue:
    made = a_venue(merchant)
    opens(made, at="09:00", until="18:00")
    return made


def take(resource_id: int, used: Span, *, buffer: int = 0, blocks_until: dt.datetime | None = None) -> uuid.UUID:
    claim = uuid.uuid4()
    wanted = Wanted(resource_id, used.padded(after=dt.timedelta(minutes=buffer)), used.end)
    assert occupy([wanted], claim, now=NOW, blocks_until=blocks_until) == []
    return claim


def free(room: Room, window: Span = DAY, *, now: dt.datetime = NOW) -> list[Span]:
    return free_spans(room_calendars([room], window, now=now)[room.id], window)


def test_a_room_has_the_hours_of_its_venue_or_its_own(venue: Venue) -> None:
    room, late = a_room(venue), a_room(venue)
    opens(late, at="18:00", until="02:00")
    assert free(room) == [span("09:00", "18:00")]
    assert free(late) == [span("00:00", "02:00"), span("18:00", "24:00")]
    assert free(a_room(a_venue())) == []


def test_the_limits_are_the_rooms(venue: Venue) -> None:
    room = a_room(venue, min_minutes=90, max_minutes=120, step_minutes=15, notice_minutes=60, horizon_days=30)
    calendar = room_calendars([room], DAY, now=NOW)[room.id]
    assert (calendar.zone, calendar.kind, calendar.limits.min_minutes) == (BERLIN, Kind.ROOM, 90)
    assert (calendar.limits.max_minutes, calendar.limits.step_minutes) == (120, 15)
    assert (calendar.limits.notice_minutes, calendar.limits.horizon_days) == (60, 30)


def test_closures_of_the_venue_and_of_the_room(venue: Venue) -> None:
    room, other = a_room(venue), a_room(venue)
    db.session.add_all(
        [
            Closure(venue_id=venue.id, starts_at=at("09:00"), ends_at=at("10:00"), reason="fire drill"),
            Closure(room_id=room.id, starts_at=at("12:00"), ends_at=at("13:00"), reason=""),
            Closure(room_id=room.id, starts_at=at("18:00") + HOUR * 48, ends_at=at("18:00") + HOUR * 50, reason=""),
        ]
    )
    db.session.commit()
    assert free(room) == [span("10:00", "12:00"), span("13:00", "18:00")]
    assert free(other) == [span("10:00", "18:00")]
    reason = refusal(room_calendars([room], DAY, now=NOW)[room.id], span("09:00", "10:00"))
    assert reason is not None
    assert (reason.code, reason.params) == (Code.CLOSED, {"why": "fire drill"})


def test_what_is_taken_and_what_is_given_back(venue: Venue) -> None:
    room = a_room(venue, buffer_minutes=30)
    claim = take(room.resource_id, span("12:00", "14:00"), buffer=30)
    assert free(room) == [span("09:00", "11:30"), span("14:30", "18:00")]
    release(claim)
    assert free(room) == [span("09:00", "18:00")]


def test_a_lapsed_hold_is_free_for_readers(venue: Venue) -> None:
    room = a_room(venue)
    take(room.resource_id, span("12:00", "14:00"), blocks_until=NOW + HOUR)
    assert free(room, now=NOW) == [span("09:00", "12:00"), span("14:00", "18:00")]
    assert free(room, now=NOW + HOUR) == [span("09:00", "18:00")]


def test_what_began_days_ago_is_still_seen(venue: Venue) -> None:
    room = a_room(venue)
    take(room.resource_id, Span(at("12:00") - 13 * 24 * HOUR, at("12:00")))
    assert free(room) == [span("12:00", "18:00")]


def test_a_window_answers_for_a_day_around_it(venue: Venue) -> None:
    room = a_room(venue)
    take(room.resource_id, span("16:00", "17:00"))
    calendar = room_calendars([room], span("10:00", "11:00"), now=NOW)[room.id]
    assert free_spans(calendar, span("09:00", "18:00")) == [span("09:00", "16:00"), span("17:00", "18:00")]
    without = room_calendars([room], DAY, now=NOW, occupied=False)[room.id]
    assert without.taken == ()


def test_ones_own_claims_are_passed_on(venue: Venue) -> None:
    room = a_room(venue)
    claim = take(room.resource_id, span("12:00", "14:00"))
    calendar = room_calendars([room], DAY, now=NOW, mine=frozenset({claim}))[room.id]
    reason = refusal(calendar, span("12:00", "14:00"))
    assert reason is not None
    assert reason.code is Code.YOURS


def test_a_person_is_one_person_for_every_merchant(app: Flask) -> None:
    person = a_facilitator(a_merchant(zone="Europe/London"))
    works(person, at="09:00", until="17:00")
    service = a_service(person.merchant, kind="appointment", buffer_minutes=15, notice_minutes=60, step_minutes=20)
    db.session.add(Closure(facilitator_id=person.id, starts_at=at("12:00"), ends_at=at("13:00"), reason="dentist"))
    take(person.resource_id, span("14:00", "15:00"), buffer=15)
    window = day_span(TUESDAY, "Europe/London")
    calendar = people_calendars([person], service, window, now=NOW)[person.id]
    assert (calendar.zone, calendar.kind) == ("Europe/London", Kind.PERSON)
    # 09:00 in London is 10:00 in Berlin, where this test's clocks hang.
    assert free_spans(calendar, window) == [
        span("10:00", "12:00"),
        span("13:00", "13:45"),
        span("15:15", "18:00"),
    ]
    assert people_calendars([person], None, window, now=NOW)[person.id].limits.step_minutes == 1


def test_an_appointment_needs_the_person_and_a_room(merchant: Merchant, venue: Venue) -> None:
    person = a_facilitator(merchant)
    works(person, at="09:00", until="18:00")
    first, second = a_room(venue), a_room(venue, buffer_minutes=30)
    service = a_service(merchant, kind="appointment", step_minutes=60, hosts=[person], rooms=[first, second])
    take(first.resource_id, span("09:00", "14:00"))
    take(second.resource_id, span("12:00", "18:00"))
    take(person.resource_id, span("09:00", "10:00"))

    def starts() -> list[dt.datetime]:
        return appointment_starts(service, person, 60, DAY, now=NOW)

    # The second room is cleaned for half an hour before 12:00; from 14:00 the first is free.
    assert starts() == [at("10:00"), at("14:00"), at("15:00"), at("16:00"), at("17:00")]
    assert [room.id for room in free_rooms(service, span("10:00", "11:00"), now=NOW)] == [second.id]
    assert [room.id for room in free_rooms(service, span("14:00", "15:00"), now=NOW)] == [first.id]
    service.online = True
    assert starts()[:2] == [at("10:00"), at("11:00")]


def test_rooms_are_taken_in_their_order(merchant: Merchant, venue: Venue) -> None:
    rooms = [a_room(venue) for _ in range(3)]
    service = a_service(merchant, kind="appointment", rooms=[rooms[2], rooms[0], rooms[1]])
    found = free_rooms(service, span("10:00", "11:00"), now=NOW)
    assert [room.id for room in found] == [rooms[2].id, rooms[0].id, rooms[1].id]


def test_nobody_asked_for_costs_nothing(app: Flask) -> None:
    with counted() as seen:
        assert room_calendars([], DAY, now=NOW) == {}
        assert people_calendars([], None, DAY, now=NOW) == {}
        assert appointment_calendars([], DAY, now=NOW) == {}
    assert seen == []


@pytest.mark.parametrize("many", [1, 12])
def test_the_number_of_queries_is_constant(merchant: Merchant, venue: Venue, many: int) -> None:
    rooms = [a_room(venue) for _ in range(many)]
    people = [a_facilitator(merchant) for _ in range(many)]
    services = [a_service(merchant, kind="appointment", rooms=rooms, hosts=people) for _ in range(2)]
    for model in (*rooms, *people, *services):
        db.session.refresh(model)
    pairs = [(service, person) for service in services for person in people]
    asked: list[Callable[[], object]] = [
        lambda: room_calendars(rooms, DAY, now=NOW),
        lambda: people_calendars(people, services[0], DAY, now=NOW),
        lambda: appointment_calendars(pairs, DAY, now=NOW),
    ]
    # The version of what is remembered, and what is taken: of rooms, of people, of both.
    for ask, queries in zip(asked, (2, 2, 3), strict=True):
        ask()
        db.session.commit()
        with counted() as seen:
            ask()
        assert len(seen) == queries


def test_occupancy_is_read_over_the_plain_index_within_bounds(venue: Venue) -> None:
    rooms = [a_room(venue) for _ in range(40)]
    fill(rooms)
    with counted() as seen:
        room_calendars(rooms[:12], DAY, now=NOW)
    (read,) = [statement for statement in seen if "FROM occupancy" in statement]
    assert "gist" not in read
    plan = explained(rooms[:12], DAY)
    assert "ix_occupancy_resource_start" in plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "resource_id = ANY" in condition
    assert condition.count("lower(during)") == 2


def fill(rooms: Sequence[Room]) -> None:
    """Two bookings a day for a year: enough for the planner to choose as it does in life."""
    start = at("09:00") - dt.timedelta(days=180)
    rows = [
        {
            "resource_id": room.resource_id,
            "claim_id": uuid.UUID(int=number * 1000 + hour),
            "kind": "booking",
            "during": Range(begin := start + dt.timedelta(days=number, hours=hour), begin + HOUR),
            "used_until": begin + HOUR,
        }
        for room in rooms
        for number in range(365)
        for hour in (0, 4)
    ]
    db.session.execute(insert(Occupancy), rows)
    db.session.execute(text("ANALYZE occupancy"))


def explained(rooms: Sequence[Room], window: Span) -> str:
    """The plan of the statement `room_calendars` sends, with its own values."""
    sent: list[tuple[str, object]] = []
    engine = db.session.connection()

    def note(_c: object, _cursor: object, statement: str, parameters: object, _x: object, _many: bool) -> None:
        if "FROM occupancy" in statement and not statement.startswith("EXPLAIN"):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        room_calendars(rooms, window, now=NOW)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    statement, parameters = sent[0]
    cursor = engine.connection.cursor()
    cursor.execute("EXPLAIN " + statement, parameters)
    return "\n".join(row[0] for row in cursor.fetchall())
