"""A town's worth of data: whatever its size, every invariant holds on it, and a seed makes the same one again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from bookapp.demo.scale import Size, broken, fill
from bookapp.identity.queries import user_by_email
from bookapp.infra.db import db
from tests.support.databases import Servers, application_of_its_own

NOW = dt.datetime(2027, 3, 22, 12, tzinfo=dt.UTC)
SMALL = Size(users=160, bookings=1500, rooms=80, sessions=90, seed=7)
ARGUMENTS = ["demo", "scale", "--users", "160", "--bookings", "1500", "--rooms", "80", "--sessions", "90"]
FIGURES = """
    SELECT (SELECT jsonb_object_agg(state || kind, n)
            FROM (SELECT state, kind, count(*) AS n FROM booking GROUP BY 1, 2) b),
        (SELECT md5(string_agg(ref || starts_at || total_minor || email, ',' ORDER BY id)) FROM booking),
        (SELECT md5(string_agg(resource_id || during::text || active, ',' ORDER BY resource_id, during))
            FROM occupancy),
        (SELECT md5(string_agg(kind || coalesce(owner_id, 0) || balance_minor, ',' ORDER BY id)) FROM ledger_account),
        (SELECT md5(string_agg(at || action || subject, ',' ORDER BY at, action, subject)) FROM audit_entry),
        (SELECT sum(stars) FROM review), (SELECT count(*) FROM message), (SELECT sum(capacity) FROM session)"""


@pytest.fixture(scope="module", autouse=True)
def noon() -> Iterator[None]:
    """What is over and what is to come is told by the hour in which a town is made."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def town(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A town, filled by the command people type."""
    with application_of_its_own(servers, tmp_path_factory.mktemp("town")) as app:
        answer = app.test_cli_runner().invoke(args=[*ARGUMENTS, "--seed", "7"])
        assert answer.exit_code == 0, answer.output
        assert "1500 bookings" in answer.output
        assert "A place is taken twice" in answer.output
        yield app


@contextmanager
def raw() -> Iterator[Any]:
    """A connection of one's own."""
    connection = db.engine.raw_connection()
    connection.driver_connection.autocommit = True
    try:
        yield connection
    finally:
        connection.invalidate()


def schema() -> list[Any]:
    """Every index and constraint there is."""
    return list(
        db.session.execute(
            text(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
                " UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE connamespace = 'public'::regnamespace ORDER BY 1"
            )
        ).scalars()
    )


def test_it_has_something_of_everything(town: Flask) -> None:
    count = dict(
        db.session.execute(
            text(
                "SELECT 'state ' || state, count(*) FROM booking GROUP BY state"
                " UNION ALL SELECT 'kind ' || kind, count(*) FROM booking GROUP BY kind"
                " UNION ALL SELECT 'zones', count(DISTINCT zone) FROM booking"
                " UNION ALL SELECT 'parts', count(*) FROM session_part"
                " UNION ALL SELECT 'slots', count(*) FROM session WHERE on_grid"
                " UNION ALL SELECT 'line ' || kind, count(*) FROM booking_line GROUP BY kind"
                " UNION ALL SELECT 'gateway ' || gateway, count(*) FROM payment GROUP BY gateway"
                " UNION ALL SELECT 'refunds', count(*) FROM refund UNION ALL SELECT 'reviews', count(*) FROM review"
                " UNION ALL SELECT 'kept', count(*) FROM favourite UNION ALL SELECT 'told', count(*) FROM notification"
            )
        ).all()
    )
    states = {f"state {each}" for each in ("pending", "confirmed", "completed", "no_show", "cancelled", "expired")}
    others = {"kind room", "kind session", "kind appointment", "parts", "slots", "line base", "line rule", "line addon"}
    gateways = {f"gateway {each}" for each in ("stripe", "sandbox", "wallet", "venue")}
    wanted = states | others | gateways | {"refunds", "reviews", "kept", "told"}
    assert {name for name in wanted if not count.get(name)} == set()
    assert count["zones"] >= 2


