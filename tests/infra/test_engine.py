"""Waits have an end, and connections heal by themselves after PostgreSQL was away."""

import pytest
from psycopg2 import errors as postgres_errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bookapp.infra.db import db
from bookapp.infra.engine import SESSION, is_down


@pytest.mark.parametrize(("name", "value"), SESSION.items())
def test_every_wait_has_an_end(real, name, value):
    assert db.session.scalar(text("SELECT current_setting(:name)"), {"name": name}) == value


def test_connections_say_whose_they_are(real):
    assert db.session.scalar(text("SELECT current_setting('application_name')")) == "bookapp-web"


def backends(count: int) -> set[int]:
    """Take `count` connections of the pool and give them back; which processes of the server they talk to."""
    connections = [db.engine.connect() for _ in range(count)]
    found = {connection.scalar(text("SELECT pg_backend_pid()")) for connection in connections}
    for connection in connections:
        connection.close()
    return found


def test_connections_that_died_while_idle_are_replaced_without_anybody_noticing(real):
    before = backends(3)
    with db.engine.connect() as killer:
        own = killer.scalar(text("SELECT pg_backend_pid()"))
        killed = killer.scalars(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        ).all()
    assert killed.count(True) >= 2
    assert backends(3) & before == {own}


def test_a_notice_waiting_to_be_read_is_no_death(real):
    with db.engine.connect() as listener:
        pid = listener.scalar(text("SELECT pg_backend_pid()"))
        listener.execute(text("LISTEN something"))
        listener.commit()
    with db.engine.connect() as first, db.engine.connect() as second:
        speaker = next(each for each in (first, second) if each.scalar(text("SELECT pg_backend_pid()")) != pid)
        speaker.execute(text("NOTIFY something"))
        speaker.commit()
    connections = [db.engine.connect() for _ in range(2)]
    assert pid in {connection.scalar(text("SELECT pg_backend_pid()")) for connection in connections}
    for connection in connections:
        connection.close()


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (OperationalError("x", {}, Exception("could not connect")), True),
        (OperationalError("x", {}, postgres_errors.AdminShutdown()), True),
        (PoolTimeout(), True),
        (DBAPIError("x", {}, Exception("gone"), connection_invalidated=True), True),
        (IntegrityError("x", {}, Exception("taken")), False),
        (ValueError(), False),
    ],
)
def test_what_counts_as_being_away(error, down):
    assert is_down(error) is down


@pytest.mark.parametrize(("code", "down"), [("57P01", True), ("57P03", True), ("53300", True), ("08006", True),
                                            ("42P01", False), ("40001", False)])  # fmt: skip
def test_the_server_s_own_word_decides(code, down):
    class Original(Exception):
        pgcode = code

    assert is_down(OperationalError("x", {}, Original())) is down
