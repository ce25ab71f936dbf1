"""The rows of the table in guarantees.md that `make test` runs at about a tenth, at their full size."""

from __future__ import annotations

import pytest

from tests.races.test_addons import assert_stock_kept
from tests.races.test_appointments import a_practice, assert_whole_or_not_at_all
from tests.races.test_losses import (
    assert_back_after_losing_postgres,
    assert_called_off_in_spite_of_losses,
    assert_none_lost_without_redis,
)
from tests.races.test_places import assert_disjoint
from tests.races.test_seats import assert_ten_of
from tests.support.books import assert_balanced
from tests.support.races import Calm
from tests.support.stack import Stack
from tests.support.webhooks import a_paid_charge, settled_once, shower

pytestmark = [pytest.mark.stack, pytest.mark.torture]


def test_1000_at_a_session_with_ten_seats(stack: Stack) -> None:
    calm = Calm(stack)
    assert_ten_of(stack, 1000)
    calm.assert_kept()


def test_1000_around_one_room_hour(stack: Stack) -> None:
    calm = Calm(stack)
    assert_disjoint(stack, 1000, buffer=0)
    calm.assert_kept()


def test_200_appointments_naming_room_and_person_in_opposite_order(stack: Stack) -> None:
    calm = Calm(stack)
    assert_whole_or_not_at_all(stack, a_practice(stack), 200)
    calm.assert_kept()


def test_100_bookings_with_a_projector_of_which_there_are_three(stack: Stack) -> None:
    calm = Calm(stack)
    assert_stock_kept(stack, 100)
    calm.assert_kept()


def test_each_webhook_100_times_shuffled(stack: Stack) -> None:
    calm = Calm(stack)
    charges = [a_paid_charge(stack) for _ in range(10)]
    assert set(shower(stack, charges, times=100)) == {204}
    for charge in charges:
        settled_once(stack, charge)
    assert_balanced(stack, 60)
    calm.assert_kept()


def test_a_session_with_200_paid_bookings_cancelled_with_50_kills_and_two_flushes(stack: Stack) -> None:
    assert_called_off_in_spite_of_losses(stack, bookings=200, kills=50, flushes=2)


def test_postgres_killed_three_times_under_load(stack: Stack) -> None:
    waited = assert_back_after_losing_postgres(stack, kills=3)
    print("back after", *(f"{seconds:.1f} s" for seconds in waited))
    assert max(waited) <= 10


def test_500_bookings_while_redis_is_flushed_and_away_for_a_minute(stack: Stack) -> None:
    assert_none_lost_without_redis(stack, bookings=500, away_seconds=60)
