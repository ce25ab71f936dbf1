"""Redis gone, a worker killed, PostgreSQL killed: nothing that was promised is lost or done twice.

On servers of its own, which nobody else would want to see killed, and all in one file, as these take long to start.
`make torture` does the same at full size.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException

import pytest
import redis

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.catalog.models import Room
from bookapp.infra import clock, embedded
from bookapp.values.timespan import Span
from tests.builders import a_room
from tests.builders.booking import RoomWish, a_booking, a_guest, an_open_room
from tests.support import databases
from tests.support.books import assert_balanced
from tests.support.eventually import PATIENCE_SECONDS, ended, eventually
from tests.support.guards import the_provider_forgets_keys
from tests.support.losses import (
    a_full_class,
    call_off,
    cancel_one,
    finished,
    lose_everything_meanwhile,
    lose_the_worker_at,
    owed_by_card,
    put_back_into_wallets,
    refunds_made,
)
from tests.support.races import Calm, a_day, room_form, seats
from tests.support.stack import Stack, running_stack
from tests.support.visitor import Visitor

pytestmark = pytest.mark.stack

BOOKINGS = 30
HANDS = 5
REFUNDS = 4
# A session that is called off.
CALLED_OFF = 20
KILLS = 5
FLUSHES = 2


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything of its own, with a PostgreSQL that keeps what it has committed."""
    with (
        databases.servers(durable=True) as servers,
        running_stack(servers, tmp_path_factory.mktemp("losses")) as started,
    ):
        yield started


def rooms(stack: Stack, count: int) -> list[Room]:
    """Rooms that are always open."""
    with stack.app.app_context():
        first = an_open_room()
        return [first, *(a_room(first.venue) for _ in range(count - 1))]


def book(stack: Stack, room: Room, number: int) -> str:
    """Somebody new books an hour, from the room's page to the confirmation; the ref."""
    visitor = Visitor(stack.url)
    # Three rooms, twelve hours each, and then the next day.
    hour, day = 8 + number // 3 % 12, a_day(10 + number // 36 % 300).isoformat()
    statuses = [visitor.get(f"/rooms/{room.slug}").status]
    held = visitor.post("/hold", room_form(room, f"{hour:02}:00", f"{hour + 1:02}:00", date=day))
    ref = held.location.rpartition("/")[2]
    statuses += [held.status, visitor.get(held.location).status]
    to_pay = visitor.post(held.location, {"name": f"Guest {number}", "email": f"guest{number}@example.org"})
    statuses += [to_pay.status, visitor.get(to_pay.location).status]
    paid = visitor.post(to_pay.location, {"answer": "pay"})
    statuses += [paid.status, visitor.get(paid.location).status, visitor.get(f"/bookings/{ref}/confirmed").status]
    assert statuses == [200, 303, 200, 303, 200, 303, 303, 200]
    return ref


@contextmanager
def redis_away(stack: Stack) -> Iterator[None]:
    """Redis forgets everything and is gone for a while."""
    server = stack.servers.redis
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    server.stop()
    try:
        yield
    finally:
        server.start()


def test_redis_flushed_and_stopped_during_bookings_loses_none_and_no_mail(stack: Stack) -> None:
    assert_none_lost_without_redis(stack, bookings=BOOKINGS)


def assert_none_lost_without_redis(stack: Stack, *, bookings: int, away_seconds: float = 0) -> None:
    """Everybody books, some before Redis forgets everything, half of them at least while it is away."""
    calm, house = Calm(stack), rooms(stack, 3)
    confirmed = "SELECT count(*) FROM message WHERE kind = 'booking.confirmed'"
    told_before = stack.value(confirmed)
    patience = 60 + 2 * bookings
    booked: list[Future[str]] = []

    def done(share: float) -> bool:
        return sum(future.done() for future in booked) >= bookings * share

    with ThreadPoolExecutor(HANDS) as hands:
        booked += [hands.submit(book, stack, house[number % 3], number) for number in range(bookings)]
        eventually(lambda: done(1 / 4), patience)
        with redis_away(stack):
            back_at = time.monotonic() + away_seconds
            eventually(lambda: done(3 / 4) and time.monotonic() >= back_at, patience)
    assert len({future.result() for future in booked}) == bookings
    for number in range(bookings):
        stack.mailbox.wait_for(f"guest{number}@example.org", timeout=patience)
    letters = [stack.mailbox.to(f"guest{number}@example.org") for number in range(bookings)]
    assert len({str(letter["Message-ID"]) for one in letters for letter in one}) == bookings
    assert stack.value(confirmed) - told_before == bookings
    assert_balanced(stack, 60)
    # RQ calls it an error that Redis is away, and goes on when it is back.
    calm.assert_kept(but=lambda line: line.get("event", "").startswith("Worker "))


