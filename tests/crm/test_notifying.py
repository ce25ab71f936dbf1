"""What the application itself tells facilitators: once per cause, by HTTP, from a worker."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from flask import Flask

from bookapp.booking.actions import cancel
from bookapp.booking.events import BookingCancelled, BookingConfirmed, BookingMoved
from bookapp.booking.models import BookingChange
from bookapp.crm.actions import notifying
from bookapp.crm.queries.inbox import inbox_of
from bookapp.infra import live, queue
from bookapp.infra.db import db
from bookapp.infra.http import Answered, NoAnswer, post_json
from bookapp.scheduling.events import SessionChanged
from tests.builders import a_user, actor_of
from tests.builders.booking import NOW, a_booking
from tests.crm.hosts import a_host
from tests.support.client import Client
from tests.support.eventually import ended
from tests.support.jobs import promised


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every channel that was told."""
    heard: list[str] = []
    tell = live.tell

    def note(*told: str) -> None:
        heard.extend(told)
        tell(*told)

    monkeypatch.setattr(live, "tell", note)
    return heard


def calls() -> list[list[object]]:
    """(booking, facilitator, kind) of each call that was promised."""
    return [args[:3] for args in promised("crm.notify")]


def test_each_thing_that_happens_is_one_call(app: Flask) -> None:
    host, customer = a_host(), a_user()
    booking = host.booked_by(customer)
    assert calls() == [[booking.id, host.person.id, "confirmed"]]
    notifying.hear_booked(BookingConfirmed(booking.id, booking.ref, NOW))
    assert len(calls()) == 1, "heard again, promised once"
    cancel(actor_of(customer), booking.ref, now=NOW)
    assert calls()[1:] == [[booking.id, host.person.id, "cancelled"]]
    keys = [str(args[3]) for args in promised("crm.notify")]
    assert len({uuid.UUID(key) for key in keys}) == 2


def test_after_a_move_both_hosts_are_told_and_each_move_is_news(app: Flask) -> None:
    before, after = a_host(), a_host()
    customer = a_user()
    booking = before.booked_by(customer)
    for number, host in enumerate((after, before, after)):
        change = BookingChange(
            booking_id=booking.id, kind="move", state="done", before={"facilitator_id": booking.facilitator_id},
            after={}, difference_minor=0,
        )  # fmt: skip
        db.session.add(change)
        booking.facilitator_id = host.person.id
        db.session.flush()
        notifying.hear_booked(BookingMoved(booking.id, booking.ref, change.id, NOW))
        assert len(calls()) == 1 + 2 * (number + 1)
    assert {tuple(call[1:]) for call in calls()[1:]} == {(before.person.id, "moved"), (after.person.id, "moved")}


def test_a_hold_that_ends_and_a_room_without_a_host_are_no_news(app: Flask) -> None:
    a_booking(state="cancelled")
    held = a_host().booked_by(state="pending")
    notifying.hear_booked(BookingCancelled(held.id, held.ref, NOW))
    assert calls() == []


def test_a_session_that_changes_wakes_who_hosts_and_who_did(app: Flask, channels: list[str]) -> None:
    event = SessionChanged(5, 2, {"facilitator_id": 7}, {"facilitator_id": None}, True, "user:1", 1, "", NOW)
    notifying.hear_session_changed(event)
    assert channels == ["session:5", "facilitator:7"]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Answered | NoAnswer]]:
    """What the door answers to the next calls."""
    coming: list[Answered | NoAnswer] = []

    def post(*_: object) -> Answered:
        answer = coming.pop(0)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    monkeypatch.setattr(notifying, "post_json", post)
    yield coming
    assert coming == []


def test_what_the_door_says_decides_what_becomes_of_the_job(
    app: Flask, answers: list[Answered | NoAnswer], channels: list[str]
) -> None:
    booking = a_host().booked_by()
    (args,) = promised("crm.notify")
    for answer, raised in (
        (NoAnswer("ConnectTimeout"), queue.Retryable),
        (Answered(500), queue.Retryable),
        (Answered(503), queue.Retryable),
        (Answered(302), queue.Permanent),
        (Answered(401), queue.Permanent),
        (Answered(404), queue.Permanent),
        (Answered(429, 7), queue.Later),
        (Answered(429), queue.Later),
    ):
        answers.append(answer)
        with pytest.raises(raised) as problem:
            notifying.notify(*args)  # type: ignore[arg-type]
        if isinstance(problem.value, queue.Later):
            assert problem.value.seconds == (answer.retry_after or 30)  # type: ignore[union-attr]
        assert booking.ref not in str(problem.value)
    channels.clear()
    for status in (201, 200):
        answers.append(Answered(status))
        notifying.notify(*args)  # type: ignore[arg-type]
    assert channels == [f"facilitator:{booking.facilitator_id}", f"booking:{booking.ref}"] * 2


def test_the_call_is_made_as_the_door_wants_it_and_stored_once(app: Flask, client: Client, monkeypatch: Any) -> None:
    host = a_host()
    booking = host.booked_by(a_user(name="Bhavin"))
    sent: list[int] = []

    def through_the_door(_url: str, body: Any, headers: Any) -> Answered:
        answer = client.post("/notify", json=body, headers=headers)
        sent.append(answer.status_code)
        return Answered(answer.status_code)

    monkeypatch.setattr(notifying, "post_json", through_the_door)
    (args,) = promised("crm.notify")
    registered = queue.registered("crm.notify")
    assert registered
    for _ in range(2):
        registered.handler(*args)
    assert sent == [201, 200]
    (line,) = inbox_of(host.person.id, page=1).lines
    assert (line.ref, line.notification.event, line.notification.kind) == (booking.ref, booking.title, "confirmed")
    assert str(line.notification.key) == args[3]


class _Door(BaseHTTPRequestHandler):
    """A door that keeps what was said to it and answers as it is told."""

    said: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    status, headers_out = 201, {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.said.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        for name, value in self.headers_out.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def a_door(status: int, **headers: str) -> Iterator[str]:
    door = type("Door", (_Door,), {"said": _Door.said, "status": status, "headers_out": headers})
    server = HTTPServer(("127.0.0.1", 0), door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/notify"
    finally:
        server.shutdown()
        ended(thread)
        server.server_close()


def test_a_call_goes_out_once_follows_nothing_and_brings_back_a_figure() -> None:
    _Door.said.clear()
    with a_door(307, Location="http://127.0.0.1:1/elsewhere") as url:
        assert post_json(url, {"a": 1}, {"Authorization": "Bearer x"}) == Answered(307)
    with a_door(429, **{"Retry-After": "12"}) as url:
        assert post_json(url, {"a": 1}, {}) == Answered(429, 12.0)
    with a_door(503, **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}) as url:
        assert post_json(url, {"a": 1}, {}) == Answered(503)
    with pytest.raises(NoAnswer, match="ConnectionError"):
        post_json(url, {"a": 1}, {})
    (path, headers, body), *_rest = _Door.said
    assert (path, headers["Authorization"], headers["Content-Type"], body) == (
        "/notify", "Bearer x", "application/json", b'{"a": 1}'
    )  # fmt: skip
    assert len(_Door.said) == 3
