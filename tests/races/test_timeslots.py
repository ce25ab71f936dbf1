"""A timeslot's room is wanted by those who want its first seat and by those who hire it, at the same moment."""

import datetime as dt

import pytest

from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.scheduling.actions.timeslots import generate_timeslots
from bookapp.scheduling.models import Session
from tests.builders import a_room, a_service
from tests.builders.booking import an_open_room
from tests.support.races import a_day, counted, double_bookings, room_form, rush, seat_form, seats
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

EACH = 20


def a_slot(stack: Stack) -> tuple[int, object]:
    """(the id of a timeslot of ten seats from twelve to one in Berlin, its room)."""
    with stack.app.app_context():
        room = an_open_room()
        a_room(room.venue)
        service = a_service(room.venue.merchant, capacity=10, rooms=[room])
        day, noon = a_day(), dt.time(12)
        generate_timeslots(
            SYSTEM, room.id, first=day, last=day, now=clock.now(), service_id=service.id, opens=noon,
            closes=dt.time(13), minutes=60,
        )  # fmt: skip
        return int(Session.query.filter_by(room_id=room.id).one().id), room


def holders(stack: Stack, room: object) -> list[str]:
    rows = stack.rows(
        "SELECT kind FROM occupancy WHERE active AND resource_id = %s",
        room.resource_id,  # type: ignore[attr-defined]
    )
    return [row["kind"] for row in rows]


@pytest.mark.usefixtures("calm")
def test_of_many_first_seats_one_takes_the_room_and_ten_have_a_seat(stack: Stack) -> None:
    session_id, room = a_slot(stack)
    replies = rush(stack, [seat_form(session_id) for _ in range(EACH)], table="session")
    assert counted(replies) == {303: 10, 409: EACH - 10}
    assert seats(stack, session_id) == (10, 10)
    assert holders(stack, room) == ["session"]


@pytest.mark.usefixtures("calm")
def test_hirers_and_first_seats_at_once_never_share_the_room(stack: Stack) -> None:
    session_id, room = a_slot(stack)
    hires = [room_form(room, "12:00", "13:00") for _ in range(EACH)]  # type: ignore[arg-type]
    seated = [seat_form(session_id) for _ in range(EACH)]
    forms = [form for pair in zip(hires, seated, strict=True) for form in pair]
    replies = rush(stack, forms, table="occupancy")
    assert set(counted(replies)) == {303, 409}
    taken, people = seats(stack, session_id)
    assert holders(stack, room) == (["session"] if taken else ["booking"])
    assert taken == people
    assert counted(replies)[303] == (taken or 1)
    assert double_bookings(stack) == []
