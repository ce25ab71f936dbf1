"""Codes at the checkout: the price changes while it is held and nobody pays, and a use comes back when nobody did."""

import datetime as dt
import threading

import pytest
from flask import Flask

from bookapp.booking import actions
from bookapp.booking.actions.cancelling import call_off
from bookapp.booking.actions.ending import free_place
from bookapp.booking.errors import HoldOver, PaymentUnderWay
from bookapp.booking.models import Booking
from bookapp.catalog.models import Merchant, Room
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.payments.models import GiftCard
from bookapp.payments.queries import wallet_balance
from bookapp.pricing import actions as pricing
from bookapp.pricing.errors import CodeRefused
from bookapp.pricing.models import Coupon
from bookapp.values.errors import NotAllowed, NotFound
from bookapp.values.money import Money
from tests.booking.paid import a_coupon, a_deposit, a_gift_code, a_tax, lines_of, somebody
from tests.builders import a_merchant
from tests.builders.booking import NOW, a_guest, a_hold, a_wish, an_open_room, at, details, pay
from tests.support.databases import Servers, application_of_its_own
from tests.support.jobs import work_off

LATER = NOW + dt.timedelta(minutes=16)


def uses(coupon: Coupon) -> int:
    db.session.refresh(coupon)
    return coupon.uses


def held(room: Room, actor=None) -> tuple[Booking, object]:
    actor = actor or a_guest()
    return a_hold(a_wish(room), actor=actor), actor


def refusal(actor, booking: Booking, typed: str, email: str = "") -> str:
    with pytest.raises(CodeRefused) as refused:
        actions.use_code(actor, booking.ref, typed, email=email, now=NOW)
    return refused.value.fields["code"] % refused.value.params


@pytest.mark.usefixtures("app")
class TestCoupons:
    def test_it_makes_cheaper_and_taken_off_everything_is_as_before(self) -> None:
        room = an_open_room()
        coupon = a_coupon(room)
        booking, actor = held(room)
        before = lines_of(booking)
        used = actions.use_code(actor, booking.ref, "spring 10", email="", now=NOW)
        assert used.amount == Money(540, "EUR")
        assert (booking.total_minor, lines_of(booking)[1:]) == (4860, [("discount", "SPRING10 −10 %", -540)])
        assert (booking.coupon_id, uses(coupon)) == (coupon.id, 1)
        actions.drop_code(actor, booking.ref, now=NOW)
        actions.drop_code(actor, booking.ref, now=NOW)
        assert (booking.total_minor, lines_of(booking), booking.coupon_id, uses(coupon)) == (5400, before, None, 0)

    def test_the_same_code_again_is_the_same(self) -> None:
        room = an_open_room()
        coupon = a_coupon(room)
        booking, actor = held(room)
        for _again in range(2):
            actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
        assert (booking.total_minor, uses(coupon)) == (4860, 1)

    def test_another_coupon_takes_the_place_of_the_first(self) -> None:
        room = an_open_room()
        ten, five = a_coupon(room), a_coupon(room, "FIVE", amount=Money(500, "EUR"))
        booking, actor = held(room)
        for code in ("SPRING10", "FIVE"):
            actions.use_code(actor, booking.ref, code, email="", now=NOW)
        assert (booking.total_minor, uses(ten), uses(five)) == (4900, 0, 1)

    def test_tax_and_deposit_follow_and_are_those_of_the_hold(self) -> None:
        room = an_open_room()
        a_tax(room)
        a_deposit(room)
        a_coupon(room)
        booking, actor = held(room)
        assert (booking.total_minor, booking.due_now_minor) == (6426, 1928)
        # What the merchant changes afterwards is not what was agreed.
        a_tax(room, "7")
        a_deposit(room, percent=50)
        actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
        assert [minor for _kind, _label, minor in lines_of(booking)] == [5400, -540, 923]
        assert (booking.total_minor, booking.due_now_minor) == (5783, 1735)
        assert booking.tax is not None
        assert (booking.tax["percent"], booking.tax["minor"]) == ("19", 923)
        actions.drop_code(actor, booking.ref, now=NOW)
        assert (booking.total_minor, booking.due_now_minor) == (6426, 1928)

    def test_all_of_it_off_is_confirmed_without_paying(self) -> None:
        room = an_open_room()
        a_coupon(room, "FREE", percent=100)
        a_deposit(room)
        booking, actor = held(room)
        actions.use_code(actor, booking.ref, "FREE", email="", now=NOW)
        assert (booking.total_minor, booking.due_now_minor) == (0, None)
        assert actions.check_out(actor, booking.ref, details(), gateway_name="sandbox", now=NOW) is None
        assert booking.state == "confirmed"

    def test_each_refusal_is_a_sentence_and_changes_nothing(self) -> None:
        room = an_open_room()
        a_coupon(room, "USEDUP", most_uses=1)
        a_coupon(room, "MARCH2", valid_from=dt.date(2027, 3, 2))
        a_coupon(room, "ONCE", most_per_customer=1)
        other = an_open_room()
        a_coupon(other, "OTHERS")
        first, guest = held(room)
        actions.use_code(guest, first.ref, "USEDUP", email="", now=NOW)
        booking = a_hold(a_wish(room, start=at(9)), actor=guest)
        assert "do not know" in refusal(guest, booking, "NOSUCH")
        assert "do not know" in refusal(guest, booking, "OTHERS")
        assert "as often as" in refusal(guest, booking, "USEDUP")
        assert "good from" in refusal(guest, booking, "MARCH2")
        assert "email first" in refusal(guest, booking, "ONCE")
        assert (booking.total_minor, booking.coupon_id) == (5400, None)

    def test_a_coupon_for_a_room_is_not_for_another(self) -> None:
        room = an_open_room()
        a_coupon(room, "LINDEN", room_id=room.id)
        booking, actor = held(room)
        actions.use_code(actor, booking.ref, "LINDEN", email="", now=NOW)
        assert booking.total_minor == 4860

    def test_while_a_payment_is_open_the_price_stands(self) -> None:
        room = an_open_room()
        a_coupon(room)
        booking, actor = held(room)
        actions.check_out(actor, booking.ref, details(), gateway_name="sandbox", now=NOW)
        with pytest.raises(PaymentUnderWay):
            actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
        with pytest.raises(PaymentUnderWay):
            actions.drop_code(actor, booking.ref, now=NOW)

    def test_nor_when_the_hold_is_over_or_anothers(self) -> None:
        room = an_open_room()
        a_coupon(room)
        booking, actor = held(room)
        with pytest.raises(HoldOver):
            actions.use_code(actor, booking.ref, "SPRING10", email="", now=LATER)
        with pytest.raises(NotFound):
            actions.use_code(a_guest(), booking.ref, "SPRING10", email="", now=NOW)


