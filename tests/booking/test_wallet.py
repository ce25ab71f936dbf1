"""Paying from the wallet: all, or part beside a card; and where the money goes when plans change."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Account, LedgerEntry, Payment, Refund
from bookapp.payments.queries import payments_of, wallet_balance, wallet_balances, wallet_page
from bookapp.values.money import Money
from tests.builders import a_user, actor_of
from tests.builders.booking import NOW, a_hold, a_wish, details
from tests.support.jobs import work_off

pytestmark = pytest.mark.usefixtures("app")

LATER = NOW + dt.timedelta(minutes=5)


def somebody_with(minor: int) -> Actor:
    actor = actor_of(a_user())
    assert actor.user_id is not None
    if minor:
        ledger.post(
            "credit", f"start:{actor.user_id}", Money(minor, "EUR"), AccountOf.platform(),
            AccountOf.wallet(actor.user_id), now=NOW, user_id=actor.user_id,
        )  # fmt: skip
    return actor


def spendable(actor: Actor) -> int:
    assert actor.user_id is not None
    return wallet_balance(actor.user_id, "EUR").minor


def check_out(actor: Actor, *, now: dt.datetime = NOW) -> tuple[Booking, Payment | None]:
    """Two hours at 54 euros, held and taken to the till with the wallet switched on."""
    held = a_hold(actor=actor, now=now)
    payment = actions.check_out(actor, held.ref, details(actor.email), gateway_name="sandbox", now=now, wallet=True)
    db.session.refresh(held)
    return held, payment


def at_provider(payment: Payment, answer: ChargeState, *, now: dt.datetime = LATER) -> None:
    """The card's part comes to its end there, and we hear of it."""
    payments.open_at_provider(payment.id, now=now)
    db.session.refresh(payment)
    assert sandbox.settle(payment.provider_id or "", answer)
    payments.ask_back(payment.id, now=now)


def shares(booking: Booking) -> list[tuple[str, int, str]]:
    return [(each.gateway, each.amount_minor, each.state) for each in payments_of(booking.ref)]


def refunds_of(booking: Booking) -> list[tuple[str, int, str, str]]:
    rows = db.session.execute(
        select(Payment.gateway, Refund.amount_minor, Refund.destination, Refund.state)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.reference == booking.ref)
        .order_by(Refund.id)
    )
    return [tuple(row) for row in rows]


def assert_books() -> None:
    """Entries sum to zero, and each balance is the sum of its entries."""
    assert db.session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0))) == 0
    by_account = select(LedgerEntry.account_id, func.sum(LedgerEntry.amount_minor)).group_by(LedgerEntry.account_id)
    sums = {row.account_id: row[1] for row in db.session.execute(by_account)}
    for account in db.session.scalars(select(Account).execution_options(populate_existing=True)):
        assert account.balance_minor == sums.get(account.id, 0), account.kind


def test_a_wallet_that_holds_enough_confirms_at_once() -> None:
    actor = somebody_with(6000)
    booking, payment = check_out(actor)
    assert payment is None
    assert booking.state == "confirmed"
    assert shares(booking) == [("wallet", 5400, "succeeded")]
    assert spendable(actor) == 600
    assert_books()


def test_the_rest_is_paid_by_card_and_the_wallets_part_is_taken_aside_meanwhile() -> None:
    actor = somebody_with(2000)
    booking, payment = check_out(actor)
    assert payment is not None
    assert shares(booking) == [("sandbox", 3400, "pending"), ("wallet", 2000, "pending")]
    assert wallet_balances(actor.user_id or 0) == [(Money(0, "EUR"), Money(2000, "EUR"))]
    at_provider(payment, ChargeState.PAID)
    db.session.refresh(booking)
    assert booking.state == "confirmed"
    assert shares(booking) == [("sandbox", 3400, "succeeded"), ("wallet", 2000, "succeeded")]
    assert wallet_balances(actor.user_id or 0) == [(Money(0, "EUR"), Money(0, "EUR"))]
    assert_books()


def test_a_declined_card_gives_the_wallets_part_back() -> None:
    actor = somebody_with(2000)
    booking, payment = check_out(actor)
    assert payment is not None
    at_provider(payment, ChargeState.FAILED)
    assert shares(booking) == [("sandbox", 3400, "failed"), ("wallet", 2000, "failed")]
    assert spendable(actor) == 2000
    again = actions.check_out(actor, booking.ref, details(actor.email), gateway_name="sandbox", now=LATER, wallet=True)
    assert again is not None
    at_provider(again, ChargeState.PAID)
    db.session.refresh(booking)
    assert booking.state == "confirmed"
    assert_books()


