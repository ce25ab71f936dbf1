"""Three projectors, a house full of rooms."""

import pytest

from bookapp.catalog.models import Addon, Room
from tests.builders import a_room, a_venue, an_addon
from tests.builders.booking import always_open
from tests.support.guards import nobody_waits_for_an_addon
from tests.support.races import counted, room_form, rush, won
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

STOCK = 3
# guarantees.md asks for a hundred bookings in `make torture`.
BOOKINGS = 24


def a_house(stack: Stack, bookings: int = BOOKINGS) -> tuple[list[Room], Addon]:
    """A room for every booking, and three projectors for all of them."""
    with stack.app.app_context():
        venue = always_open(a_venue())
        return [a_room(venue) for _ in range(bookings)], an_addon(venue, stock=STOCK)


def most_at_once(stack: Stack, addon: Addon) -> int:
    """How many are promised at the busiest instant: at the beginning of some booking."""
    return int(
        stack.value(
            "SELECT coalesce(max((SELECT sum(l.quantity) FROM booking b JOIN booking_line l ON l.booking_id = b.id"
            " WHERE l.addon_id = %s AND b.state IN ('pending', 'confirmed')"
            " AND b.starts_at <= at.starts_at AND b.ends_at > at.starts_at)), 0) FROM booking at",
            addon.id,
        )
    )


def forms(rooms: list[Room], addon: Addon) -> list[dict[str, str]]:
    """Each room for two hours, from noon or from an hour later: every booking overlaps every other."""
    wanted = []
    for number, room in enumerate(rooms):
        begin = 12 + number % 2
        wanted.append(room_form(room, f"{begin}:00", f"{begin + 2}:00", **{f"addon-{addon.id}": "1"}))
    return wanted


@pytest.mark.usefixtures("calm")
def test_no_more_projectors_are_promised_than_there_are(stack: Stack) -> None:
    assert_stock_kept(stack, BOOKINGS)


def assert_stock_kept(stack: Stack, bookings: int) -> None:
    """The same with any number of bookings."""
    rooms, addon = a_house(stack, bookings)
    replies = rush(stack, forms(rooms, addon), table="occupancy")
    assert counted(replies) == {303: STOCK, 409: bookings - STOCK}
    assert most_at_once(stack, addon) == STOCK


def test_without_the_lock_on_the_addon_too_many_are(stack: Stack) -> None:
    rooms, addon = a_house(stack)
    with nobody_waits_for_an_addon(stack):
        replies = rush(stack, forms(rooms, addon), table="occupancy")
        assert len(won(replies)) > STOCK
        assert most_at_once(stack, addon) > STOCK