def test_without_the_sweeper_what_redis_forgets_is_forgotten(stack: Stack) -> None:
    first, second = rooms(stack, 2)
    stack.stop("worker", "scheduler")
    book(stack, first, 101)
    with redis.Redis.from_url(stack.servers.redis.url) as client:
        client.flushall()
    stack.start("worker")
    book(stack, second, 102)
    stack.mailbox.wait_for("guest102@example.org")
    assert not stack.mailbox.to("guest101@example.org")
    stack.start("scheduler")
    stack.mailbox.wait_for("guest101@example.org")


def cancelled(stack: Stack, count: int, *, days: float) -> list[str]:
    """Bookings that were paid, and are cancelled so many days before; their refunds are promised. The refs."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    start = now + dt.timedelta(days=days)
    with stack.app.app_context():
        place, refs = an_open_room(), []
        for number in range(count):
            span = Span(start + dt.timedelta(hours=number), start + dt.timedelta(hours=number + 1))
            wish, guest = RoomWish(place.id, span, 2), a_guest()
            booking: Booking = a_booking(wish, actor=guest, now=clock.now(), email=f"refund{number}@example.org")
            # Mails that nobody here waits for.
            stack.rows("UPDATE outbox SET state = 'done' WHERE state = 'due' AND name = 'notifications.deliver'")
            actions.cancel(guest, booking.ref, now=clock.now())
            refs.append(booking.ref)
    return refs


def sent_back(stack: Stack, refs: list[str]) -> Counter[str]:
    """How many refunds the provider made for each booking."""
    made = stack.rows(
        "SELECT p.reference FROM sandbox_refund s JOIN sandbox_charge c ON c.id = s.charge_id"
        " JOIN payment p ON p.key = c.key WHERE p.reference = ANY(%s)",
        refs,
    )
    return Counter(row["reference"] for row in made)


def test_a_worker_killed_again_and_again_sends_each_refund_once(stack: Stack) -> None:
    stack.stop("worker")
    refs = cancelled(stack, REFUNDS, days=10)
    for before in ("sandbox_refund", "refund"):
        lose_the_worker_at(stack, before)
    stack.start("worker")
    assert_balanced(stack, 60)
    assert sent_back(stack, refs) == dict.fromkeys(refs, 1)
    for number in range(REFUNDS):
        stack.mailbox.wait_for(f"refund{number}@example.org", "on its way back to you", timeout=60)


def test_with_a_provider_that_forgets_keys_a_lost_worker_pays_twice(stack: Stack) -> None:
    stack.stop("worker")
    refs = cancelled(stack, 1, days=1.5)  # half of it goes back, so that there is enough for a second time
    with the_provider_forgets_keys(stack):
        lose_the_worker_at(stack, "refund")
        stack.start("worker")
        eventually(lambda: sent_back(stack, refs) == {refs[0]: 2}, 30)
        due = "SELECT FROM outbox WHERE name = 'payments.send_refund' AND state = 'due'"
        eventually(lambda: not stack.rows("SELECT FROM refund WHERE state = 'initiated'"), 30)
        eventually(lambda: not stack.rows(due), 30)
    # Its books are brought in order again, for the test that comes next: one of the two, with the key it was asked by.
    stack.rows(
        "DELETE FROM sandbox_refund s USING sandbox_refund other"
        " WHERE s.charge_id = other.charge_id AND s.id > other.id"
    )
    stack.rows(
        "UPDATE sandbox_refund s SET key = r.key FROM refund r JOIN payment p ON p.id = r.payment_id"
        " WHERE p.provider_id = s.charge_id AND p.reference = ANY(%s)",
        refs,
    )


def test_each_refund_is_made_once_whatever_is_lost_meanwhile(stack: Stack) -> None:
    assert_called_off_in_spite_of_losses(stack, bookings=CALLED_OFF, kills=KILLS, flushes=FLUSHES)


def assert_called_off_in_spite_of_losses(stack: Stack, *, bookings: int, kills: int, flushes: int) -> None:
    """The same at any size."""
    calm = Calm(stack)
    told = "SELECT count(*) FROM message WHERE kind = 'booking.cancelled' AND channel = 'email' AND state = 'delivered'"
    cancelled, told_before = a_full_class(stack, bookings), stack.value(told)
    stack.stop("worker")
    call_off(stack, cancelled.session_id)
    lose_everything_meanwhile(stack, cancelled, kills=kills, flushes=flushes)
    eventually(lambda: finished(stack, cancelled.session_id), 60 + bookings)
    assert refunds_made(stack, cancelled) == owed_by_card(cancelled)
    assert put_back_into_wallets(stack, cancelled) == dict.fromkeys(cancelled.mixed, 1)
    assert seats(stack, cancelled.session_id) == (0, 0)
    eventually(lambda: stack.value(told) - told_before == bookings, 60 + bookings)
    assert_balanced(stack, 30 + bookings)
    calm.assert_kept(but=lambda line: line.get("event", "").startswith("Worker "))


def test_with_a_provider_that_forgets_keys_and_charges_a_lost_worker_pays_twice(stack: Stack) -> None:
    cancelled = a_full_class(stack, 1)
    stack.stop("worker")
    # All of a charge goes back here: for a second time there has to be more in it than was paid.
    doubled = "UPDATE sandbox_charge SET amount_minor = amount_minor {} 2 WHERE key IN (SELECT key FROM payment" \
              " WHERE reference = ANY(%s))"  # fmt: skip
    stack.rows(doubled.format("*"), list(cancelled.refs))
    call_off(stack, cancelled.session_id)
    with the_provider_forgets_keys(stack):
        cancel_one(stack, cancelled)
        lose_the_worker_at(stack, "refund")  # the provider has it, and we have not noted that
        stack.start("worker")
        eventually(lambda: finished(stack, cancelled.session_id), 30)
        assert refunds_made(stack, cancelled).total() > 1
    # Its books are brought in order again, for the test that comes next.
    stack.rows("UPDATE sandbox_refund s SET key = r.key FROM refund r WHERE r.provider_id = s.id")
    stack.rows("DELETE FROM sandbox_refund WHERE key NOT IN (SELECT key FROM refund)")
    stack.rows(doubled.format("/"), list(cancelled.refs))


class Customers(threading.Thread):
    """People who hold one hour after another, and press again, with the same key, when that did not work."""

    def __init__(self, stack: Stack, room: Room) -> None:
        super().__init__(daemon=True)
        self._stack, self._room, self._visitor = stack, room, Visitor(stack.url)
        self.enough = threading.Event()
        self.acknowledged: list[str] = []
        self.answers: Counter[int | str] = Counter()

    def run(self) -> None:
        for number in range(10_000):
            if self.enough.is_set():
                return
            day = (clock.now() + dt.timedelta(days=11 + number // 20)).date().isoformat()
            hour = number % 20
            self._hold(room_form(self._room, f"{hour:02}:00", f"{hour + 1:02}:00", date=day))

    def _hold(self, form: dict[str, str]) -> None:
        while not self.enough.is_set():
            try:
                reply = self._visitor.post("/hold", form)
            except (OSError, HTTPException) as error:
                self.answers[type(error).__name__] += 1
                continue
            self.answers[reply.status] += 1
            if reply.status == 303:
                self.acknowledged.append(reply.location.rpartition("/")[2])
                return
            if reply.status != 503:
                self.enough.set()


def test_postgres_killed_under_load_loses_nothing_acknowledged_and_is_back_without_a_restart(stack: Stack) -> None:
    assert_back_after_losing_postgres(stack, kills=1)


def assert_back_after_losing_postgres(stack: Stack, *, kills: int) -> list[float]:
    """PostgreSQL is killed while people hold one hour after another. The seconds from when it answers again until
    everybody was given something, for each time."""
    people = [Customers(stack, room) for room in rooms(stack, HANDS)]
    parts = {role: part.process and part.process.pid for role, part in stack.parts.items()}
    for one in people:
        one.start()
    waited = [_lose_postgres(stack, people) for _ in range(kills)]
    for one in people:
        one.enough.set()
    for one in people:
        ended(one, 100)  # a visitor waits 90 s for an answer
    answers = sum((one.answers for one in people), Counter())
    assert set(answers) == {303, 503}, answers
    refs = [ref for one in people for ref in one.acknowledged]
    assert stack.value("SELECT count(*) FROM booking WHERE ref = ANY(%s)", refs) == len(set(refs)) == len(refs)
    assert {role: part.process and part.process.pid for role, part in stack.parts.items()} == parts
    book(stack, rooms(stack, 1)[0], 20_001)
    stack.mailbox.wait_for("guest20001@example.org", timeout=40)
    assert_balanced(stack, 60)
    return waited


def _lose_postgres(stack: Stack, people: list[Customers]) -> float:
    """Once: killed while everybody is at it, started again when somebody has felt it."""

    def everybody_holds(more_than: list[int]) -> bool:
        # Somebody who was refused in earnest holds nothing more: there the waiting ends, and the answers tell why.
        return any(one.enough.is_set() for one in people) or all(
            len(one.acknowledged) > count for one, count in zip(people, more_than, strict=True)
        )

    begun = [len(one.acknowledged) + 2 for one in people]
    eventually(lambda: everybody_holds(begun), 60)
    refused = sum(one.answers[503] for one in people)
    postgres = stack.servers.postgres
    assert isinstance(postgres, embedded.Server)
    assert postgres.process is not None
    postgres.process.send_signal(signal.SIGKILL)
    postgres.process.wait(PATIENCE_SECONDS)
    eventually(lambda: sum(one.answers[503] for one in people) > refused, 60)
    postgres.start()
    back_at, before = time.monotonic(), [len(one.acknowledged) for one in people]
    eventually(lambda: everybody_holds(before), 60)
    return time.monotonic() - back_at
