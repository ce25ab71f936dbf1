"""How much a booking's pages ask of the database: a number that does not grow with what is on them."""

from __future__ import annotations

import pytest
import time_machine

from tests.builders.booking import NOW, a_booking, a_hold, a_wish, an_open_room, at
from tests.builders.identity import actor_of
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.staff import sign_in


@pytest.fixture
def signed_in(client: Client):
    """A customer at their browser, and who they are."""
    with time_machine.travel(NOW, tick=False):
        yield actor_of(sign_in(client))


def queries(client: Client, path: str) -> int:
    """How many statements a page takes, once everything is warm."""
    assert client.get(path).status_code == 200
    with counted() as seen:
        client.get(path)
    return len(seen)


def test_my_bookings_asks_the_same_for_two_and_for_twelve(client: Client, signed_in) -> None:
    room = an_open_room()
    for number in range(2):
        a_booking(a_wish(room, start=at(7 + number)), actor=signed_in)
    few = queries(client, "/bookings")
    for number in range(10):
        a_booking(a_wish(room, start=at(20 + number)), actor=signed_in)
    assert queries(client, "/bookings") == few <= 5


def test_one_booking_and_its_checkout_stay_in_their_budget(client: Client, signed_in) -> None:
    booking = a_booking(actor=signed_in)
    held = a_hold(actor=signed_in)
    assert queries(client, f"/bookings/{booking.ref}") <= 16
    assert queries(client, f"/bookings/{booking.ref}/cancellation") <= 14
    assert queries(client, f"/checkout/{held.ref}") <= 14
