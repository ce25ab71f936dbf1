"""What is remembered is what the database says now, whoever changed it and whatever became of the change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.orm import Session

from bookapp.booking.models import Booking
from bookapp.catalog.models import Room, Venue
from bookapp.infra.db import action, db
from bookapp.infra.remembering import remembered, version
from tests.builders.catalog import a_room
from tests.support import databases
from tests.support.databases import Servers
from tests.support.queries import counted
from tests.support.remembering import MARKED, tables_of

asked: list[int] = []


@remembered(most=4)
def name_of(room_id: int) -> str:
    """The name of a room."""
    asked.append(room_id)
    return str(db.session.scalar(select(Room.name).where(Room.id == room_id)))


@remembered()
def how_many_bookings() -> int:
    """Not allowed: a booking changes no version."""
    return len(db.session.scalars(select(Booking.id)).all())


@pytest.fixture
def app(servers: Servers, tmp_path: Path) -> Iterator[Flask]:
    """On a database where commits stay."""
    asked.clear()
    with databases.application_of_its_own(servers, tmp_path) as made:
        yield made


@pytest.fixture
def room(app: Flask) -> Room:
    """A room called Birch."""
    made = a_room(name="Birch")
    db.session.commit()
    return made


def test_the_second_time_only_the_version_is_asked_for_and_within_a_transaction_not_even_that(room: Room) -> None:
    assert name_of(room.id) == "Birch"
    db.session.remove()
    with counted() as seen:
        assert [name_of(room.id), name_of(room.id)] == ["Birch", "Birch"]
    assert len(seen) == 1
    assert "remembered_version" in seen[0]
    assert asked == [room.id]


def test_what_somebody_else_has_committed_is_seen_by_the_next_transaction(app: Flask, room: Room) -> None:
    assert name_of(room.id) == "Birch"
    with Session(create_engine(app.config["SQLALCHEMY_DATABASE_URI"])) as other:
        other.execute(text("UPDATE room SET name = 'Oak' WHERE id = :id"), {"id": room.id})
        db.session.remove()
        assert name_of(room.id) == "Birch"
        other.commit()
    db.session.remove()
    assert name_of(room.id) == "Oak"


@pytest.mark.parametrize("how", ["entity", "statement", "text"])
def test_a_transaction_sees_what_it_has_written_itself_and_nobody_what_it_took_back(room: Room, how: str) -> None:
    room_id = room.id
    assert name_of(room_id) == "Birch"
    if how == "entity":
        db.session.get_one(Room, room_id).name = "Oak"
        db.session.flush()
    elif how == "statement":
        db.session.execute(update(Room).values(name="Oak"))
    else:
        db.session.execute(text("UPDATE room SET name = 'Oak'"))
    assert name_of(room_id) == "Oak"
    db.session.rollback()
    assert name_of(room_id) == "Birch"
    db.session.execute(text("UPDATE room SET name = 'Elm'"))
    db.session.commit()
    assert name_of(room_id) == "Elm"


def test_what_a_transaction_has_not_yet_told_the_database_is_neither_missed_nor_left_to_others(room: Room) -> None:
    assert name_of(room.id) == "Birch"
    room.name = "Oak"
    assert name_of(room.id) == "Oak"
    db.session.rollback()
    assert name_of(room.id) == "Birch"


@pytest.mark.usefixtures("room")
def test_an_action_that_fails_leaves_nothing_of_its_own_to_others() -> None:
    room_id = db.session.scalars(select(Room.id)).one()

    @action
    def rename() -> None:
        db.session.execute(update(Room).values(name="Oak"))
        assert name_of(room_id) == "Oak"
        raise LookupError

    with pytest.raises(LookupError):
        rename()
    assert name_of(room_id) == "Birch"


def test_a_read_that_refuses_is_asked_again(room: Room) -> None:
    @remembered()
    def find(name: str) -> int:
        found = db.session.scalar(select(Room.id).where(Room.name == name))
        if found is None:
            raise LookupError(name)
        return int(found)

    with pytest.raises(LookupError):
        find("Oak")
    db.session.execute(update(Venue).values(name="House"))
    with pytest.raises(LookupError):
        find("Oak")
    assert find("Birch") == room.id


@pytest.mark.usefixtures("app")
def test_every_change_of_a_marked_table_changes_the_version() -> None:
    marked = text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'changes_what_is_remembered'")
    assert set(db.session.scalars(marked)) == MARKED
    for table in sorted(MARKED):
        before = version()
        db.session.execute(text(f"DELETE FROM {table} WHERE false"))
        assert version() != before, table


@pytest.mark.usefixtures("app")
def test_a_read_of_anything_else_is_found_by_the_tests() -> None:
    with pytest.raises(AssertionError, match=r"how_many_bookings is remembered, but reads booking"):
        how_many_bookings()


def test_the_tables_of_a_statement_are_found_and_its_own_names_are_not() -> None:
    statement = (
        "WITH near AS (SELECT 1 FROM venue) SELECT room.id FROM room JOIN near ON true"
        " LEFT OUTER JOIN LATERAL (SELECT path FROM photo) AS first_photo ON true, occupancy"
    )
    assert tables_of(statement) >= {"venue", "room", "photo"}
    assert "near" not in tables_of(statement)
    assert "first_photo" not in tables_of(statement)
