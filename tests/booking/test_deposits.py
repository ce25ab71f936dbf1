"""Deposits: part is paid, the rest has a date, a link, three reminders and an end; and every state of it cancels."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookapp.booking import actions
from bookapp.booking.errors import NothingOpen
from bookapp.booking.models import Booking
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import cancellation
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.actions.cases import close_case
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import MoneyCase
from bookapp.payments.queries import balance, wallet_balance
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from tests.booking.paid import a_coupon, a_deposit, a_deposit_booking, a_tax, somebody
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, a_wish, an_open_room, at, pay
from tests.support.jobs import work_off

START = at(21)
DUE = START - dt.timedelta(days=3)
JOBS = ("booking.remind_rests", "booking.remind_rest")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def pay_rest(actor: Actor, booking: Booking, *, now: dt.datetime = NOW, wallet: bool = False) -> int | None:
    """Through the sandbox's page; None when the wallet paid it all."""
    payment = actions.begin_rest(actor, booking.ref, gateway_name="sandbox", now=now, wallet=wallet)
    if payment is None:
        return None
    payments.open_at_provider(payment.id, now=now)
    db.session.refresh(payment)
    assert sandbox.settle(payment.provider_id or "", ChargeState.PAID)
    payments.ask_back(payment.id, now=now)
    return payment.id


def remind(now: dt.datetime) -> None:
    """What the scheduler has done every hour."""
    actions.promise_reminders(now=now)
    for booking_id in [row[0] for row in db.session.execute(db.select(Booking.id))]:
        actions.remind_rest(booking_id, now=now)


def mails(kind: str) -> list[str]:
    """The subjects of the mails of this kind, oldest first."""
    records = db.select(MessageRecord.subject).where(MessageRecord.kind == kind, MessageRecord.channel == "email")
    return list(db.session.scalars(records.order_by(MessageRecord.id)))


def cases() -> list[tuple[str, bool]]:
    rows = db.session.scalars(db.select(MoneyCase).order_by(MoneyCase.id))
    return [(case.kind, case.closed_at is not None) for case in rows]


@pytest.mark.usefixtures("app")
class TestPaying:
    def test_the_deposit_confirms_and_the_rest_completes(self) -> None:
        actor = a_guest()
        booking = a_deposit_booking(actor, start=START)
        assert (rest_of(booking), booking.rest_due_at) == (eur(3780), DUE)
        pay_rest(actor, booking)
        assert (rest_of(booking), balance(booking.ref, "EUR").kept) == (eur(0), eur(5400))
        assert len(mails("booking.rest_paid")) == 1
        with pytest.raises(NothingOpen):
            pay_rest(actor, booking)

    def test_the_wallet_pays_part_or_all_of_the_rest(self) -> None:
        for wallet, paid_by_wallet in ((1000, 1000), (9000, 3780)):
            actor = somebody(wallet=wallet)
            booking = a_deposit_booking(actor, start=START)
            pay_rest(actor, booking, wallet=True)
            assert actor.user_id is not None
            assert rest_of(booking) == eur(0)
            assert wallet_balance(actor.user_id, "EUR") == eur(wallet - paid_by_wallet)

    def test_two_clicks_open_one_payment_and_a_stranger_opens_none(self) -> None:
        actor = a_guest()
        booking = a_deposit_booking(actor, start=START)
        first = actions.begin_rest(actor, booking.ref, gateway_name="sandbox", now=NOW)
        again = actions.begin_rest(actor, booking.ref, gateway_name="sandbox", now=NOW)
        assert first is again
        with pytest.raises(NotFound):
            actions.begin_rest(a_guest(), booking.ref, gateway_name="sandbox", now=NOW)

    def test_without_a_deposit_there_is_no_rest(self) -> None:
        actor = a_guest()
        booking = a_booking(actor=actor)
        assert rest_of(booking) == eur(0)
        with pytest.raises(NothingOpen):
            actions.begin_rest(actor, booking.ref, gateway_name="sandbox", now=NOW)

    def test_a_start_that_is_near_asks_for_everything(self) -> None:
        room = an_open_room()
        a_deposit(room, rest_days_before=7)
        booking = a_hold(a_wish(room, start=at(7)))
        assert (booking.due_now, booking.rest_due_at) == (eur(5400), None)

    def test_what_the_merchant_changes_later_is_not_what_was_agreed(self) -> None:
        room = an_open_room()
        actor = a_guest()
        booking = a_deposit_booking(actor, start=START, room=room)
        a_deposit(room, percent=90, rest_days_before=20)
        db.session.refresh(booking)
        assert (booking.due_now_minor, booking.rest_due_at) == (1620, DUE)


