"""Power cuts for the worker and amnesia for Redis, and a cancelled session that has to come through them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import redis

from bookapp.booking import actions
from bookapp.booking.queries.calloff import cancellation_of, progress
from bookapp.booking.rules import SeatWish
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from tests.builders import a_session, a_user
from tests.builders.booking import a_booking
from tests.builders.wallets import a_mixed_booking
from tests.support.eventually import eventually
from tests.support.gate import gate
from tests.support.stack import Stack

PRICE = 1600
FROM_WALLET = 500
# Where a worker is killed when it is not killed anywhere: before a booking ends, before the provider has the refund,
# before we note that it has it.
MOMENTS = ("booking", "sandbox_refund", "refund")


@dataclass(frozen=True)
class Class:
    """A session with paid bookings: every fourth was paid from a wallet in part."""

    session_id: int
    refs: tuple[str, ...]
    mixed: frozenset[str]


def a_full_class(stack: Stack, bookings: int) -> Class:
    """Somebody has paid for each of its seats; what was promised about that is done."""
    now = clock.now()
    start = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=3)
    refs, mixed = [], set()
    with stack.app.app_context():
        session_id = int(a_session(starts_at=start, capacity=bookings).id)
        wish = SeatWish(session_id, 1)
        for number in range(bookings):
            if number % 4 == 3:
                ref = a_mixed_booking(a_user(), wish, wallet_minor=FROM_WALLET, now=now).ref
                mixed.add(ref)
            else:
                ref = a_booking(wish, now=now, email=f"seat-{session_id}-{number}@example.org").ref
            refs.append(ref)
    # Confirmations nobody here waits for: what is left to do is the cancelling alone.
    stack.rows("UPDATE outbox SET state = 'done', finished_at = now() WHERE state = 'due'")
    return Class(session_id, tuple(refs), frozenset(mixed))


def call_off(stack: Stack, session_id: int) -> None:
    """Its house cancels it."""
    with stack.app.app_context():
        actions.call_off_session(SYSTEM, session_id, now=clock.now(), key=f"call-off-{session_id}", reason="Storm")


def cancel_one(stack: Stack, cancelled: Class) -> None:
    """The work of one booking's job: its refund is promised then."""
    booking_id = stack.value("SELECT id FROM booking WHERE ref = %s", cancelled.refs[0])
    with stack.app.app_context():
        assert actions.call_off_one(cancelled.session_id, booking_id, now=clock.now())


def flush_redis(stack: Stack) -> None:
    """Redis forgets every job it was told of, and so long ago that the sweeper may tell it again."""
    with redis.Redis.from_url(stack.servers.redis.url) as client:
        client.flushall()
    stack.rows("UPDATE outbox SET nudged_at = NULL WHERE state = 'due'")


def forget_leases(stack: Stack) -> None:
    """Two minutes later: what a lost worker had claimed is anybody's again."""
    stack.rows(
        "UPDATE outbox SET lease_until = now() - interval '1 s', nudged_at = NULL"
        " WHERE state = 'due' AND lease_until IS NOT NULL"
    )


def lose_the_worker_at(stack: Stack, table: str, *, or_anywhere: bool = False) -> None:
    """Start a worker, and kill it when it is about to write to `table`.

    With `or_anywhere` also when other work keeps it from getting there in time.
    """
    with gate(stack, table) as closed:
        stack.start("worker")
        with suppress(*[AssertionError] if or_anywhere else []):
            eventually(closed.waiting, 20)
        stack.kill("worker")
    forget_leases(stack)


def lose_the_worker_after(stack: Stack, rows: int) -> None:
    """Start a worker, and kill it wherever it is when it has done so many pieces of work more."""
    before = _done(stack)
    stack.start("worker")
    with suppress(AssertionError):
        eventually(lambda: _done(stack) >= before + rows, 20)
    stack.kill("worker")
    forget_leases(stack)


def _done(stack: Stack) -> int:
    return int(stack.value("SELECT count(*) FROM outbox WHERE state = 'done'"))


def lose_everything_meanwhile(stack: Stack, cancelled: Class, *, kills: int, flushes: int) -> None:
    """Kill the worker so many times while it cancels, every third time at a moment that matters, and flush Redis.

    In each of its lives it does a share of what is left, so that there is work for the last one as well.
    """
    for number in range(kills):
        if number * flushes // kills != (number - 1) * flushes // kills:
            flush_redis(stack)
        if number % 3 == 0 and _is_left(stack, cancelled):
            lose_the_worker_at(stack, MOMENTS[number // 3 % len(MOMENTS)], or_anywhere=True)
        else:
            lose_the_worker_after(stack, max(1, _due(stack) // (kills + 1 - number)))
    stack.start("worker")


def _due(stack: Stack) -> int:
    return int(stack.value("SELECT count(*) FROM outbox WHERE state = 'due' AND run_at <= now()"))


def _is_left(stack: Stack, cancelled: Class) -> bool:
    return bool(
        stack.value("SELECT count(*) FROM booking WHERE session_id = %s AND state = 'confirmed'", cancelled.session_id)
    )


def finished(stack: Stack, session_id: int) -> bool:
    """Whether its page says that everything is done."""
    with stack.app.app_context():
        cancellation = cancellation_of(session_id)
        assert cancellation is not None
        now = progress(cancellation, "EUR")
        assert not now.failed, now
        return not now.is_running


def refunds_made(stack: Stack, cancelled: Class) -> Counter[tuple[str, int]]:
    """How often the provider made a refund of so many cents for each booking."""
    made = stack.rows(
        "SELECT p.reference, s.amount_minor FROM sandbox_refund s JOIN sandbox_charge c ON c.id = s.charge_id"
        " JOIN payment p ON p.key = c.key WHERE p.reference = ANY(%s)",
        list(cancelled.refs),
    )
    return Counter((row["reference"], int(row["amount_minor"])) for row in made)


def owed_by_card(cancelled: Class) -> Counter[tuple[str, int]]:
    """What the provider has to send back, each once."""
    return Counter((ref, PRICE - FROM_WALLET if ref in cancelled.mixed else PRICE) for ref in cancelled.refs)


def put_back_into_wallets(stack: Stack, cancelled: Class) -> Counter[str]:
    """How often a wallet was given its part of a booking back in the ledger."""
    rows = stack.rows(
        "SELECT t.reference FROM transfer t JOIN ledger_entry e ON e.transfer_id = t.id"
        " JOIN ledger_account a ON a.id = e.account_id"
        " WHERE t.kind = 'refund' AND a.kind = 'wallet' AND e.amount_minor = %s AND t.reference = ANY(%s)",
        FROM_WALLET,
        list(cancelled.refs),
    )
    return Counter(row["reference"] for row in rows)
