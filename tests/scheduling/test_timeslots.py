"""Timeslots: made on a room's grid; the room is theirs from the first seat to the last, and anybody's meanwhile."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.errors import SlotTaken
from bookapp.booking.rules import NewTime, RoomWish, SeatWish
from bookapp.catalog.models import Room, Service
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import add_closure
from bookapp.scheduling.actions.sessions import cancel_session, change_session, create_session
from bookapp.scheduling.actions.timeslots import generate_timeslots, make_timeslots
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.models import Occupancy, Session, TimeslotRun
from bookapp.scheduling.queries.timetable import Choice, days_on, timetable
from bookapp.scheduling.rules import SessionChanges, SlotGrid, slot_starts
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.timespan import Span, wall
from tests.builders import a_merchant, a_room, a_service, a_user, a_venue, actor_of
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, always_open, at, seats_taken
from tests.builders.staff import a_manager_of
from tests.support.client import Client
from tests.support.jobs import promised, work_off

BERLIN = "Europe/Berlin"
DAY = dt.date(2027, 3, 8)  # a Monday, a week after NOW
HOUR = dt.timedelta(hours=1)


def clocks(grid: SlotGrid, first: dt.date = DAY, last: dt.date = DAY, zone: str = BERLIN) -> list[str]:
    return [
        f"{wall(one.start, zone):%H:%M}-{wall(one.end, zone):%H:%M}" for one in slot_starts(grid, first, last, zone)
    ]


def test_the_numbers_of_the_grid() -> None:
    usual = clocks(SlotGrid())
    assert (len(usual), usual[0], usual[-1]) == (16, "09:00-09:30", "16:30-17:00")
    assert clocks(SlotGrid(minutes=60, buffer_minutes=30, closes=dt.time(13))) == [
        "09:00-10:00", "10:30-11:30", "12:00-13:00",
    ]  # fmt: skip
    assert clocks(SlotGrid(minutes=60, closes=dt.time(11, 59)))[-1] == "10:00-11:00", "none ends after closing"
    assert len(clocks(SlotGrid(), DAY, DAY + dt.timedelta(days=1))) == 32, "both days included"
    assert clocks(SlotGrid(dt.time(22), dt.time(1), 60))[-1] == "00:00-01:00", "over midnight"


def test_a_night_without_an_hour_has_an_hour_less() -> None:
    night = SlotGrid(dt.time(0), dt.time(4), 60)
    assert clocks(night, dt.date(2027, 3, 28), dt.date(2027, 3, 28)) == ["00:00-01:00", "01:00-03:00", "03:00-04:00"]
    assert len(clocks(night, dt.date(2027, 10, 31), dt.date(2027, 10, 31))) == 5


@pytest.fixture
def room(app: object) -> Room:
    venue = always_open(a_venue(a_merchant(), name="Hof", zone=BERLIN))
    return a_room(venue, name="Linden", rate_minor=3000, buffer_minutes=15, min_minutes=30, step_minutes=15)


@pytest.fixture
def service(room: Room) -> Service:
    return a_service(room.venue.merchant, name="The clockmaker's room", capacity=6, rooms=[room])


def generate(room: Room, **facts: object) -> TimeslotRun:
    given = {"first": DAY, "last": DAY, "now": NOW, "minutes": 60} | facts
    return generate_timeslots(SYSTEM, room.id, **given)  # type: ignore[arg-type]


def slots(room: Room) -> list[Session]:
    wanted = select(Session).where(Session.room_id == room.id).order_by(Session.starts_at, Session.id)
    return list(db.session.scalars(wanted))


def occupied(room: Room) -> list[Span]:
    rows = db.session.scalars(
        select(Occupancy.during).where(Occupancy.resource_id == room.resource_id, Occupancy.active)
    )
    return sorted(Span(row.lower, row.upper) for row in rows)


def test_made_for_the_rooms_rate_with_its_buffer_and_not_twice(room: Room, service: Service) -> None:
    run = generate(room, service_id=service.id)
    assert (run.wanted, run.made, run.finished_at) == (6, 6, NOW)
    made = slots(room)
    assert [f"{wall(one.starts_at, BERLIN):%H:%M}" for one in made[:2]] == ["09:00", "10:15"]
    assert {(one.price_minor, one.capacity, one.title, one.on_grid, one.currency) for one in made} == {
        (3000, 6, "The clockmaker's room", True, "EUR")
    }
    assert occupied(room) == [], "the room can be hired by the hour meanwhile"
    again = generate(room, service_id=service.id)
    assert (again.wanted, again.made, len(slots(room))) == (0, 0, 6)
    more = generate(room, service_id=service.id, last=DAY + dt.timedelta(days=1))
    assert (more.wanted, more.made) == (6, 6)


def test_half_an_hour_costs_half_and_without_a_rate_nothing(room: Room) -> None:
    generate(room, minutes=30, buffer_minutes=0)
    assert {one.price_minor for one in slots(room)} == {1500}
    assert len(slots(room)) == 16
    free = a_room(room.venue, rate_minor=0)
    generate(free)
    assert {one.price_minor for one in slots(free)} == {0}


def test_without_a_service_they_are_the_rooms_own(room: Room) -> None:
    generate(room)
    generate(room, first=DAY + dt.timedelta(days=1), last=DAY + dt.timedelta(days=1))
    (service,) = db.session.scalars(select(Service)).all()
    assert (service.slug, service.kind, service.capacity) == (f"{room.slug}-timeslots", "session", 1)
    assert {one.service_id for one in slots(room)} == {service.id}
    db.session.add(Service(merchant_id=a_merchant().id, slug="mine-timeslots", name="x", kind="session"))
    stranger = a_room(room.venue)
    stranger.slug = "mine"
    with pytest.raises(NotValid):
        generate(stranger)


def test_closures_and_what_is_over_are_skipped(room: Room) -> None:
    add_closure(SYSTEM, Span(at(hours=2), at(hours=4)), room_id=room.id)
    generate(room, minutes=60, buffer_minutes=0)
    assert len(slots(room)) == 8 - 2
    today = NOW.date()
    run = generate(room, first=today, last=today, minutes=60, buffer_minutes=0)  # it is nine o'clock in Berlin
    assert run.wanted == 7


def test_many_are_made_by_workers_with_progress_that_stays(room: Room) -> None:
    run = generate(room, last=DAY + dt.timedelta(days=59), minutes=30, buffer_minutes=0)
    assert (run.wanted, run.made, run.finished_at) == (60 * 16, 0, None)
    assert slots(room) == []
    half = make_timeslots(run.id, now=NOW)
    assert (half.made, half.finished_at) == (31 * 16, None)
    # The first promise again, and the one that followed.
    assert work_off("scheduling.make_timeslots") == 2
    db.session.refresh(run)
    assert run.made == len(slots(room)) == 960
    assert run.finished_at is not None
    assert run.next_day is None
    assert len(promised("scheduling.make_timeslots")) == 2
    assert make_timeslots(run.id, now=NOW).made == 960


def test_the_same_click_twice_is_one_run(room: Room) -> None:
    assert generate(room, key="the-button").id == generate(room, key="the-button").id


def test_who_may_and_what_cannot_be(room: Room, service: Service) -> None:
    merchant, venue = room.venue.merchant, room.venue
    manager = a_manager_of(merchant, venue)
    assert generate_timeslots(manager, room.id, first=DAY, last=DAY, now=NOW).made
    elsewhere = a_manager_of(merchant, a_venue(merchant))
    for actor in (elsewhere, actor_of(a_user()), Actor()):
        with pytest.raises(NotAllowed):
            generate_timeslots(actor, room.id, first=DAY, last=DAY, now=NOW)
    with pytest.raises(NotFound):
        generate_timeslots(SYSTEM, 10**9, first=DAY, last=DAY, now=NOW)
    with pytest.raises(NotFound):
        generate(room, service_id=a_service(a_merchant()).id)
    for wrong, field in (
        ({"last": DAY - dt.timedelta(days=1)}, "last"),
        ({"last": DAY + dt.timedelta(days=367)}, "last"),
        ({"minutes": 4}, "minutes"),
        ({"buffer_minutes": -1}, "buffer_minutes"),
        ({"capacity": 0}, "capacity"),
        ({"service_id": a_service(merchant, kind="appointment").id}, "service"),
    ):
        with pytest.raises(NotValid) as refused:
            generate(room, **wrong)
        assert set(refused.value.fields) == {field}


def a_slot(room: Room, service: Service) -> Session:
    """From nine to ten in Berlin, six seats, a quarter of an hour of cleaning."""
    generate(room, service_id=service.id)
    return slots(room)[0]


def a_hire(slot: Session, hours: float = 0) -> RoomWish:
    assert slot.room_id is not None
    start = slot.starts_at + dt.timedelta(hours=hours)
    return RoomWish(slot.room_id, Span(start, start + HOUR / 2))


def test_the_first_seat_takes_the_room_and_the_last_frees_it(room: Room, service: Service) -> None:
    slot = a_slot(room, service)
    one, two = a_guest(), a_guest()
    first = a_hold(SeatWish(slot.id, 2), actor=one)
    assert occupied(room) == [Span(slot.starts_at, slot.ends_at + dt.timedelta(minutes=15))]
    second = a_hold(SeatWish(slot.id, 1), actor=two)
    with pytest.raises(SlotTaken):
        a_hold(a_hire(slot))
    actions.let_go(one, first.ref, now=NOW)
    assert len(occupied(room)) == 1
    actions.let_go(two, second.ref, now=NOW)
    assert (occupied(room), seats_taken(slot)) == ([], 0)
    a_hold(a_hire(slot))


def test_where_the_room_is_hired_no_seat_is_to_be_had(room: Room, service: Service) -> None:
    slot, other = a_slot(room, service), slots(room)[1]
    hirer = a_guest()
    hire = a_hold(a_hire(slot), actor=hirer)
    with pytest.raises(SlotTaken):
        a_hold(SeatWish(slot.id, 1))
    assert seats_taken(slot) == 0
    guest = a_guest()
    booking = a_booking(SeatWish(other.id, 1), actor=guest)
    with pytest.raises(SlotTaken):
        actions.move(guest, booking.ref, NewTime(session_id=slot.id), now=NOW, key="to-the-hired-one")
    actions.let_go(hirer, hire.ref, now=NOW)
    actions.move(guest, booking.ref, NewTime(session_id=slot.id), now=NOW, key="to-the-free-one")
    assert occupied(room) == [Span(slot.starts_at, slot.ends_at + dt.timedelta(minutes=15))]


def test_a_hold_that_lapsed_gives_the_room_to_whoever_needs_it(room: Room, service: Service) -> None:
    merchant, slot = room.venue.merchant, a_slot(room, service)
    held = a_hold(SeatWish(slot.id, 1))
    later = NOW + dt.timedelta(minutes=16)
    a_class = a_service(merchant, rooms=[room])
    create_session(SYSTEM, a_class.id, span=a_hire(slot).span, now=later, room_id=room.id)
    db.session.refresh(held)
    assert (held.state, seats_taken(slot)) == ("expired", 0)
    with pytest.raises(SlotTaken):
        a_hold(SeatWish(slot.id, 1), now=later)


def test_what_is_paid_too_late_does_not_come_back_into_a_hired_room(room: Room, service: Service) -> None:
    slot, guest = a_slot(room, service), a_guest()
    lapsed = a_booking(SeatWish(slot.id, 1), actor=guest, state="expired")
    hirer = a_guest()
    hire = a_hold(a_hire(slot), actor=hirer)
    assert not actions.taking.take_again(lapsed, now=NOW)  # type: ignore[attr-defined]
    actions.let_go(hirer, hire.ref, now=NOW)
    assert actions.taking.take_again(lapsed, now=NOW)  # type: ignore[attr-defined]
    assert len(occupied(room)) == 1


def test_cancelling_it_and_changing_it(room: Room, service: Service) -> None:
    first, second, third, *_ = a_slot(room, service), *slots(room)[1:]
    changed = change_session(SYSTEM, first.id, SessionChanges(minutes=45), version=1, now=NOW)
    assert (changed.version, occupied(room)) == (2, []), "an empty one takes nothing"
    a_booking(SeatWish(second.id, 1))
    change_session(SYSTEM, second.id, SessionChanges(minutes=45), version=1, now=NOW)
    assert [span.length for span in occupied(room)] == [HOUR]
    with pytest.raises(PlaceOccupied):
        change_session(SYSTEM, third.id, SessionChanges(starts_at=second.starts_at), version=1, now=NOW)
    cancel_session(SYSTEM, second.id, now=NOW)
    assert occupied(room) == []
    assert generate(room, service_id=service.id).wanted == 0, "what was cancelled does not come back"


def test_lists_and_pages_say_that_it_is_not_to_be_had(client: Client, room: Room, service: Service) -> None:
    slot = a_slot(room, service)
    a_hold(a_hire(slot))
    listed = {each.id: each.left for each in timetable(Choice(), first=DAY, last=DAY, now=NOW, limit=20)}
    assert listed[slot.id] == 0
    assert [left for session_id, left in listed.items() if session_id != slot.id] == [6] * 5
    day = days_on(Choice(), first=DAY, last=DAY, now=NOW)[DAY]
    assert (day.on, day.free) == (6, 5)
    assert "Room taken" in client.get(f"/sessions/{slot.id}").text
    assert "Room taken" not in client.get(f"/sessions/{slots(room)[1].id}").text
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 1
