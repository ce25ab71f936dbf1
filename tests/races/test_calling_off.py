"""A session full of paid bookings is cancelled while the worker dies again and again and Redis forgets.

A tenth of what guarantees.md asks for, which `make torture` does whole. On servers of its own: PostgreSQL has to keep
everything.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import databases
from tests.support.books import assert_balanced
from tests.support.eventually import eventually
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
    sent_back,
)
from tests.support.races import Calm, seats
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.stack

BOOKINGS = 20
KILLS = 5
FLUSHES = 2


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything of its own."""
    with (
        databases.servers(durable=True) as servers,
        running_stack(servers, tmp_path_factory.mktemp("calling-off")) as started,
    ):
        yield started


def test_each_refund_is_made_once_whatever_is_lost_meanwhile(stack: Stack) -> None:
    assert_called_off_in_spite_of_losses(stack, bookings=BOOKINGS, kills=KILLS, flushes=FLUSHES)


def assert_called_off_in_spite_of_losses(stack: Stack, *, bookings: int, kills: int, flushes: int) -> None:
    """The same at any size."""
    calm = Calm(stack)
    cancelled = a_full_class(stack, bookings)
    stack.stop("worker")
    call_off(stack, cancelled.session_id)
    lose_everything_meanwhile(stack, cancelled, kills=kills, flushes=flushes)
    eventually(lambda: finished(stack, cancelled.session_id), 60 + bookings)
    assert sent_back(stack, cancelled) == owed_by_card(cancelled)
    assert put_back_into_wallets(stack, cancelled) == dict.fromkeys(cancelled.mixed, 1)
    assert seats(stack, cancelled.session_id) == (0, 0)
    told = "SELECT count(*) FROM message WHERE kind = 'booking.cancelled' AND channel = 'email' AND state = 'delivered'"
    eventually(lambda: stack.value(told) == bookings, 60 + bookings)
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
        assert sent_back(stack, cancelled).total() > 1
    # Its books are brought in order again, for the test that comes next.
    stack.rows("UPDATE sandbox_refund s SET key = r.key FROM refund r WHERE r.provider_id = s.id")
    stack.rows("DELETE FROM sandbox_refund WHERE key NOT IN (SELECT key FROM refund)")
    stack.rows(doubled.format("/"), list(cancelled.refs))
