"""Random operations on wallets, against the database and a model of a few lines at once (guarantees.md, "Proven").

`make test` runs a tenth of the 10,000 operations; WALLET_EXAMPLES=100 runs them all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from bookapp.infra.db import db
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.errors import WalletTooLow
from bookapp.payments.models import Account, LedgerEntry
from bookapp.payments.queries import wallet_balances
from bookapp.values.money import Money
from tests.builders import a_user
from tests.builders.booking import NOW
from tests.builders.numbers import another
from tests.support import databases
from tests.support.databases import Servers

EXAMPLES = int(os.environ.get("WALLET_EXAMPLES", "10"))
STEPS = 100
EARNED = AccountOf.receivable(1)


@pytest.fixture
def app(servers: Servers, tmp_path: Path) -> Iterator[Flask]:
    """On a database where commits stay: thousands of changes of one row in one transaction would be as many versions
    of it, and PostgreSQL may not clear them away."""
    with databases.application_of_its_own(servers, tmp_path) as made:
        yield made


amounts = st.integers(1, 10_000)
who = st.sampled_from([0, 1])


class Wallets(RuleBasedStateMachine):
    """Two customers; `free` and `aside` are what the model says they have."""

    # How often a job that runs twice posts the same cause; the negative control makes each a cause of its own.
    cause_of: ClassVar[Callable[[str, int], str]] = staticmethod(lambda cause, _time: cause)
    reserved = Bundle("reserved")
    paid = Bundle("paid")

    @initialize()
    def start(self) -> None:
        self.users = [a_user().id, a_user().id]
        self.free, self.aside = [0, 0], [0, 0]
        self.before = _total()

    @rule(owner=who, minor=amounts, times=st.integers(1, 3))
    def money_comes_in(self, owner: int, minor: int, times: int) -> None:
        cause = f"in:{another()}"
        for time in range(times):
            ledger.post(
                "credit", self.cause_of(cause, time), _euros(minor), AccountOf.platform(),
                AccountOf.wallet(self.users[owner]), now=NOW, user_id=self.users[owner],
            )  # fmt: skip
        self.free[owner] += minor

    @rule(target=reserved, owner=who, minor=amounts)
    def a_payment_opens(self, owner: int, minor: int) -> object:
        cause = f"payment:{another()}"
        try:
            ledger.reserve(cause, _euros(minor), self.users[owner], now=NOW)
        except WalletTooLow:
            assert minor > self.free[owner]
            return multiple()
        assert minor <= self.free[owner]
        self.free[owner] -= minor
        self.aside[owner] += minor
        return owner, minor, cause

    @rule(target=paid, payment=consumes(reserved), late=st.booleans())
    def it_settles(self, payment: tuple[int, int, str], late: bool) -> tuple[int, int, str]:
        owner, minor, cause = payment
        assert ledger.finish(cause, target=EARNED, now=NOW)
        assert not ledger.finish(cause, target=None if late else EARNED, now=NOW)
        self.aside[owner] -= minor
        return payment

    @rule(payment=consumes(reserved))
    def it_closes(self, payment: tuple[int, int, str]) -> None:
        owner, minor, cause = payment
        assert ledger.finish(cause, target=None, now=NOW)
        self.aside[owner] -= minor
        self.free[owner] += minor

    @rule(payment=consumes(paid), times=st.integers(1, 3))
    def it_is_refunded(self, payment: tuple[int, int, str], times: int) -> None:
        owner, minor, cause = payment
        for time in range(times):
            ledger.post(
                "refund",
                self.cause_of(cause, time),
                _euros(minor),
                EARNED,
                AccountOf.wallet(self.users[owner]),
                now=NOW,
            )
        self.free[owner] += minor

    @invariant()
    def books_and_model_agree(self) -> None:
        if not hasattr(self, "users"):
            return
        for owner, user_id in enumerate(self.users):
            told = wallet_balances(user_id) or [(_euros(0), _euros(0))]
            assert told == [(_euros(self.free[owner]), _euros(self.aside[owner]))]
            assert _wallet_entries(user_id) == self.free[owner]
        assert _total() == self.before == 0


def _euros(minor: int) -> Money:
    return Money(minor, "EUR")


def _total() -> int:
    return db.session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0))) or 0


def _wallet_entries(user_id: int) -> int:
    wallet = Account
    return (
        db.session.scalar(
            select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0))
            .join(wallet, wallet.id == LedgerEntry.account_id)
            .where(wallet.kind == "wallet", wallet.owner_id == user_id)
        )
        or 0
    )


def _run(machine: type[Wallets], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate] if examples < EXAMPLES else list(Phase),
        ),
    )  # fmt: skip


def test_ledger_balances_and_model_agree(app: Flask) -> None:
    _run(Wallets, EXAMPLES)


def test_without_the_unique_cause_they_do_not(app: Flask) -> None:
    class Careless(Wallets):
        cause_of = staticmethod(lambda cause, time: f"{cause}:{time}")

    with pytest.raises(AssertionError):
        _run(Careless, 5)
