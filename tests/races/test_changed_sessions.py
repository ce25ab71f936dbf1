"""The house moves a session while people take seats in it: everybody ends where the session is."""

import datetime as dt
import threading

import pytest

from bookapp.booking.actions import change_session
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.scheduling.rules import SessionChanges
from tests.builders import a_service, a_session
from tests.support.crowd import Press, storm
from tests.support.eventually import ended
from tests.support.gate import gate
from tests.support.races import AT_ONCE, counted, seat_form, seats, strangers
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

PEOPLE = 40


@pytest.mark.usefixtures("calm")
def test_nobody_keeps_a_seat_at_a_time_that_is_no_more(stack: Stack) -> None:
    begin = clock.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=7)
    with stack.app.app_context():
        service = a_service()
        a_session(service, starts_at=begin + dt.timedelta(days=1), capacity=100)
        session_id = int(a_session(service, starts_at=begin, capacity=PEOPLE).id)

    def move_it() -> None:
        with stack.app.app_context():
            changes = SessionChanges(starts_at=begin + dt.timedelta(hours=2))
            change_session(SYSTEM, session_id, changes, version=1, now=clock.now())

    presses = [Press("/hold", seat_form(session_id), **who) for who in strangers(stack, PEOPLE)]
    with gate(stack, "session") as closed:

        def arrive_and_move() -> None:
            """Whoever wants a seat has read when it begins; the house is before them at the gate."""
            mover = threading.Thread(target=move_it)
            mover.start()
            closed.wait_for(AT_ONCE + 1)
            closed.open()
            ended(mover)

        replies = storm(stack.url, presses, meanwhile=arrive_and_move)
    assert stack.value("SELECT version FROM session WHERE id = %s", session_id) == 2
    assert set(counted(replies)) <= {303, 409}
    taken, people = seats(stack, session_id)
    assert taken == people == counted(replies)[303]
    lost = "SELECT count(*) FROM booking b JOIN session s ON s.id = b.session_id WHERE s.id = %s AND (b.starts_at," \
           " b.ends_at) <> (s.starts_at, s.ends_at)"  # fmt: skip
    assert stack.value(lost, session_id) == 0
