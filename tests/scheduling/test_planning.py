"""Hours, closures and sessions as they are set: by whom, over clock changes, and never two in one place."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from bookapp.audit.models import AuditEntry
from bookapp.catalog.models import Facilitator, Merchant, Room, Service, Venue
from bookapp.identity.actor import SYSTEM, Actor, Grant
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import add_closure, set_opening_hours, set_working_hours
from bookapp.scheduling.actions.sessions import create_series, create_session
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.models import Closure, Occupancy, OpeningHours, Session, WorkingHours
from bookapp.scheduling.queries import room_calendars
from bookapp.scheduling.rules import Hours, SessionDraft, Weekly, free_spans
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.timespan import Span, day_span, wall
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_user, a_venue, actor_of, opens
from tests.scheduling.calendars import BERLIN, NOW, TUESDAY, at, span

HOUR = dt.timedelta(hours=1)
MONDAY_MORNING = [Hours(0, dt.time(9), dt.time(12))]


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return a_merchant()


@pytest.fixture
def venue(merchant: Merchant) -> Venue:
    return a_venue(merchant)


@pytest.fixture
def room(venue: Venue) -> Room:
    return a_room(venue, buffer_minutes=30)


@pytest.fixture
def host(merchant: Merchant) -> Facilitator:
    return a_facilitator(merchant)


@pytest.fixture
def service(merchant: Merchant, host: Facilitator, room: Room) -> Service:
    return a_service(merchant, name="Slow flow", buffer_minutes=15, hosts=[host], rooms=[room])


def with_role(role: str, merchant: Merchant, venue: Venue | None = None) -> Actor:
    user = a_user()
    return Actor(user_id=user.id, grants=(Grant(role, merchant.id, venue.id if venue else None),))


def occupied() -> list[tuple[int, Span, dt.datetime]]:
    rows = db.session.execute(
        select(Occupancy.resource_id, Occupancy.during, Occupancy.used_until, Occupancy.kind).order_by(
            Occupancy.resource_id, func.lower(Occupancy.during)
        )
    ).all()
    assert {row.kind for row in rows} <= {"session"}
    return [(row.resource_id, Span(row.during.lower, row.during.upper), row.used_until) for row in rows]


def test_hours_are_replaced_as_a_whole(venue: Venue, room: Room) -> None:
    set_opening_hours(SYSTEM, [Hours(1, dt.time(9), dt.time(18))], venue_id=venue.id)
    set_opening_hours(SYSTEM, MONDAY_MORNING, venue_id=venue.id)
    set_opening_hours(SYSTEM, [Hours(1, dt.time(22), dt.time(2))], room_id=room.id)
    rows = db.session.execute(select(OpeningHours.venue_id, OpeningHours.room_id, OpeningHours.weekday)).all()
    assert sorted(map(tuple, rows), key=str) == sorted([(venue.id, None, 0), (None, room.id, 1)], key=str)
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "opening_hours.set")) == 3


def test_working_hours(host: Facilitator) -> None:
    set_working_hours(SYSTEM, host.id, MONDAY_MORNING)
    row = db.session.scalars(select(WorkingHours)).one()
    assert (row.weekday, row.starts, row.ends) == (0, dt.time(9), dt.time(12))


def test_who_may_set_hours(merchant: Merchant, venue: Venue, room: Room) -> None:
    manager, elsewhere = with_role("manager", merchant, venue), with_role("manager", merchant, a_venue(merchant))
    set_opening_hours(with_role("owner", merchant), MONDAY_MORNING, venue_id=venue.id)
    set_opening_hours(manager, MONDAY_MORNING, room_id=room.id)
    add_closure(manager, span("09:00", "10:00"), room_id=room.id)
    for actor in (elsewhere, with_role("facilitator", merchant), with_role("owner", a_merchant()), Actor()):
        with pytest.raises(NotAllowed):
            set_opening_hours(actor, MONDAY_MORNING, room_id=room.id)
        with pytest.raises(NotAllowed):
            add_closure(actor, span("09:00", "10:00"), venue_id=venue.id)


def test_people_set_their_own_time_off(merchant: Merchant) -> None:
    user = a_user()
    person = a_facilitator(merchant, user_id=user.id)
    set_working_hours(actor_of(user), person.id, MONDAY_MORNING)
    closure = add_closure(actor_of(user), span("09:00", "12:00"), facilitator_id=person.id, reason="dentist")
    assert (closure.facilitator_id, closure.venue_id, closure.reason) == (person.id, None, "dentist")
    with pytest.raises(NotAllowed):
        add_closure(actor_of(a_user()), span("09:00", "12:00"), facilitator_id=person.id)


def test_what_is_not_there_cannot_be_set(app: Flask) -> None:
    with pytest.raises(NotFound):
        set_opening_hours(SYSTEM, MONDAY_MORNING, room_id=10**9)
    with pytest.raises(NotFound):
        set_working_hours(SYSTEM, 10**9, MONDAY_MORNING)
    with pytest.raises(NotFound):
        add_closure(SYSTEM, span("09:00", "12:00"))
    with pytest.raises(NotValid):
        set_opening_hours(SYSTEM, [Hours(7, dt.time(9), dt.time(12))], venue_id=1)


def test_a_closure_takes_what_is_left_of_the_day(venue: Venue, room: Room) -> None:
    opens(venue, at="09:00", until="18:00")
    add_closure(SYSTEM, span("12:00", "18:00"), venue_id=venue.id, reason="company picnic")
    day = day_span(TUESDAY, BERLIN)
    assert free_spans(room_calendars([room], day, now=NOW)[room.id], day) == [span("09:00", "12:00")]
    assert db.session.scalars(select(Closure)).one().reason == "company picnic"


def test_a_session_takes_its_room_and_its_host(service: Service, room: Room, host: Facilitator) -> None:
    made = create_session(
        SYSTEM, service.id, span=span("10:00", "11:00"), now=NOW, room_id=room.id, facilitator_id=host.id
    )
    assert (made.title, made.capacity, made.seats_taken, made.price_minor) == ("Slow flow", 12, 0, 1600)
    assert (made.zone, made.currency, made.online) == (BERLIN, "EUR", False)
    # The longer of the two buffers counts for the room, the service's own for the person.
    assert sorted(occupied()) == sorted(
        [
            (room.resource_id, span("10:00", "11:30"), at("11:00")),
            (host.resource_id, span("10:00", "11:15"), at("11:00")),
        ]
    )


def test_no_two_sessions_in_one_place(merchant: Merchant, service: Service, room: Room, host: Facilitator) -> None:
    def plan(start: str, end: str, **where: int) -> Session:
        return create_session(SYSTEM, service.id, span=span(start, end), now=NOW, **where)

    plan("10:00", "11:00", room_id=room.id, facilitator_id=host.id)
    with pytest.raises(PlaceOccupied):
        plan("11:00", "12:00", room_id=room.id)
    other = a_room(room.venue)
    with pytest.raises(PlaceOccupied):
        plan("10:30", "11:30", room_id=other.id, facilitator_id=host.id)
    # What was refused took nothing: the other room is free at that very time.
    plan("10:30", "11:30", room_id=other.id)
    plan("11:30", "12:30", room_id=room.id, facilitator_id=host.id)


def test_of_a_retreat_the_parts_and_not_the_nights_are_taken(service: Service, room: Room, host: Facilitator) -> None:
    wednesday = TUESDAY + dt.timedelta(days=1)
    parts = (("Arrival", span("16:00", "18:00")), ("Practice", span("08:00", "11:00", wednesday)))
    made = create_session(
        SYSTEM,
        service.id,
        span=Span(at("16:00"), at("11:00", wednesday)),
        now=NOW,
        room_id=room.id,
        facilitator_id=host.id,
        parts=parts,
        capacity=8,
        price_minor=42000,
    )
    assert [part.title for part in made.parts] == ["Arrival", "Practice"]
    assert [when for resource, when, _ in occupied() if resource == room.resource_id] == [
        span("16:00", "18:30"),
        span("08:00", "11:30", wednesday),
    ]
    create_session(SYSTEM, service.id, span=span("19:00", "21:00"), now=NOW, room_id=room.id, facilitator_id=host.id)


def test_what_makes_no_session(merchant: Merchant, service: Service, room: Room) -> None:
    appointment = a_service(merchant, kind="appointment")
    later = span("10:00", "11:00")

    def problems(service_id: int, when: Span = later, **facts: object) -> set[str]:
        with pytest.raises(NotValid) as refused:
            create_session(SYSTEM, service_id, span=when, now=NOW, **{"room_id": room.id} | facts)  # type: ignore[arg-type]
        return set(refused.value.fields)

    assert problems(service.id, Span(NOW, NOW + HOUR)) == {"starts_at"}
    assert problems(appointment.id) == {"service"}
    assert problems(service.id, room_id=None) == {"room"}
    assert problems(service.id, room_id=a_room().id) == {"room"}
    assert problems(service.id, parts=(("Late", span("10:30", "11:30")),)) == {"parts"}
    assert problems(service.id, Span(at("10:00"), at("10:00") + 24 * 14 * HOUR)) == {"parts"}
    quarter = Span(at("10:00"), at("10:00") + 24 * 93 * HOUR)
    assert problems(service.id, quarter, parts=(("First", span("10:00", "11:00")),)) == {"parts"}
    with pytest.raises(NotFound):
        create_session(SYSTEM, 10**9, span=later, now=NOW)
    with pytest.raises(NotFound):
        create_session(SYSTEM, service.id, span=later, now=NOW, room_id=10**9)
    with pytest.raises(NotFound):
        create_session(SYSTEM, service.id, span=later, now=NOW, room_id=room.id, facilitator_id=10**9)


def test_who_may_plan_a_session(merchant: Merchant, venue: Venue, service: Service, room: Room) -> None:
    user = a_user()
    own = a_facilitator(merchant, user_id=user.id)
    create_session(
        actor_of(user), service.id, span=span("10:00", "11:00"), now=NOW, room_id=room.id, facilitator_id=own.id
    )
    for actor in (actor_of(user), with_role("owner", a_merchant()), Actor()):
        with pytest.raises(NotAllowed):
            create_session(actor, service.id, span=span("14:00", "15:00"), now=NOW, room_id=room.id)
    manager = with_role("manager", merchant, venue)
    create_session(manager, service.id, span=span("14:00", "15:00"), now=NOW, room_id=room.id)


def test_a_class_at_nine_stays_at_nine(service: Service, room: Room, host: Facilitator) -> None:
    weekly = Weekly(dt.date(2027, 3, 15), dt.date(2027, 4, 5), frozenset({0, 2}), dt.time(9), minutes=60)
    made = create_series(SYSTEM, SessionDraft(service.id, room.id, host.id), weekly, now=NOW, key="nine")
    assert [f"{wall(one.starts_at, BERLIN):%a %d %b %H:%M}" for one in made] == [
        "Mon 15 Mar 09:00",
        "Wed 17 Mar 09:00",
        "Mon 22 Mar 09:00",
        "Wed 24 Mar 09:00",
        "Mon 29 Mar 09:00",
        "Wed 31 Mar 09:00",
        "Mon 05 Apr 09:00",
    ]
    assert [one.starts_at.astimezone(dt.UTC).hour for one in made] == [8, 8, 8, 8, 7, 7, 7]
    assert len(occupied()) == 14


def test_a_series_is_all_or_none_and_names_the_day(service: Service, room: Room) -> None:
    def plan(**facts: object) -> list[Session]:
        weekly = Weekly(TUESDAY, TUESDAY + dt.timedelta(days=14), frozenset({1}), dt.time(10), minutes=60)
        given = replace(weekly, **facts)  # type: ignore[arg-type]
        return create_series(SYSTEM, SessionDraft(service.id, room.id), given, now=NOW, key=repr(facts))

    create_session(
        SYSTEM, service.id, span=span("10:30", "11:00", TUESDAY + dt.timedelta(days=7)), now=NOW, room_id=room.id
    )
    with pytest.raises(PlaceOccupied, match="On 2026-12-01 the room"):
        plan()
    assert db.session.scalar(select(func.count()).select_from(Session)) == 1
    assert len(plan(at=dt.time(12))) == 3
    assert plan(weekdays=frozenset()) == []
    for wrong in (
        {"weekdays": frozenset({7})}, {"last": TUESDAY + dt.timedelta(days=400)}, {"minutes": 0},
        {"last": TUESDAY - dt.timedelta(days=1)},
    ):  # fmt: skip
        with pytest.raises(NotValid):
            plan(**wrong)
