"""Money that is taken back, over real HTTP: disputes from the first news to the last, and what bounces later."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from bookapp.booking import actions as booking
from bookapp.booking.models import Booking
from bookapp.catalog.actions import grant_role
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.operations.queries import differences
from bookapp.payments import actions
from bookapp.payments.models import Account, Dispute, MoneyCase, Payment, Refund, WebhookEvent
from bookapp.values.money import Money
from tests.builders import a_user
from tests.builders.booking import NOW, a_guest
from tests.payments.gateways.conftest import World, begin, knock
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.providers import StandInStripe
from tests.support.staff import sign_in

JOBS = ("payments.work_off_webhook", "payments.send_refund", "booking.issue_papers")


@dataclass
class Paid:
    """A confirmed booking of 54.00, its payment and what the provider calls it."""

    shop: World
    client: Client
    guest: Actor
    booking: Booking
    capture: str
    heard: int = 0

    def hear(self, *, again: int = 1, shuffled: int | None = None) -> None:
        """Everything that has happened at the provider since then reaches us, and is worked off."""
        events = self.shop.stand_in.events[self.heard :]
        self.heard = len(self.shop.stand_in.events)
        events = events * again
        if shuffled is not None:
            random.Random(shuffled).shuffle(events)
        assert {knock(self.client, self.shop, event) for event in events} <= {204}
        # The database's own clock does not stand at NOW.
        db.session.execute(update(WebhookEvent).values(received_at=NOW))
        db.session.commit()
        # News that came before what they are about are looked at again.
        while work_off(*JOBS):
            pass

    @property
    def payment(self) -> Payment:
        found = select(Payment).where(Payment.reference == self.booking.ref)
        return db.session.scalars(found.execution_options(populate_existing=True)).one()

    @property
    def receivable(self) -> int:
        merchant = Account.owner_id == self.booking.merchant_id
        return db.session.scalar(select(Account.balance_minor).where(Account.kind == "receivable", merchant)) or 0

    def cases(self) -> list[tuple[str, bool]]:
        """(kind, is it open), oldest first."""
        return [(one.kind, one.closed_at is None) for one in db.session.scalars(select(MoneyCase).order_by("id"))]

    def refunds(self) -> list[tuple[str, str | None]]:
        """(state, failure) of each."""
        rows = select(Refund).order_by("id").execution_options(populate_existing=True)
        return [(one.state, one.failure) for one in db.session.scalars(rows)]


@pytest.fixture
def paid(shop: World, client: Client) -> Paid:
    guest = a_guest()
    held, charge = begin(shop, 1, guest)
    capture = shop.stand_in.pay(charge)
    made = Paid(shop, client, guest, held, capture)
    made.hear()
    db.session.refresh(held)
    assert (held.state, made.receivable) == ("confirmed", 5400)
    return made


def alerts() -> set[str]:
    mails = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "payments.dispute"))
    return {mail.recipient for mail in mails if mail.channel == "email"}


def test_a_dispute_freezes_what_goes_back_and_calls_the_house(paid: Paid) -> None:
    admin, owner = a_user(is_admin=True), a_user()
    grant_role(SYSTEM, user_id=owner.id, merchant_id=paid.booking.merchant_id, role="owner")
    paid.shop.stand_in.dispute(paid.capture)
    paid.hear()
    assert paid.payment.state == "disputed"
    assert alerts() == {owner.email, admin.email}
    assert paid.cases() == [("dispute", True)]

    booking.cancel(paid.guest, paid.booking.ref, now=NOW)
    work_off(*JOBS)
    assert (paid.refunds(), paid.shop.refunds()) == ([("initiated", None)], 0), "it waits, and nothing was sent"
    sign_in(paid.client, merchant_id=paid.booking.merchant_id)
    desk = paid.client.get("/desk/money").text
    assert "Payment disputed" in desk
    assert paid.booking.ref in desk
    assert differences() == []


def test_won_it_goes_out_after_all(paid: Paid) -> None:
    dispute = paid.shop.stand_in.dispute(paid.capture)
    paid.hear()
    booking.cancel(paid.guest, paid.booking.ref, now=NOW)
    paid.shop.stand_in.close_dispute(dispute, "won")
    paid.hear()
    assert (paid.payment.state, paid.cases()) == ("won", [("dispute", False)])
    assert (paid.refunds(), paid.shop.refunds(), paid.receivable) == ([("processed", None)], 1, 1350)
    assert differences() == []


def test_lost_it_is_booked_and_nothing_goes_back_twice(paid: Paid) -> None:
    dispute = paid.shop.stand_in.dispute(paid.capture)
    paid.hear()
    booking.cancel(paid.guest, paid.booking.ref, now=NOW)
    paid.shop.stand_in.close_dispute(dispute, "lost")
    paid.hear()
    assert (paid.payment.state, paid.receivable) == ("lost", 0)
    assert (paid.refunds(), paid.shop.refunds()) == ([("failed", "dispute_lost")], 0)
    assert ("refund_failed", True) in paid.cases()
    assert differences() == []


@pytest.mark.parametrize("end", ["won", "lost"])
@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_and_often_it_ends_the_same(shop: World, client: Client, end: str, seed: int) -> None:
    held, charge = begin(shop, 1)
    made = Paid(shop, client, a_guest(), held, shop.stand_in.pay(charge))
    shop.stand_in.close_dispute(shop.stand_in.dispute(made.capture), end)
    made.hear(again=3, shuffled=seed)
    assert (made.payment.state, made.receivable) == (end, 5400 if end == "won" else 0)
    assert [one.state for one in db.session.scalars(select(Dispute))] == [end]
    assert db.session.scalars(select(WebhookEvent.id).where(WebhookEvent.processed_at.is_(None))).all() == []
    assert differences() == []


def test_won_and_disputed_again_it_is_frozen_again(paid: Paid) -> None:
    first = paid.shop.stand_in.dispute(paid.capture)
    paid.shop.stand_in.close_dispute(first, "won")
    paid.hear()
    second = paid.shop.stand_in.dispute(paid.capture)
    paid.hear()
    booking.cancel(paid.guest, paid.booking.ref, now=NOW)
    work_off(*JOBS)
    assert (paid.payment.state, paid.refunds(), paid.shop.refunds()) == ("disputed", [("initiated", None)], 0)
    paid.shop.stand_in.close_dispute(second, "lost")
    paid.hear()
    assert (paid.payment.state, paid.receivable, paid.shop.refunds()) == ("lost", 0, 0)
    assert differences() == []


def test_the_second_heard_of_before_the_end_of_the_first_keeps_it_frozen(paid: Paid) -> None:
    first = paid.shop.stand_in.dispute(paid.capture)
    paid.hear()
    booking.cancel(paid.guest, paid.booking.ref, now=NOW)
    paid.shop.stand_in.close_dispute(first, "won")
    paid.shop.stand_in.dispute(paid.capture)
    last = len(paid.shop.stand_in.events) - 1
    for event in (paid.shop.stand_in.events[last], paid.shop.stand_in.events[last - 1]):
        assert knock(paid.client, paid.shop, event) == 204
        work_off(*JOBS)
    assert (paid.payment.state, paid.refunds(), paid.shop.refunds()) == ("disputed", [("initiated", None)], 0)


def test_two_lost_ones_take_no_more_than_there_was(paid: Paid) -> None:
    for amount in (4000, 3000):
        dispute = paid.shop.stand_in.dispute(paid.capture, amount=amount)
        paid.shop.stand_in.close_dispute(dispute, "lost")
        paid.hear()
    assert (paid.payment.state, paid.receivable) == ("lost", 0)


def test_a_refund_that_comes_back_later_waits_at_the_desk(paid: Paid) -> None:
    actions.refund(paid.payment.id, Money(1000, "EUR"), cause="goodwill:1", now=NOW)
    work_off(*JOBS)
    assert paid.refunds() == [("processed", None)]
    (refund_id,) = db.session.scalars(select(Refund.provider_id)).all()
    paid.shop.stand_in.fail_refund(refund_id or "")
    paid.hear(again=2)
    ((state, failure),) = paid.refunds()
    assert (state, bool(failure), paid.cases()) == ("failed", True, [("refund_failed", True)])
    sign_in(paid.client, merchant_id=paid.booking.merchant_id)
    assert "Refund failed" in paid.client.get("/desk/money").text


# A Razorpay link is paid or open: who is refused there still stands before it.
@pytest.mark.parametrize("shop", ["stripe"], indirect=True)
def test_a_payment_the_bank_refuses_after_its_payer_has_left(shop: World, client: Client) -> None:
    assert isinstance(shop.stand_in, StandInStripe)
    guest = a_guest()
    held, charge = begin(shop, 1, guest)
    shop.stand_in.pay_later(charge)
    made = Paid(shop, client, guest, held, "")
    made.hear()
    assert (made.payment.state, made.cases()) == ("pending", []), "not yet known"
    shop.stand_in.answer_later(charge, paid=False)
    made.hear(again=3, shuffled=1)
    assert (made.payment.state, made.payment.failure) == ("failed", "payment_method_provider_decline")
    assert made.cases() == [("payment_bounced", True)]
    db.session.refresh(held)
    assert held.state == "pending", "there is time for another card"
    mail = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "booking.payment_bounced")).one()
    assert "€54.00" in mail.text
    assert f"/checkout/{held.ref}" in mail.text
    sign_in(client, merchant_id=held.merchant_id)
    assert "Payment bounced" in client.get("/desk/money").text

    again = booking.begin_payment(guest, held.ref, gateway_name="stripe", now=NOW)
    assert again is not None
    actions.open_at_provider(again.id, now=NOW)
    db.session.refresh(again)
    shop.stand_in.pay(again.provider_id or "")
    made.hear()
    assert made.cases() == [("payment_bounced", False)]
    db.session.refresh(held)
    assert held.state == "confirmed"


# A Razorpay link is paid or open: who is refused there still stands before it.
@pytest.mark.parametrize("shop", ["stripe"], indirect=True)
def test_a_bank_that_takes_its_time_and_pays(shop: World, client: Client) -> None:
    assert isinstance(shop.stand_in, StandInStripe)
    held, charge = begin(shop, 1)
    shop.stand_in.pay_later(charge)
    shop.stand_in.answer_later(charge, paid=True)
    made = Paid(shop, client, a_guest(), held, "")
    made.hear(again=2, shuffled=2)
    assert (made.payment.state, made.receivable, made.cases()) == ("succeeded", 5400, [])
