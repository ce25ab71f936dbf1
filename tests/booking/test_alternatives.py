"""The nearest yes for who comes too late."""

from __future__ import annotations

import pytest

from bookapp.booking.queries import alternatives
from bookapp.booking.rules import RoomWish
from bookapp.infra.db import db
from tests.builders import a_room
from tests.builders.booking import NOW, a_hold, a_wish, an_open_room

pytestmark = pytest.mark.usefixtures("app")


def test_the_sister_most_like_it_that_is_free_is_found_however_many_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alternatives, "_SISTERS_AT_ONCE", 2)
    room = an_open_room()
    sisters = [a_room(room.venue, capacity=room.capacity + more) for more in range(1, 5)]
    db.session.commit()
    wish = a_wish(room)
    for taken in (room, *sisters[:3]):
        a_hold(a_wish(taken))
    found = alternatives.other_wishes(wish, now=NOW)
    assert len(found) == 3
    assert found[-1] == RoomWish(sisters[3].id, wish.span, wish.people, wish.addons)
    a_hold(a_wish(sisters[3]))
    assert {one.room_id for one in alternatives.other_wishes(wish, now=NOW) if isinstance(one, RoomWish)} == {room.id}