def test_a_card_that_is_paid_after_all_takes_the_wallets_part_again() -> None:
    actor = somebody_with(2000)
    booking, payment = check_out(actor)
    assert payment is not None
    payments.close(payment.id, ChargeState.EXPIRED, now=LATER)
    assert spendable(actor) == 2000
    payments.settle(payment.id, now=LATER)
    db.session.refresh(booking)
    assert booking.state == "confirmed"
    assert spendable(actor) == 0
    assert_books()


def test_with_the_wallet_spent_meanwhile_the_late_card_goes_back_whole_and_the_mail_says_so() -> None:
    actor = somebody_with(2000)
    booking, payment = check_out(actor)
    assert payment is not None
    payments.close(payment.id, ChargeState.EXPIRED, now=LATER)
    ledger.post(
        "debit", "spent", Money(1500, "EUR"), AccountOf.wallet(actor.user_id or 0), AccountOf.platform(), now=LATER
    )
    payments.open_at_provider(payment.id, now=LATER)
    db.session.refresh(payment)
    sandbox.settle(payment.provider_id or "", ChargeState.PAID)
    payments.settle(payment.id, now=LATER)
    work_off("payments.send_refund")
    db.session.refresh(booking)
    assert booking.state != "confirmed"
    assert refunds_of(booking) == [("sandbox", 3400, "original", "processed")]
    assert spendable(actor) == 500
    told = select(MessageRecord.subject).where(
        MessageRecord.kind == "booking.payment_returned", MessageRecord.channel == "email"
    )
    assert len(db.session.scalars(told).all()) == 1
    assert_books()


@pytest.mark.parametrize(
    ("to", "back"),
    [
        ("original", [("wallet", 2000, "wallet", "processed"), ("sandbox", 2050, "original", "processed")]),
        ("wallet", [("wallet", 2000, "wallet", "processed"), ("sandbox", 2050, "wallet", "processed")]),
    ],
)
def test_a_mixed_payment_goes_back_in_a_stated_order(to: str, back: list[tuple[str, int, str, str]]) -> None:
    actor = somebody_with(2000)
    booking, payment = check_out(actor)
    assert payment is not None
    at_provider(payment, ChargeState.PAID)
    actions.cancel(actor, booking.ref, now=LATER, to=to)
    work_off("payments.send_refund")
    assert refunds_of(booking) == back  # 75 % of 54.00: the wallet's part first, then the card's
    assert spendable(actor) == (2000 if to == "original" else 4050)
    assert_books()


def test_a_guest_has_no_wallet() -> None:
    guest = Actor(visitor="somebody")
    held = a_hold(actor=guest)
    payment = actions.check_out(guest, held.ref, details(), gateway_name="sandbox", now=NOW, wallet=True)
    assert payment is not None
    assert shares(held) == [("sandbox", 5400, "pending")]


def test_what_costs_little_is_paid_by_wallet_alone_or_card_alone() -> None:
    """A provider collects nothing below half a euro, so the wallet never leaves it less than that."""
    actor = somebody_with(5380)
    held = a_hold(a_wish(), actor=actor)
    actions.check_out(actor, held.ref, details(actor.email), gateway_name="sandbox", now=NOW, wallet=True)
    assert shares(held) == [("sandbox", 50, "pending"), ("wallet", 5350, "pending")]


def test_a_wallets_changes_come_a_page_at_a_time_over_all_its_currencies():
    actor = somebody_with(2000)
    assert actor.user_id is not None
    yen = Money(900, "JPY")
    ledger.post("credit", "yen", yen, AccountOf.platform(), AccountOf.wallet(actor.user_id), now=NOW,
                user_id=actor.user_id)  # fmt: skip
    somebody_with(77)
    check_out(actor)
    lines, whole = wallet_page(actor.user_id, page=1, limit=2)
    assert whole == 3
    assert [(line.amount, line.balance) for line in lines] == [
        (Money(-2000, "EUR"), Money(0, "EUR")),
        (yen, yen),
    ]
    lines, whole = wallet_page(actor.user_id, currency="EUR", page=2, limit=1)
    assert ([(line.amount.minor, line.balance.minor) for line in lines], whole) == ([(2000, 2000)], 2)
