"""The ledger: once per cause, in balance, append only, and no wallet below zero."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.actions.wallet import adjust
from bookapp.payments.errors import WalletTooLow
from bookapp.payments.models import Account, LedgerEntry, Transfer
from bookapp.payments.queries import wallet_balance, wallet_balances, wallet_lines
from bookapp.values.errors import NotAllowed, NotValid
from bookapp.values.money import Money
from tests.builders import a_merchant, a_user
from tests.builders.booking import NOW

pytestmark = pytest.mark.usefixtures("app")

OURS = AccountOf.platform()


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.fixture
def user_id(app: Flask) -> int:
    """Somebody with 50 euros."""
    known = a_user().id
    assert ledger.post("credit", "start", euros(5000), OURS, AccountOf.wallet(known), now=NOW, user_id=known)
    return known


def assert_in_balance() -> None:
    """All entries sum to zero, and each balance is the sum of its entries."""
    assert db.session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0))) == 0
    sums = (
        select(Account.id)
        .outerjoin(LedgerEntry, LedgerEntry.account_id == Account.id)
        .group_by(Account.id)
        .having(func.coalesce(func.sum(LedgerEntry.amount_minor), 0) != Account.balance_minor)
    )
    assert not db.session.scalars(sums).all()


def test_a_cause_moves_money_once(user_id: int) -> None:
    assert not ledger.post("credit", "start", euros(5000), OURS, AccountOf.wallet(user_id), now=NOW)
    assert wallet_balance(user_id, "EUR") == euros(5000)
    assert_in_balance()


def test_a_wallet_never_goes_below_zero_and_nothing_is_left_of_the_attempt(user_id: int) -> None:
    with pytest.raises(WalletTooLow):
        ledger.post("debit", "too much", euros(5001), AccountOf.wallet(user_id), OURS, now=NOW)
    assert wallet_balance(user_id, "EUR") == euros(5000)
    assert db.session.scalar(select(Transfer.id).where(Transfer.cause == "too much")) is None
    assert ledger.post("debit", "all", euros(5000), AccountOf.wallet(user_id), OURS, now=NOW)
    assert_in_balance()


def test_the_database_itself_refuses_a_wallet_below_zero(user_id: int) -> None:
    below = update(Account).where(Account.kind == "wallet", Account.owner_id == user_id).values(balance_minor=-1)
    with pytest.raises(IntegrityError, match="never_below_zero"):
        db.session.execute(below)


@pytest.mark.parametrize("statement", [delete(LedgerEntry), update(LedgerEntry).values(amount_minor=1)])
@pytest.mark.usefixtures("user_id")
def test_entries_are_never_changed(statement: object) -> None:
    with pytest.raises(IntegrityError, match="append only"):
        db.session.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("minor", [0, -1])
def test_only_a_positive_amount_moves(minor: int, user_id: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        ledger.post("credit", "wrong", euros(minor), OURS, AccountOf.wallet(user_id), now=NOW)


def test_what_is_reserved_cannot_be_spent_and_ends_once(user_id: int) -> None:
    assert ledger.reserve("payment:1", euros(4000), user_id, now=NOW)
    assert not ledger.reserve("payment:1", euros(4000), user_id, now=NOW)
    assert wallet_balances(user_id) == [(euros(1000), euros(4000))]
    with pytest.raises(WalletTooLow):
        ledger.reserve("payment:2", euros(1001), user_id, now=NOW)
    assert ledger.finish("payment:1", target=None, now=NOW)
    assert not ledger.finish("payment:1", target=AccountOf.receivable(1), now=NOW)
    assert wallet_balances(user_id) == [(euros(5000), euros(0))]
    assert ledger.reserve("payment:3", euros(4000), user_id, now=NOW)
    assert ledger.finish("payment:3", target=AccountOf.receivable(1), now=NOW)
    assert wallet_balances(user_id) == [(euros(1000), euros(0))]
    assert_in_balance()


def test_currencies_are_never_mixed(user_id: int) -> None:
    ledger.post("credit", "yen", Money(300, "JPY"), OURS, AccountOf.wallet(user_id), now=NOW)
    assert wallet_balance(user_id, "JPY") == Money(300, "JPY")
    assert [free.currency for free, _aside in wallet_balances(user_id)] == ["EUR", "JPY"]
    with pytest.raises(WalletTooLow):
        ledger.reserve("yen too", Money(301, "JPY"), user_id, now=NOW)


def test_lines_tell_each_change_with_the_balance_after_it(user_id: int) -> None:
    ledger.reserve("payment:1", euros(4000), user_id, now=NOW, reference="B7K2QF")
    ledger.finish("payment:1", target=None, now=NOW)
    told = [(line.kind, line.leg, line.amount.minor, line.balance.minor) for line in wallet_lines(user_id, "EUR")]
    assert told == [
        ("payment", "release", 4000, 5000),
        ("payment", "reserve", -4000, 1000),
        ("credit", "post", 5000, 5000),
    ]
    first, second, third = wallet_lines(user_id, "EUR")
    assert wallet_lines(user_id, "EUR", before_id=first.id) == [second, third]


def test_an_admin_corrects_a_wallet_once_with_a_reason(user_id: int) -> None:
    for _ in range(2):
        adjust(SYSTEM, user_id, euros(-500), reason="Counted twice", key="k1", now=NOW)
    adjust(SYSTEM, user_id, euros(200), reason="For the trouble", key="k2", now=NOW)
    assert wallet_balance(user_id, "EUR") == euros(4700)
    assert wallet_lines(user_id, "EUR")[0].note == "For the trouble"
    assert_in_balance()


def test_a_correction_needs_the_right_a_reason_and_an_amount(user_id: int) -> None:
    with pytest.raises(NotAllowed):
        adjust(Actor(user_id=user_id), user_id, euros(500), reason="I want it", key="k", now=NOW)
    with pytest.raises(NotValid):
        adjust(SYSTEM, user_id, euros(500), reason="", key="k", now=NOW)
    with pytest.raises(NotValid):
        adjust(SYSTEM, user_id, euros(0), reason="Nothing", key="k", now=NOW)
    with pytest.raises(WalletTooLow):
        adjust(SYSTEM, user_id, euros(-5001), reason="More than there is", key="k", now=NOW)


def test_a_transfer_keeps_whose_it_is_what_it_is_about_and_when(user_id: int) -> None:
    merchant_id, later = a_merchant().id, NOW + dt.timedelta(hours=1)
    wallet, theirs = AccountOf.wallet(user_id), AccountOf.receivable(merchant_id)
    whose = {"merchant_id": merchant_id, "reference": "B7K2QF", "now": NOW}
    ledger.post("debit", "paid", euros(1), wallet, theirs, user_id=user_id, note="For the mat", **whose)
    ledger.reserve("payment:1", euros(4000), user_id, **whose)
    ledger.reserve("payment:2", euros(10), user_id, **whose)
    ledger.finish("payment:2", target=None, now=later)

    def kept(cause: str) -> tuple[object, ...]:
        row = db.session.scalars(select(Transfer).where(Transfer.cause == cause)).one()
        assert (row.user_id, row.merchant_id, row.reference) == (user_id, merchant_id, "B7K2QF")
        return row.kind, row.state, row.amount.minor, row.note, row.created_at, row.finished_at

    assert kept("paid") == ("debit", "completed", 1, "For the mat", NOW, NOW)
    assert kept("payment:1") == ("payment", "pending", 4000, "", NOW, None)
    ledger.finish("payment:1", target=theirs, now=later)
    assert kept("payment:1") == ("payment", "completed", 4000, "", NOW, later)
    assert kept("payment:2") == ("payment", "failed", 10, "", NOW, later)


def test_each_account_is_its_owners_and_providers_own(user_id: int) -> None:
    for cause, source, target in (
        ("card", AccountOf.clearing("stripe"), AccountOf.receivable(user_id)),
        ("other card", AccountOf.clearing("razorpay"), AccountOf.wallet(user_id)),
        ("to us", AccountOf.receivable(user_id), OURS),
    ):
        ledger.post("credit", cause, euros(700), source, target, now=NOW)
    rows = db.session.execute(select(Account.kind, Account.owner_id, Account.gateway, Account.balance_minor)).all()
    assert {tuple(row) for row in rows} == {
        ("clearing", None, "stripe", -700), ("clearing", None, "razorpay", -700), ("receivable", user_id, "", 0),
        ("wallet", user_id, "", 5700), ("platform", None, "", 700 - 5000),
    }  # fmt: skip
    assert_in_balance()


def test_no_more_leaves_a_reservation_than_is_in_it(user_id: int) -> None:
    ledger.reserve("payment:1", euros(4000), user_id, now=NOW)
    with pytest.raises(WalletTooLow):
        ledger.post("debit", "more", euros(4001), AccountOf.reserved(user_id), OURS, now=NOW)
    assert wallet_balances(user_id) == [(euros(1000), euros(4000))]