@pytest.mark.usefixtures("app")
class TestUses:
    def test_a_hold_that_ends_gives_its_use_back(self) -> None:
        room = an_open_room()
        coupon = a_coupon(room)
        booking, actor = held(room)
        actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
        actions.let_go(actor, booking.ref, now=NOW)
        work_off("booking.return_code")
        assert uses(coupon) == 0
        assert not actions.return_code(booking.id), "twice is once"

    def test_a_paid_one_keeps_it_when_its_customer_cancels(self) -> None:
        coupon, booking, actor = self.paid()
        actions.cancel(actor, booking.ref, now=NOW)
        work_off("booking.return_code")
        assert uses(coupon) == 1
        assert not actions.return_code(booking.id)

    def test_it_comes_back_when_the_merchant_cancels(self) -> None:
        coupon, booking, _actor = self.paid()
        locked = db.session.get_one(Booking, booking.id)
        call_off(locked, SYSTEM, now=NOW)
        db.session.commit()
        work_off("booking.return_code")
        assert uses(coupon) == 0

    def test_a_late_payment_takes_it_again_or_goes_back(self) -> None:
        for taken_by_another in (False, True):
            room = an_open_room()
            coupon = a_coupon(room, most_uses=1)
            booking, actor = held(room)
            actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
            payment_id = pay(booking, actor)
            booking.state, booking.paying_until = "expired", None
            free_place(booking)
            db.session.commit()
            actions.return_code(booking.id)
            assert uses(coupon) == 0
            if taken_by_another:
                pricing.take_use(coupon.id, "OTHERS", "")
            payments.ask_back(payment_id, now=LATER)
            db.session.refresh(booking)
            assert (booking.state, uses(coupon)) == ("expired" if taken_by_another else "confirmed", 1)

    def test_a_guest_is_counted_by_the_email_that_is_given_last(self) -> None:
        room = an_open_room()
        a_coupon(room, "ONCE", most_per_customer=1)
        first, one = held(room)
        actions.use_code(one, first.ref, "ONCE", email="ann@example.org", now=NOW)
        second = a_hold(a_wish(room, start=at(9)), actor=(two := a_guest()))
        actions.use_code(two, second.ref, "ONCE", email="bo@example.org", now=NOW)
        actions.give_details(two, second.ref, details("bo@example.org"), now=NOW)
        with pytest.raises(CodeRefused):
            actions.give_details(two, second.ref, details("ann@example.org"), now=NOW)

    def paid(self) -> tuple[Coupon, Booking, object]:
        room = an_open_room()
        coupon = a_coupon(room)
        booking, actor = held(room)
        actions.use_code(actor, booking.ref, "SPRING10", email="", now=NOW)
        payments.ask_back(pay(booking, actor), now=NOW)
        db.session.refresh(booking)
        assert booking.state == "confirmed"
        return coupon, booking, actor


