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

from bookapp.infra import live
from bookapp.infra.db import action, db
from bookapp.infra.live import Hub, Stream
from bookapp.infra.turns import STREAMS, Turns
from tests.support.databases import Servers, application_of_its_own
from tests.support.eventually import eventually

LOOK = b"data: look\n\n"


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
        return self.heard.count(LOOK)

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
    full = Hub("postgresql://127.0.0.1:1/nowhere", most=2)
    first, second = full.open("a"), full.open("a")
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


def test_beyond_the_places_the_answer_is_204(house: Flask) -> None:
    streams = [live.hub().open("user:1") for _ in range(STREAMS)]
    with house.test_request_context():
        refused = live.answer("user:1")
        assert (refused.status_code, refused.headers["Cache-Control"]) == (204, "no-store")
        streams[0].close()  # type: ignore[union-attr]
        answer = live.answer("user:1")
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Cache-Control"] == "no-store"
    assert db.engine.pool.checkedout() == 0, "no connection is held while a stream is open"  # type: ignore[attr-defined]
    answer.close()
    assert live.hub().count == STREAMS - 1


def test_a_stream_says_that_it_is_there_and_ends_after_its_time(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.5)
    reader = opened("user:1")
    eventually(reader.ended)
    assert b": still here\n\n" in reader.heard
    assert live.hub().count == 0


def test_a_lost_connection_is_made_anew_and_everybody_looks(house: Flask) -> None:
    reader = opened("user:1")
    with closing(psycopg2.connect(house.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'bookapp-live' AND datname = current_database()"
            )
    reader.looked(2)
    told("user:1")
    reader.looked(3)
    reader.leave()


def test_while_postgresql_is_away_a_stream_waits(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    away = Hub("postgresql://127.0.0.1:1/nowhere")
    stream = away.open("user:1")
    assert stream is not None
    reader = Reader(stream)
    eventually(lambda: b": still here\n\n" in reader.heard)
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
    elsewhere.join()
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
        thread.join()
    assert most == 2
