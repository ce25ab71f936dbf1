"""Three hundred people, ten seats."""

import datetime as dt

import pytest

from bookapp.infra import clock
from tests.builders import a_service, a_session
from tests.support.crowd import Press, storm
from tests.support.guards import every_click_is_a_new_one, nobody_counts_seats
from tests.support.races import (
    assert_refused_with_a_way_on,
    counted,
    rush,
    seat_form,
    seats,
    strangers,
    won,
)
from tests.support.stack import Stack
from tests.support.visitor import Reply

pytestmark = pytest.mark.stack

TABLE = "session"
CLICKS = 20


def a_class(stack: Stack, *, capacity: int = 10) -> int:
    """The id of a class in a week; there is another one the day after."""
    with stack.app.app_context():
        service = a_service()
        begin = clock.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=7)
        a_session(service, starts_at=begin + dt.timedelta(days=1), capacity=100)
        return int(a_session(service, starts_at=begin, capacity=capacity).id)


def click(stack: Stack, session_id: int) -> list[Reply]:
    """One button of one page, pressed many times at once."""
    (who,) = strangers(stack, 1)
    form = seat_form(session_id)
    return storm(stack.url, [Press("/hold", form, **who) for _ in range(CLICKS)])


@pytest.mark.usefixtures("calm")
def test_of_300_who_want_one_of_ten_seats_exactly_ten_get_one(stack: Stack) -> None:
    assert_ten_of(stack, 300)


def assert_ten_of(stack: Stack, people: int) -> None:
    """The same with any number of people."""
    session_id = a_class(stack)
    replies = rush(stack, [seat_form(session_id) for _ in range(people)], table=TABLE)
    assert counted(replies) == {303: 10, 409: people - 10}
    assert_refused_with_a_way_on(replies)
    assert seats(stack, session_id) == (10, 10)


@pytest.mark.usefixtures("calm")
def test_groups_fill_a_session_but_never_more_than_that(stack: Stack) -> None:
    session_id = a_class(stack)
    replies = rush(stack, [seat_form(session_id, 1 + number % 4) for number in range(32)], table=TABLE)
    assert set(counted(replies)) == {303, 409}
    assert seats(stack, session_id) == (10, 10), "single seats are wanted until none is left"


def test_without_the_count_more_seats_are_sold_than_there_are(stack: Stack) -> None:
    session_id = a_class(stack)
    with nobody_counts_seats(stack):
        replies = rush(stack, [seat_form(session_id) for _ in range(24)], table=TABLE)
        assert len(won(replies)) > 10
        assert seats(stack, session_id)[1] > 10


@pytest.mark.usefixtures("calm")
def test_the_same_click_twenty_times_is_one_booking_and_twenty_times_the_same_answer(stack: Stack) -> None:
    session_id = a_class(stack, capacity=CLICKS)
    replies = click(stack, session_id)
    assert counted(replies) == {303: CLICKS}
    assert len({reply.location for reply in replies}) == 1
    assert seats(stack, session_id) == (1, 1)


def test_without_the_key_each_click_is_a_booking(stack: Stack) -> None:
    session_id = a_class(stack, capacity=CLICKS)
    with every_click_is_a_new_one(stack):
        replies = click(stack, session_id)
        assert len(set(won(replies))) > 1
        assert seats(stack, session_id)[1] > 1
