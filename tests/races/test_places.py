"""Two hundred people, one room, one hour."""

import pytest

from bookapp.catalog.models import Room
from tests.builders import a_room
from tests.builders.booking import an_open_room
from tests.support.guards import two_may_have_one_place
from tests.support.races import (
    assert_refused_with_a_way_on,
    counted,
    double_bookings,
    room_form,
    rush,
    states,
    won,
)
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

# guarantees.md asks for a thousand in `make torture`.
AROUND_ONE_HOUR = 60
# Enough for as many as web serves at once to meet.
WITHOUT_GUARD = 24
TABLE = "occupancy"


def an_open_house(stack: Stack, **facts: object) -> Room:
    """A room that is always open, and a sister of it."""
    with stack.app.app_context():
        room = an_open_room(**facts)
        a_room(room.venue)
        return room


def spans_around_noon(number: int) -> tuple[str, str]:
    """An hour that begins between 11:30 and 12:30, in steps of ten minutes."""
    minutes = 11 * 60 + 30 + number * 10 % 70
    return f"{minutes // 60:02}:{minutes % 60:02}", f"{minutes // 60 + 1:02}:{minutes % 60:02}"


@pytest.mark.usefixtures("calm")
def test_of_200_who_want_one_hour_exactly_one_holds_it(stack: Stack) -> None:
    room = an_open_house(stack)
    replies = rush(stack, [room_form(room, "12:00", "13:00") for _ in range(200)], table=TABLE)
    assert counted(replies) == {303: 1, 409: 199}
    assert_refused_with_a_way_on(replies)
    assert list(states(stack, won(replies)).values()) == ["pending"]
    assert stack.value("SELECT count(*) FROM occupancy WHERE active AND resource_id = %s", room.resource_id) == 1


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("buffer", [0, 20])
def test_of_overlapping_times_no_two_are_held(stack: Stack, buffer: int) -> None:
    assert_disjoint(stack, AROUND_ONE_HOUR, buffer=buffer)


def assert_disjoint(stack: Stack, people: int, *, buffer: int) -> None:
    """The same with any number of people."""
    room = an_open_house(stack, step_minutes=10, buffer_minutes=buffer)
    forms = [room_form(room, *spans_around_noon(number)) for number in range(people)]
    replies = rush(stack, forms, table=TABLE)
    assert_refused_with_a_way_on(replies)
    assert len(won(replies)) in (1, 2), "11:30 and 12:30 go together, if cleaning leaves the time"
    assert not double_bookings(stack)
    taken = stack.rows("SELECT during FROM occupancy WHERE active AND resource_id = %s", room.resource_id)
    assert len(taken) == len(won(replies))


def test_without_the_constraint_the_same_hour_is_sold_again_and_again(stack: Stack) -> None:
    room = an_open_house(stack)
    with two_may_have_one_place(stack):
        replies = rush(stack, [room_form(room, "12:00", "13:00") for _ in range(WITHOUT_GUARD)], table=TABLE)
        assert len(won(replies)) > 1
        assert double_bookings(stack)


def test_without_the_constraint_overlapping_times_are_sold(stack: Stack) -> None:
    room = an_open_house(stack, step_minutes=10)
    with two_may_have_one_place(stack):
        forms = [room_form(room, *spans_around_noon(number)) for number in range(WITHOUT_GUARD)]
        assert len(won(rush(stack, forms, table=TABLE))) > 2
        assert double_bookings(stack)
