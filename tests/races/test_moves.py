"""Moves meet holds, other moves and cancellations: no place is had twice, no money is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from bookapp.booking.queries import manage_url
from bookapp.catalog.models import Room
from bookapp.infra import clock
from bookapp.values.timespan import wall
from tests.builders.booking import a_booking, a_wish, an_open_room
from tests.support.books import assert_balanced
from tests.support.crowd import Press, storm
from tests.support.gate import gate
from tests.support.guards import two_may_have_one_place
from tests.support.races import AT_ONCE, a_day, a_key, counted, double_bookings, room_form, strangers
from tests.support.stack import Stack
from tests.support.visitor import Reply, Visitor

pytestmark = pytest.mark.stack

MOVERS = 6
HOLDERS = 6
TARGETS = 8
TABLE = "occupancy"


def begin() -> dt.datetime:
    """In the morning of the day that `room_form` asks for."""
    return dt.datetime.combine(a_day(), dt.time(7), dt.UTC)


@dataclass(frozen=True)
class Booked:
    """A paid booking, and who has the mailed link of it."""

    id: int
    ref: str
    version: int
    visitor: Visitor


def booked(stack: Stack, room: Room, count: int) -> list[Booked]:
    """Paid hours of a room, one after the other from the evening on, and who has the mailed link of each."""
    found = []
    with stack.app.app_context(), stack.app.test_request_context():
        for number in range(count):
            wish = a_wish(room, start=begin() + dt.timedelta(hours=12 + number), hours=1)
            booking = a_booking(wish, now=clock.now(), email=f"mover{number}@example.org")
            visitor = Visitor(stack.url)
            assert visitor.get(urlsplit(manage_url(booking)).path).status == 303
            visitor.get("/bookings/find")
            found.append(Booked(booking.id, booking.ref, booking.version, visitor))
    return found


def move(booking: Booked, start: dt.datetime, *, hours: int = 1) -> Press:
    """The button of the page that shows a move to `start`."""
    end = start + dt.timedelta(hours=hours)
    form = {
        "start": start.isoformat(), "end": end.isoformat(), "seen": f"{booking.version}:{2700 * (hours - 1)}",
        "idempotency_key": a_key(),
    }  # fmt: skip
    return Press.by(booking.visitor, f"/bookings/{booking.ref}/move/to", form)


def at_once(stack: Stack, presses: list[Press], *, table: str = TABLE) -> list[Reply]:
    """All meet before their first write to `table`."""
    with gate(stack, table) as closed:

        def open_it() -> None:
            closed.wait_for(min(AT_ONCE, len(presses)))
            closed.open()

        return storm(stack.url, presses, meanwhile=open_it)


def crowd(stack: Stack) -> tuple[Room, list[Booked], list[Press]]:
    """People who move to one and the same hour, and people who want to book it."""
    with stack.app.app_context():
        room = an_open_room()
    movers = booked(stack, room, MOVERS)
    first = wall(begin(), "Europe/Berlin").hour
    holders = [
        Press("/hold", room_form(room, f"{first:02}:00", f"{first + 1:02}:00"), **who)
        for who in strangers(stack, HOLDERS)
    ]
    return room, movers, [move(booking, begin()) for booking in movers] + holders


@pytest.mark.usefixtures("calm")
def test_of_those_who_move_and_those_who_book_exactly_one_gets_the_hour(stack: Stack) -> None:
    room, _movers, presses = crowd(stack)
    replies = at_once(stack, presses)
    assert counted(replies) == {303: 1, 409: MOVERS + HOLDERS - 1}
    assert not double_bookings(stack)
    assert stack.value(
        "SELECT count(*) FROM occupancy WHERE active AND resource_id = %s AND lower(during) = %s",
        room.resource_id, begin(),
    ) == 1  # fmt: skip
    assert_balanced(stack)


def test_without_the_constraint_the_hour_is_had_more_than_once(stack: Stack) -> None:
    with two_may_have_one_place(stack):
        _room, movers, presses = crowd(stack)
        assert counted(at_once(stack, presses))[303] > 1
        assert double_bookings(stack)
        for booking in movers:  # or the constraint could not come back
            assert booking.visitor.post(f"/bookings/{booking.ref}/cancellation").status == 303


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("hours", [1, 2])
def test_of_many_moves_of_one_booking_one_is_made(stack: Stack, hours: int) -> None:
    with stack.app.app_context():
        room = an_open_room()
    (booking,) = booked(stack, room, 1)
    times = [begin() + dt.timedelta(hours=number) for number in range(TARGETS)]
    replies = storm(stack.url, [move(booking, start, hours=hours) for start in times])
    assert counted(replies) == {303: 1, 409: TARGETS - 1}
    states = stack.rows("SELECT state FROM booking_change WHERE booking_id = %s", booking.id)
    assert [row["state"] for row in states] == ["done" if hours == 1 else "pending"]
    places = stack.value("SELECT count(*) FROM occupancy WHERE active AND resource_id = %s", room.resource_id)
    assert places == hours, "the old place, and the dearer new one beside it"
    assert_balanced(stack)


@pytest.mark.usefixtures("calm")
def test_moved_or_cancelled_first_it_ends_cancelled_and_every_cent_is_accounted_for(stack: Stack) -> None:
    with stack.app.app_context():
        room = an_open_room()
    everyone = booked(stack, room, MOVERS)
    presses = []
    for number, booking in enumerate(everyone):
        presses.append(move(booking, begin() + dt.timedelta(hours=number)))
        presses.append(Press.by(booking.visitor, f"/bookings/{booking.ref}/cancellation"))
    replies = storm(stack.url, presses)
    assert {reply.status for reply in replies} <= {303, 409}
    for booking in everyone:
        (row,) = stack.rows(
            "SELECT state, (SELECT sum(refund.amount_minor) FROM refund JOIN payment ON payment.id = payment_id"
            " WHERE reference = booking.ref) AS back FROM booking WHERE id = %s",
            booking.id,
        )
        assert (row["state"], int(row["back"])) == ("cancelled", 2025)
    assert stack.value("SELECT count(*) FROM occupancy WHERE active AND resource_id = %s", room.resource_id) == 0
    assert_balanced(stack)
