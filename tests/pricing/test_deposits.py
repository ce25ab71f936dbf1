"""Deposits: part now, the rest until a date; the narrowest counts; too near, and everything is due at once."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.pricing import actions
from bookapp.pricing.queries import deposit_for, deposit_rules_of
from bookapp.pricing.rules import Deposit, due
from bookapp.pricing.rules.deposits import deposit_of, frozen_deposit, narrowest
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.money import Money
from tests.builders import a_merchant, a_room, a_service, a_user, a_venue, actor_of
from tests.builders.staff import a_manager_of, an_owner_of

NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def test_part_now_and_the_rest_days_before_the_start() -> None:
    found = due(eur(10001), Deposit(percent=30), starts_at=NOW + 3 * WEEK, now=NOW)
    assert (found.now, found.later, found.rest_due_at) == (eur(3000), eur(7001), NOW + 2 * WEEK)


def test_an_amount_now() -> None:
    assert due(eur(10000), Deposit(amount_minor=2500), starts_at=NOW + 3 * WEEK, now=NOW).now == eur(2500)


@pytest.mark.parametrize(
    ("total", "deposit", "days"),
    [
        (10000, None, 30),
        (10000, Deposit(percent=30), 6),
        (10000, Deposit(percent=30), 7),
        (2000, Deposit(amount_minor=2500), 30),
        (2500, Deposit(amount_minor=2500), 30),
        (1, Deposit(percent=30), 30),
        (0, Deposit(percent=30), 30),
    ],
)
def test_everything_now(total: int, deposit: Deposit | None, days: float) -> None:
    found = due(eur(total), deposit, starts_at=NOW + dt.timedelta(days=days), now=NOW)
    assert (found.now, found.later, found.rest_due_at) == (eur(total), eur(0), None)


@pytest.mark.parametrize(("deposit", "now"), [(1, 50), (49, 50), (50, 50), (950, 950), (951, 1000), (999, 1000)])
def test_neither_part_is_less_than_a_card_can_be_charged(deposit: int, now: int) -> None:
    found = due(eur(1000), Deposit(amount_minor=deposit), starts_at=NOW + 2 * WEEK, now=NOW)
    assert (found.now, found.later) == (eur(now), eur(1000 - now))


def test_a_moment_before_the_day_of_the_rest_it_is_still_a_deposit() -> None:
    found = due(eur(10000), Deposit(percent=30), starts_at=NOW + WEEK + dt.timedelta(seconds=1), now=NOW)
    assert found.rest_due_at == NOW + dt.timedelta(seconds=1)


@given(
    st.integers(0, 10**10), st.integers(1, 99), st.integers(0, 365), st.integers(0, 400),
    st.one_of(st.none(), st.integers(1, 10**9)),
)  # fmt: skip
def test_now_and_later_are_always_the_total(
    total: int, percent: int, before: int, days: int, amount: int | None
) -> None:
    deposit = Deposit(percent, None, before) if amount is None else Deposit(None, amount, before)
    found = due(eur(total), deposit, starts_at=NOW + dt.timedelta(days=days), now=NOW)
    assert found.now + found.later == eur(total)
    assert (found.rest_due_at is None) == (not found.later)
    assert found.now or not total, "nobody is confirmed for nothing"


def test_the_narrowest_counts() -> None:
    house, room, service = Deposit(percent=10), Deposit(percent=20, room_id=1), Deposit(percent=30, service_id=2)
    assert narrowest([house, room, service], room_id=1, service_id=None) is room
    assert narrowest([house, room, service], room_id=None, service_id=2) is service
    assert narrowest([service, room, house], room_id=1, service_id=2) is service
    assert narrowest([room, service, house], room_id=9, service_id=9) is house
    assert narrowest([room, service], room_id=9, service_id=None) is None


@given(st.integers(1, 99), st.integers(0, 365))
def test_what_a_booking_keeps_is_what_was_agreed(percent: int, days: int) -> None:
    deposit = Deposit(percent=percent, rest_days_before=days, room_id=7)
    assert deposit_of(frozen_deposit(deposit)) == deposit
    assert deposit_of(frozen_deposit(None)) is None


@pytest.mark.usefixtures("app")
def test_the_owner_has_one_for_each_scope() -> None:
    merchant = a_merchant()
    room, service, owner = a_room(a_venue(merchant)), a_service(merchant), an_owner_of(merchant)
    for deposit in (
        Deposit(percent=10),
        Deposit(percent=15),
        Deposit(percent=20, room_id=room.id),
        Deposit(amount_minor=500, service_id=service.id),
    ):
        actions.set_deposit(owner, merchant.id, deposit)
    assert len(deposit_rules_of(merchant.id)) == 3
    assert deposit_for(merchant.id, room_id=room.id, service_id=None) == Deposit(percent=20, room_id=room.id)
    assert deposit_for(merchant.id, room_id=None, service_id=None) == Deposit(percent=15)
    for rule in deposit_rules_of(merchant.id):
        assert actions.remove_deposit(owner, rule.id) == merchant.id
    assert deposit_for(merchant.id, room_id=room.id, service_id=None) is None
    with pytest.raises(NotFound):
        actions.remove_deposit(owner, rule.id)


@pytest.mark.usefixtures("app")
def test_nobody_else_sets_or_removes_one() -> None:
    merchant = a_merchant()
    rule = actions.set_deposit(an_owner_of(merchant), merchant.id, Deposit(percent=10))
    for actor in (a_manager_of(merchant), an_owner_of(a_merchant()), actor_of(a_user())):
        with pytest.raises(NotAllowed):
            actions.set_deposit(actor, merchant.id, Deposit(percent=50))
        with pytest.raises(NotAllowed):
            actions.remove_deposit(actor, rule.id)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("deposit", "field"),
    [
        (Deposit(), "percent"),
        (Deposit(percent=10, amount_minor=500), "percent"),
        (Deposit(percent=100), "percent"),
        (Deposit(amount_minor=0), "amount"),
        (Deposit(percent=10, rest_days_before=366), "rest_days_before"),
        (Deposit(percent=10, room_id=1, service_id=1), "scope"),
        (Deposit(percent=10, room_id=10**12), "scope"),
    ],
)
def test_what_is_no_deposit_is_refused_at_its_field(deposit: Deposit, field: str) -> None:
    merchant = a_merchant()
    with pytest.raises(NotValid) as refused:
        actions.set_deposit(an_owner_of(merchant), merchant.id, deposit)
    assert set(refused.value.fields) == {field}