@pytest.mark.usefixtures("app")
class TestGiftCards:
    def test_it_fills_the_wallet_once_and_not_the_price(self) -> None:
        room, actor = an_open_room(), somebody()
        booking, _ = held(room, actor)
        code = a_gift_code()
        for _again in range(2):
            used = actions.use_code(actor, booking.ref, code.lower(), email="", now=NOW)
            assert (used.is_coupon, used.amount) == (False, Money(5000, "EUR"))
        assert actor.user_id is not None
        assert wallet_balance(actor.user_id, "EUR") == Money(5000, "EUR")
        assert booking.total_minor == 5400
        assert "redeemed already" in self.refused(somebody(), room, code)

    def test_who_may_not_and_when_not(self) -> None:
        room = an_open_room()
        assert "sign in first" in self.refused(a_guest(), room, a_gift_code())
        assert "in GBP" in self.refused(somebody(), room, a_gift_code(currency="GBP"))
        assert "no longer valid" in self.refused(somebody(), room, self.over())
        with pytest.raises(NotAllowed):
            payments.redeem_gift_card(a_guest(), a_gift_code(), now=NOW)

    def test_the_wallet_then_pays(self) -> None:
        room, actor = an_open_room(), somebody()
        booking, _ = held(room, actor)
        actions.use_code(actor, booking.ref, a_gift_code(6000), email="", now=NOW)
        paid = actions.check_out(actor, booking.ref, details(), gateway_name="sandbox", now=NOW, wallet=True)
        db.session.refresh(booking)
        assert (paid, booking.state) == (None, "confirmed")
        assert actor.user_id is not None
        assert wallet_balance(actor.user_id, "EUR") == Money(600, "EUR")

    def refused(self, actor, room: Room, code: str) -> str:
        booking = a_hold(a_wish(room, start=at(7 + self.days())), actor=actor)
        with pytest.raises(Exception, match=r".") as refused:
            actions.use_code(actor, booking.ref, code, email="", now=NOW)
        return refused.value.fields["code"] % refused.value.params  # type: ignore[attr-defined]

    def days(self) -> int:
        self._days = getattr(self, "_days", 0) + 1
        return self._days

    def over(self) -> str:
        code = a_gift_code(expires_at=NOW + dt.timedelta(seconds=1))
        card = db.session.scalars(db.select(GiftCard).order_by(GiftCard.id.desc())).first()
        assert card is not None
        card.expires_at = NOW
        db.session.commit()
        return code


@pytest.fixture(scope="module")
def crowded(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """On a database of its own: many connections see only what is committed, and what is committed stays."""
    with application_of_its_own(servers, tmp_path_factory.mktemp("codes")) as made:
        return made


def test_of_twelve_at_once_three_get_a_use_of_three(crowded: Flask) -> None:
    assert race(crowded, 12, most_uses=3) == (3, 3)


def test_of_six_tabs_of_one_customer_one_gets_a_use(crowded: Flask) -> None:
    assert race(crowded, 6, most_per_customer=1, customer="user:1") == (1, 1)


def test_without_the_condition_more_would(crowded: Flask) -> None:
    """The guard taken away: everybody looks first and writes afterwards."""
    assert race(crowded, 8, most_uses=3, take=look_then_take)[0] > 3


def look_then_take(coupon_id: int, reference: str, customer: str, barrier: threading.Barrier) -> None:
    used = db.session.scalar(db.select(Coupon.uses).where(Coupon.id == coupon_id)) or 0
    db.session.rollback()
    barrier.wait(10)
    if used >= 3:
        raise CodeRefused("used up")


def race(app: Flask, count: int, *, customer: str = "", take=None, **limits: int) -> tuple[int, int]:
    """(how many got a use, how many are counted) of `count` who want one at the same moment, each on a connection."""
    with app.app_context():
        merchant_id = a_merchant(listed=False).id
        draft = pricing.CouponDraft("RACE", percent=10, **limits)
        coupon_id = pricing.create_coupon(SYSTEM, merchant_id, draft).id
    barrier, won = threading.Barrier(count), []

    def one(number: int) -> None:
        with app.app_context():
            try:
                if take:
                    take(coupon_id, f"R{number:05}", customer, barrier)
                else:
                    barrier.wait(10)
                    pricing.take_use(coupon_id, f"R{number:05}", customer or f"c{number}@example.org")
                won.append(number)
            except CodeRefused:
                pass
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with app.app_context():
        counted = db.session.get_one(Coupon, coupon_id).uses
        # What is committed here stays, and other tests look at everything there is.
        db.session.execute(db.delete(Coupon).where(Coupon.id == coupon_id))
        db.session.execute(db.delete(Merchant).where(Merchant.id == merchant_id))
        db.session.commit()
        return len(won), counted
