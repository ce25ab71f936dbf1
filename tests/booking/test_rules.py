"""Holds, cancellations, stock: the pure decisions."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.booking import rules
from bookapp.booking.states import MOVES, BookingState, may_become
from bookapp.values.money import Money
from bookapp.values.timespan import UTC, Span

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = dt.timedelta(minutes=1)


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.mark.parametrize(
    ("paid", "total", "percent", "refund", "fee"),
    [
        (5400, 5400, 75, 4050, 1350),
        (5400, 5400, 100, 5400, 0),
        (5400, 5400, 0, 0, 5400),
        # A deposit of 20 on 56.70, half of the total kept: nothing left to give back.
        (2000, 5670, 50, 0, 2000),
        (2000, 5670, 75, 583, 1417),
        (333, 333, 50, 167, 166),
        (0, 5400, 75, 0, 0),
    ],
)
def test_due_back_is_what_was_paid_beyond_the_share_kept(
    paid: int, total: int, percent: int, refund: int, fee: int
) -> None:
    outcome = rules.cancellation(paid=euro(paid), total=euro(total), percent=percent)
    assert (outcome.refund, outcome.fee) == (euro(refund), euro(fee))


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 100))
def test_never_more_back_than_paid_and_never_less_than_nothing(paid: int, total: int, percent: int) -> None:
    outcome = rules.cancellation(paid=euro(paid), total=euro(total), percent=percent)
    assert euro(0) <= outcome.refund <= euro(paid)
    assert outcome.refund + outcome.fee == euro(paid)


@pytest.mark.parametrize(
    ("state", "starts_in", "can"),
    [("confirmed", 1, True), ("confirmed", 0, False), ("confirmed", -1, False), ("pending", -1, True),
     ("cancelled", 1, False), ("completed", 1, False), ("expired", 1, False)],
)  # fmt: skip
def test_what_can_be_cancelled(state: str, starts_in: int, can: bool) -> None:
    assert rules.can_cancel(state=state, starts_at=NOW + starts_in * MINUTE, now=NOW) is can


@pytest.mark.parametrize(
    ("state", "extended", "left", "can"),
    [
        ("pending", False, 1, True),
        ("pending", True, 1, False),
        ("pending", False, 0, False),
        ("confirmed", False, 1, False),
    ],
)
def test_one_extension_while_the_hold_lives(state: str, extended: bool, left: int, can: bool) -> None:
    until = NOW + left * MINUTE
    assert rules.can_extend(state=state, extended=extended, hold_expires_at=until, now=NOW) is can


def test_five_attempts_then_a_pause() -> None:
    tries = [NOW - each * MINUTE for each in range(5)]
    assert rules.attempt_allowed(tries[:4], NOW)
    assert not rules.attempt_allowed(tries, NOW)
    assert not rules.attempt_allowed(tries, NOW + 14 * MINUTE)
    assert rules.attempt_allowed(tries, NOW + 15 * MINUTE)


def hours(start: int, end: int) -> Span:
    return Span(NOW + dt.timedelta(hours=start), NOW + dt.timedelta(hours=end))


def test_most_at_once_counts_half_open() -> None:
    uses = [(hours(0, 2), 1), (hours(2, 4), 2), (hours(1, 3), 1)]
    assert rules.most_at_once(uses, hours(0, 4)) == 3
    assert rules.most_at_once(uses, hours(0, 1)) == 1
    assert rules.most_at_once(uses, hours(4, 5)) == 0
    assert rules.most_at_once([], hours(0, 1)) == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(1, 3)), max_size=10))
def test_most_at_once_is_the_highest_hour(uses: list[tuple[int, int, int]]) -> None:
    spans = [(hours(start, start + length), quantity) for start, length, quantity in uses]
    by_hour = [sum(q for start, length, q in uses if start <= hour < start + length) for hour in range(5, 15)]
    assert rules.most_at_once(spans, hours(5, 15)) == max(by_hour)


def test_refunds_take_the_newest_payment_first() -> None:
    spread = rules.refunds_newest_first([(3, euro(1000)), (2, euro(0)), (1, euro(5000))], euro(2500))
    assert spread == [(3, euro(1000)), (1, euro(1500))]
    assert rules.refunds_newest_first([(1, euro(5000))], euro(0)) == []


ALLOWED = {
    ("pending", "confirmed"), ("pending", "expired"), ("pending", "cancelled"), ("expired", "confirmed"),
    ("confirmed", "completed"), ("confirmed", "no_show"), ("confirmed", "cancelled"),
    ("completed", "no_show"), ("no_show", "completed"),
}  # fmt: skip


@pytest.mark.parametrize("before", list(BookingState))
@pytest.mark.parametrize("after", list(BookingState))
def test_all_pairs_of_states(before: BookingState, after: BookingState) -> None:
    assert may_become(before, after) is ((before.value, after.value) in ALLOWED)


def test_every_state_has_a_word_and_a_tone() -> None:
    assert set(MOVES) == set(BookingState)
    assert all(state.label and state.tone in {"wait", "good", "off", "done", "bad"} for state in BookingState)
