"""What is told with a commit reaches the pages that are open, in this process and in others."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import text

from bookapp.infra import clock, live, teller
from bookapp.infra.db import action, db
from bookapp.infra.live import Hub, Stream
from bookapp.infra.teller import Teller
from bookapp.infra.turns import STREAMS, Turns
from tests.support.databases import Servers, application_of_its_own
from tests.support.eventually import ended, eventually

LOOK = b"data: look\n\n"
NOBODY = "postgresql://127.0.0.1:1/nowhere"


class Reader:
    """Somebody with an open page: everything the stream has said so far."""

    def __init__(self, stream: Stream) -> None:
        self.heard: list[bytes] = []
        self._stream, self._pieces = stream, iter(stream)
        self._gone = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def looks(self) -> int:
        return sum(piece.endswith(LOOK) for piece in self.heard)

    def looked(self, times: int) -> None:
        eventually(lambda: self.looks >= times, 30)

    def leave(self) -> None:
        self._gone.set()
        self._thread.join(10)
        self._stream.close()

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def _read(self) -> None:
        for piece in self._pieces:
            self.heard.append(piece)
            if self._gone.is_set():
                return


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PROBE_SECONDS", 0.02)
    monkeypatch.setattr(live, "BREATH_SECONDS", 0.0)


@pytest.fixture
def house(servers: Servers, tmp_path: Path) -> Iterator[Flask]:
    with application_of_its_own(servers, tmp_path) as made:
        yield made
        for stream in list(live.hub()._streams):
            stream.close()


@action
def told(*channels: str, then: Exception | None = None) -> None:
    live.tell(*channels)
    if then:
        raise then


def terminate(house: Flask, name: str) -> None:
    """End every connection of this name to the database, as a network might."""
    with closing(psycopg2.connect(house.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                (name,),
            )


def opened(*channels: str) -> Reader:
    stream = live.hub().open(*channels)
    assert stream is not None
    reader = Reader(stream)
    reader.looked(1)  # from now on PostgreSQL is heard
    return reader


def test_who_watches_hears_of_it_once_it_is_committed_and_nobody_else_does(house: Flask) -> None:
    mine, theirs = opened("facilitator:1", "user:1"), opened("facilitator:2")
    with pytest.raises(ValueError, match="no"):
        told("facilitator:1", "facilitator:2", then=ValueError("no"))
    told("facilitator:1", "facilitator:1")
    mine.looked(2)
    told("user:1")
    mine.looked(3)
    assert (mine.looks, theirs.looks) == (3, 1)
    assert mine.heard[0].startswith(b"retry:")
    mine.leave()
    theirs.leave()
    assert live.hub().count == 0


def test_many_things_at_once_are_one_reason_to_look(house: Flask) -> None:
    stream = live.hub().open("user:1")
    assert stream is not None
    for _ in range(5):
        stream.wake()
    reader = Reader(stream)
    reader.looked(1)
    told("user:1")
    eventually(lambda: reader.looks >= 2)
    reader.leave()
    assert reader.looks <= 3, "one for the five, one for the connection, one for what was told"


def test_there_are_so_many_places_and_who_leaves_frees_one(house: Flask) -> None:
    full = Hub(NOBODY, most=2, visitors=1)
    first, visitor = full.open("a"), full.open("a", is_public=True)
    assert visitor is None, "what is left is for those who work here"
    second = full.open("a")
    assert first
    assert second
    assert full.open("a") is None
    first.close()
    first.close()
    assert full.count == 1
    third = full.open("a")
    assert third is not None
    second.close()
    third.close()


def asked(house: Flask, *channels: str, since: float | None = None, age: str = "") -> tuple[bool, float]:
    """What a poll is answered: whether to look, and the instant to ask from the next time."""
    headers = {} if since is None else {"Last-Event-ID": f"{since:.2f}"}
    with house.test_request_context(f"/live?ago={age}", headers=headers):
        response = live.answer(*channels)
    assert response.headers["Cache-Control"] == "no-store"
    retry, instant, *rest = response.get_data(as_text=True).split("\n")
    assert 12_000 <= int(retry.removeprefix("retry: ")) <= 18_000
    return rest[0] == "data: look", float(instant.removeprefix("id: "))


def test_beyond_the_places_one_is_told_at_once_whether_to_look(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MARGIN_SECONDS", 0.0)
    listener = opened("session:1")
    streams = [live.hub().open("session:1") for _ in range(STREAMS - 1)]
    is_due, then = asked(house, "session:1")
    assert is_due, "who does not say what they have seen has to look"
    assert asked(house, "session:1", since=then) == (False, pytest.approx(then, abs=30))
    assert asked(house, "session:1", age="0") == (False, pytest.approx(then, abs=30))
    assert asked(house, "session:1", age="nonsense")[0]
    assert asked(house, "session:1", age="3600")[0], "nobody listened here then"
    told("session:1")
    listener.looked(2)
    assert asked(house, "session:1", "session:2", since=then)[0]
    assert not asked(house, "session:2", since=then)[0]
    streams[0].close()  # type: ignore[union-attr]
    with house.test_request_context():
        answer = live.answer("user:1")
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Cache-Control"] == "no-store"
    assert db.engine.pool.checkedout() == 0, "no connection is held while a stream is open"  # type: ignore[attr-defined]
    answer.close()
    assert live.hub().count == STREAMS - 1
    listener.leave()


def test_who_comes_back_looks_only_if_something_was_told_meanwhile(
    house: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MARGIN_SECONDS", 0.0)
    first = opened("session:1")
    seen = clock.now().timestamp()
    again = Reader(live.hub().open("session:1", since=seen))  # type: ignore[arg-type]
    told("session:1")
    again.looked(1)
    later = Reader(live.hub().open("session:1", since=seen))  # type: ignore[arg-type]
    later.looked(1)
    first.looked(2)
    assert (again.looks, later.looks) == (1, 1)
    for reader in (first, again, later):
        reader.leave()


def test_what_was_forgotten_counts_as_told(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MARGIN_SECONDS", 0.0)
    monkeypatch.setattr(live, "MOST_REMEMBERED", 2)
    reader = opened("a", "d")
    then = clock.now().timestamp()
    assert not live.hub().was_told(["z"], then)
    told("a")
    reader.looked(2)
    told("b", "c", "d")
    reader.looked(3)
    assert live.hub().was_told(["z"], then), "perhaps it was the one that was forgotten"
    assert not live.hub().was_told(["z"], clock.now().timestamp())
    reader.leave()


@action
def told_soon(*channels: str, then: Exception | None = None) -> None:
    db.session.execute(text("SELECT 1"))  # whoever tells has changed something
    live.tell_soon(*channels)
    if then:
        raise then


def test_what_is_told_soon_is_told_after_the_commit_and_together(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "GATHER_SECONDS", 0.0)
    reader, other = opened("a"), opened("b")
    with pytest.raises(ValueError, match="no"):
        told_soon("b", then=ValueError("no"))
    told_soon("a")
    reader.looked(2)
    terminate(house, "bookapp-teller")
    told_soon("a")
    reader.looked(3)
    assert other.looks == 1
    reader.leave()
    other.leave()


def test_the_thread_that_tells_ends_when_it_is_quiet_and_starts_anew(
    house: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teller, "GATHER_SECONDS", 0.0)
    monkeypatch.setattr(teller, "IDLE_SECONDS", 0.01)
    one, reader = house.extensions["bookapp.teller"], opened("a")
    told_soon("a")
    reader.looked(2)
    eventually(lambda: one._thread is None)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    one.say(["a"])
    reader.looked(3)
    reader.leave()


def test_while_the_database_is_away_only_so_much_waits_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "MOST_WAITING", 2)
    monkeypatch.setattr(teller, "_PAUSE_SECONDS", 0.01)
    away = Teller(NOBODY, live.NAME)
    away.say(["a", "b"])
    assert away._waiting == {"a", "b"}
    away.say(["c"])
    assert away._waiting == set(), "whoever listens will look anyway when it is back"
    eventually(lambda: away._thread is None)


def test_a_stream_says_that_it_is_there_and_ends_after_its_time(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.5)
    reader = opened("user:1")
    eventually(reader.ended)
    assert [piece for piece in reader.heard if piece.startswith(b"id: ") and not piece.endswith(LOOK)]
    assert live.hub().count == 0


def test_a_lost_connection_is_made_anew_and_everybody_looks(house: Flask) -> None:
    reader = opened("user:1")
    terminate(house, "bookapp-live")
    reader.looked(2)
    told("user:1")
    reader.looked(3)
    reader.leave()


def test_while_postgresql_is_away_a_stream_waits(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    away = Hub(NOBODY)
    stream = away.open("user:1")
    assert stream is not None
    reader = Reader(stream)
    eventually(lambda: [piece for piece in reader.heard if piece.startswith(b"id: ")])
    assert reader.looks == 0
    reader.leave()
    eventually(lambda: away._thread is None)


def test_a_silent_connection_is_asked_whether_it_is_still_there(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_QUIET_SECONDS", 0.02)
    reader = opened("user:1")
    count = len(reader.heard)
    eventually(lambda: len(reader.heard) > count + 5)
    told("user:1")
    reader.looked(2)
    reader.leave()


def test_a_forked_process_begins_with_nobody(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = live.hub()
    opened("user:1").leave()
    assert hub.open("user:1") is not None
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert hub.open("user:2") is not None
    assert hub.count == 1


def test_streams_end_when_the_process_is_told_to(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[int] = []
    monkeypatch.setattr(live, "_signals", None)
    monkeypatch.setattr(signal, "set_wakeup_fd", lambda fd, **_: handed.append(fd))
    elsewhere = threading.Thread(target=live.end_with_process)
    elsewhere.start()
    ended(elsewhere)
    assert handed == [], "only a main thread may ask for signals"
    live.end_with_process()
    reader = opened("user:1")
    os.write(handed[0], bytes([signal.SIGTERM]))
    eventually(reader.ended)
    assert live.hub().count == 0
    os.close(handed[0])


def test_pages_take_turns() -> None:
    at_once, most, lock, go = 0, 0, threading.Lock(), threading.Event()

    def app(_environ: dict[str, object], _start: object) -> list[bytes]:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        go.wait(10)
        with lock:
            at_once -= 1
        return [b""]

    turns = Turns(app, most=2)
    threads = [threading.Thread(target=turns, args=({}, None)) for _ in range(5)]
    for thread in threads:
        thread.start()
    eventually(lambda: at_once == 2)
    go.set()
    for thread in threads:
        ended(thread)
    assert most == 2
