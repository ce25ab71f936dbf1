"""Entities as values that no session knows."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from bookapp.catalog.models import Room, Venue
from bookapp.infra.db import db
from bookapp.infra.stills import all_stills, beside, one_still
from bookapp.values.errors import NotFound
from tests.builders.catalog import a_room

pytestmark = pytest.mark.usefixtures("app")


def the_room(room_id: int) -> Room:
    loaded = select(Room).options(joinedload(Room.venue), selectinload(Room.photos))
    return one_still(loaded.where(Room.id == room_id))


def test_a_still_reads_like_what_it_was_made_of() -> None:
    room = a_room(name="Birch", amenities=["projector"])
    found = the_room(room.id)
    assert isinstance(found, Room)
    assert not isinstance(found, Venue)
    assert (found.name, found.amenities, found.photos) == ("Birch", ["projector"], ())
    assert found.venue.name == room.venue.name


def test_what_was_not_loaded_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"terms of Room \(\d+,\) was not loaded"):
        _ = the_room(a_room().id).terms


def test_nobody_changes_it() -> None:
    found = the_room(a_room().id)
    with pytest.raises(AttributeError, match=r"name of Room .* is shared"):
        found.name = "Oak"


def test_it_is_what_the_database_says_and_not_what_the_session_remembers() -> None:
    room = a_room(name="Birch")
    db.session.execute(Room.__table__.update().values(name="Oak"))
    assert room.name == "Birch"
    assert the_room(room.id).name == "Oak"


def test_what_two_have_in_common_is_one_thing() -> None:
    room = a_room()
    a_room(room.venue)
    first, second = all_stills(select(Room).options(joinedload(Room.venue)).where(Room.venue_id == room.venue_id))
    assert first.venue is second.venue


def test_nothing_is_not_found() -> None:
    with pytest.raises(NotFound):
        the_room(-1)
    assert all_stills(select(Room).where(Room.id == -1)) == ()


def test_what_was_remembered_by_itself_is_put_beside() -> None:
    room = a_room(name="Birch")
    found = beside(the_room(room.id), terms="Strict")
    assert (found.name, found.terms) == ("Birch", "Strict")
    assert isinstance(found, Room)
