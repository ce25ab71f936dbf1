"""What races are run over and what they are judged by."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import session
from flask_wtf.csrf import generate_csrf

from bookapp.catalog.models import Room
from bookapp.infra import clock
from bookapp.infra.supervisor import WEB_PROCESSES
from bookapp.infra.turns import PAGES
from tests.support.crowd import Press, storm
from tests.support.gate import gate
from tests.support.select import select
from tests.support.stack import Stack
from tests.support.visitor import Reply

# How many requests web works on at the same moment.
AT_ONCE = WEB_PROCESSES * PAGES
_keys = itertools.count(1)


def a_key() -> str:
    """An idempotency key nobody else has."""
    return f"race-key-{next(_keys):06}"


def a_day(days: int = 10) -> dt.date:
    """So many days from today."""
    return (clock.now() + dt.timedelta(days=days)).date()


def room_form(room: Room, begin: str, end: str, **more: str) -> dict[str, str]:
    """What the reserve button of a room's page sends."""
    return {
        "kind": "room", "room": room.slug, "date": a_day().isoformat(), "from": begin, "to": end, "people": "2",
        "idempotency_key": a_key(), **more,
    }  # fmt: skip


def seat_form(session_id: int, seats: int = 1, **more: str) -> dict[str, str]:
    """What the reserve button of a session's page sends."""
    return {
        "kind": "session", "session": str(session_id), "seats": str(seats), "idempotency_key": a_key(), **more,
    }  # fmt: skip


def strangers(stack: Stack, count: int) -> list[dict[str, Any]]:
    """So many browser sessions that have each opened a page, as `Press` takes them: what their cookie would be."""
    made = []
    signer = stack.app.session_interface.get_signing_serializer(stack.app)
    for _ in range(count):
        with stack.app.test_request_context():
            token = generate_csrf()
            made.append(
                {"cookies": {stack.app.config["SESSION_COOKIE_NAME"]: signer.dumps(dict(session))}, "token": token}
            )
    return made


def rush(stack: Stack, forms: Sequence[Mapping[str, str]], *, table: str) -> list[Reply]:
    """Everybody sends one of `forms` at the same moment, each a visitor of their own.

    As many as web serves at once meet before their first write to `table`.
    """
    visitors = strangers(stack, len(forms))
    presses = [Press("/hold", form, **who) for form, who in zip(forms, visitors, strict=True)]
    with gate(stack, table) as closed:

        def open_it() -> None:
            closed.wait_for(min(AT_ONCE, len(presses)))
            closed.open()

        return storm(stack.url, presses, meanwhile=open_it)


def counted(replies: Sequence[Reply]) -> dict[int, int]:
    """How often each status was answered."""
    return dict(Counter(reply.status for reply in replies))


def won(replies: Sequence[Reply]) -> list[str]:
    """The refs of the holds that were given."""
    return [reply.location.rpartition("/")[2] for reply in replies if reply.status == 303]


def assert_refused_with_a_way_on(replies: Sequence[Reply]) -> None:
    """Who did not get it is told so, and shown other choices."""
    for reply in replies:
        if reply.status != 303:
            assert reply.status == 409, reply.text[:500]
            assert select(reply.text, ".slots a"), "a refusal without alternatives"


def double_bookings(stack: Stack) -> list[dict[str, Any]]:
    """Pairs of active occupancy of one resource that overlap."""
    return stack.rows(
        "SELECT a.id, b.id AS other FROM occupancy a JOIN occupancy b"
        " ON a.resource_id = b.resource_id AND a.id < b.id AND a.during && b.during WHERE a.active AND b.active"
    )


def seats(stack: Stack, session_id: int) -> tuple[int, int]:
    """(seats counted as taken, people on live bookings) of a session."""
    (row,) = stack.rows(
        "SELECT seats_taken, (SELECT coalesce(sum(people), 0) FROM booking WHERE session_id = session.id"
        " AND state IN ('pending', 'confirmed')) AS people FROM session WHERE id = %s",
        session_id,
    )
    return int(row["seats_taken"]), int(row["people"])


def states(stack: Stack, refs: Sequence[str]) -> dict[str, str]:
    """The state of each booking."""
    return {
        row["ref"]: row["state"] for row in stack.rows("SELECT ref, state FROM booking WHERE ref = ANY(%s)", list(refs))
    }


class Calm:
    """Watches from its making on that nothing broke: no 5xx, no error in a log, no deadlock in PostgreSQL."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._lines = len(stack.log_lines())
        self._deadlocks = stack.servers.deadlocks()

    def assert_kept(self, *, but: Callable[[dict[str, Any]], bool] = lambda _: False) -> None:
        """Raise AssertionError naming what broke; lines for which `but` holds were meant."""
        lines = self._stack.log_lines()[self._lines :]
        broken = [
            line for line in lines if (line.get("level") == "error" or line.get("status", 0) >= 500) and not but(line)
        ]
        assert not broken, "\n".join(json.dumps(line) for line in broken[:5])
        assert self._stack.servers.deadlocks() == self._deadlocks