def test_its_people_are_there_and_its_pages_open(town: Flask) -> None:
    assert user_by_email("person1@example.net").is_admin
    client = town.test_client()
    busy = db.session.execute(text("SELECT slug FROM room ORDER BY id LIMIT 1")).scalar_one()
    assert client.get(f"/rooms/{busy}").status_code == 200
    assert "Berlin" in client.get("/search?where=Berlin&people=2").text


def test_what_is_new_gets_numbers_of_its_own(town: Flask) -> None:
    for table in ("booking", "audit_entry", "resource", "transfer"):
        (next_one,) = db.session.execute(
            text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))"), {"table": table}
        ).one()
        last = db.session.execute(text("SELECT jsonb_build_object('booking', (SELECT max(id) FROM booking),"
            " 'audit_entry', (SELECT max(id) FROM audit_entry), 'resource', (SELECT max(id) FROM resource),"
            " 'transfer', (SELECT max(id) FROM transfer))")).scalar_one()  # fmt: skip
        assert next_one > last[table], table


def test_twice_with_one_seed_is_the_same_town(town: Flask, servers: Servers, tmp_path: Path) -> None:
    figures, whole = db.session.execute(text(FIGURES)).one(), schema()
    with application_of_its_own(servers, tmp_path):
        bare = schema()
        with raw() as connection:
            fill(connection, SMALL, now=NOW, tell=lambda *_: None)
        assert db.session.execute(text(FIGURES)).one() == figures
        assert bare == schema() == whole, "every index and constraint is back"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE booking SET total_minor = total_minor + 1 WHERE id = 3", "A price is not the sum of its lines"),
        ("UPDATE room SET rating_sum = rating_sum + 1 WHERE id = 3", "A rating is not the sum of its reviews"),
        ("UPDATE session SET seats_taken = seats_taken + 1 WHERE seats_taken < capacity", "Seats are counted wrongly"),
        ("DELETE FROM occupancy WHERE kind = 'booking' AND active", "A live booking has no place"),
        ("UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE kind = 'platform'",
         "The balance of an account is not the sum of its entries"),
        ("UPDATE booking SET starts_at = starts_at + interval '12 hours', ends_at = ends_at + interval '12 hours'",
         "A place outside of opening hours"),
        ("DELETE FROM participant; DELETE FROM booking_line; DELETE FROM review; DELETE FROM booking WHERE id = 5",
         "Not as many as were asked for"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_found(town: Flask, damage: str, words: str) -> None:
    with raw() as connection:
        connection.driver_connection.autocommit = False
        assert broken(connection, SMALL, now=NOW, tell=lambda *_: None) == {}
        with connection.cursor() as cursor:
            cursor.execute(damage)
        assert words in broken(connection, SMALL, now=NOW, tell=lambda *_: None)
        connection.rollback()


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (Size(1000, 100, 10, 100), "at least 40 rooms"),
        (Size(1000, 100, 80, 3), "20 sessions"),
        (Size(20, 100, 80, 100), "people who work there"),
        (Size(9000, 10_000_000, 80, 100), "bookings do not fit"),
        (Size(9000, 210_000, 80, 100), ""),
        (Size(9000, 1000, 80, 1_000_000), "sessions do not fit"),
    ],
)
def test_a_town_that_cannot_be_is_refused(size: Size, words: str) -> None:
    problem = size.problem()
    assert (words in problem) if words and problem else problem is None


def test_it_is_not_filled_twice_nor_in_production(town: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    again = town.test_cli_runner().invoke(args=ARGUMENTS)
    assert again.exit_code == 1
    assert "something in this database" in again.output
    too_small = town.test_cli_runner().invoke(args=["demo", "scale", "--rooms", "3"])
    assert "at least 40 rooms" in too_small.output
    monkeypatch.setattr("bookapp.demo.commands.current_settings", lambda: type("S", (), {"is_production": True}))
    assert "not for production" in town.test_cli_runner().invoke(args=ARGUMENTS).output