@pytest.mark.usefixtures("app")
class TestReminders:
    def test_seven_three_and_one_day_before_each_once_and_then_a_person(self) -> None:
        a_deposit_booking(a_guest(), start=START)
        said = []
        for days in (8, 7, 7, 5, 3, 2, 1, 0.5, 0, -1):
            remind(DUE - dt.timedelta(days=days))
            said.append((len(mails("booking.rest_reminder")), len(mails("booking.rest_overdue")), len(cases())))
        assert said == [
            (0, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0), (2, 0, 0),
            (2, 0, 0), (3, 0, 0), (3, 0, 0), (3, 1, 1), (3, 1, 1),
        ]  # fmt: skip
        assert cases() == [("rest_unpaid", False)]

    def test_nobody_is_cancelled_for_it(self) -> None:
        booking = a_deposit_booking(a_guest(), start=START)
        remind(DUE + dt.timedelta(days=1))
        db.session.refresh(booking)
        assert booking.state == "confirmed"

    def test_who_has_paid_hears_nothing_and_the_case_closes(self) -> None:
        actor = a_guest()
        booking = a_deposit_booking(actor, start=START)
        remind(DUE)
        pay_rest(actor, booking, now=DUE)
        assert cases() == [("rest_unpaid", True)]
        remind(DUE + dt.timedelta(days=1))
        assert (len(mails("booking.rest_overdue")), len(cases())) == (1, 1)

    def test_a_case_that_a_person_has_closed_does_not_come_again(self) -> None:
        booking = a_deposit_booking(a_guest(), start=START)
        remind(DUE)
        close_case("rest_unpaid", f"booking:{booking.ref}", now=DUE)
        remind(DUE + dt.timedelta(days=1))
        assert cases() == [("rest_unpaid", True)]

    def test_cancelling_closes_the_case(self) -> None:
        actor = a_guest()
        booking = a_deposit_booking(actor, start=START)
        remind(DUE)
        actions.cancel(actor, booking.ref, now=DUE)
        assert cases() == [("rest_unpaid", True)]

    def test_the_mail_has_the_one_link(self) -> None:
        booking = a_deposit_booking(a_guest(), start=START)
        remind(DUE - dt.timedelta(days=7))
        text = db.session.scalars(
            db.select(MessageRecord.text).where(MessageRecord.kind == "booking.rest_reminder")
        ).one()
        assert "€37.80" in text
        assert text.count("/rest\n") == 1
        assert booking.ref in text

    def test_the_jobs_are_promised_once(self) -> None:
        a_deposit_booking(a_guest(), start=START)
        for _again in range(3):
            actions.promise_reminders(now=DUE - dt.timedelta(days=7))
        assert work_off(*JOBS) == 1


@pytest.mark.usefixtures("app")
class TestCancelling:
    @pytest.mark.parametrize(
        ("before", "deposit_back", "all_back"),
        [
            # Standard: 75 % until 48 hours before, 50 % until 24, then 25 %, of 54.00; 16.20 paid, or all of it.
            (dt.timedelta(hours=48), 270, 4050),
            (dt.timedelta(hours=47), 0, 2700),
            (dt.timedelta(hours=23), 0, 1350),
        ],
    )
    def test_what_comes_back_of_the_deposit_and_of_all(
        self, before: dt.timedelta, deposit_back: int, all_back: int
    ) -> None:
        for with_rest, back in ((False, deposit_back), (True, all_back)):
            actor = a_guest()
            booking = a_deposit_booking(actor, start=START)
            if with_rest:
                pay_rest(actor, booking)
            paid = balance(booking.ref, "EUR").kept
            _booking, outcome = actions.cancel(actor, booking.ref, now=START - before)
            assert outcome.refund == eur(back)
            assert outcome.refund + outcome.fee == paid
            assert balance(booking.ref, "EUR").kept == outcome.fee

    def test_coupon_tax_and_deposit_together(self) -> None:
        room, actor = an_open_room(), a_guest()
        a_tax(room)
        a_deposit(room)
        a_coupon(room)
        booking = a_hold(a_wish(room, start=START), actor=actor)
        actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
        payments.ask_back(pay(booking, actor), now=NOW)
        db.session.refresh(booking)
        assert (booking.state, booking.total_minor, booking.due_now_minor) == ("confirmed", 5783, 1735)
        _booking, outcome = actions.cancel(actor, booking.ref, now=NOW)
        # 25 % of 57.83 is kept: 14.46 after half up on the share that comes back.
        assert (outcome.refund, outcome.fee) == (eur(289), eur(1446))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9), st.integers(0, 100), st.integers(0, 100))
def test_refund_and_fee_are_what_was_paid(total: int, paid_percent: int, share: int) -> None:
    paid = eur(total).percent(paid_percent)
    outcome = cancellation(paid=paid, total=eur(total), percent=share)
    assert outcome.refund + outcome.fee == paid
    assert eur(0) <= outcome.refund <= paid
    assert outcome.fee <= eur(total)
