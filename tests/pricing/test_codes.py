"""Coupons: what they take off, whom they refuse and why, and that a use is never counted once too often."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.catalog.models import Merchant
from bookapp.infra.db import db
from bookapp.pricing import actions
from bookapp.pricing.errors import CodeRefused
from bookapp.pricing.models import Coupon as CouponRow
from bookapp.pricing.models import CouponUse
from bookapp.pricing.queries import coupon_by_code
from bookapp.pricing.rules import Line, LineKind, Quote, TaxRate, Unit, with_coupon, with_tax
from bookapp.pricing.rules.codes import Coupon, plain_code, why_not
from bookapp.values.errors import NotAllowed, NotValid
from bookapp.values.money import Money, total
from tests.builders import a_merchant, a_room, a_service, a_user, actor_of
from tests.builders.staff import a_manager_of, an_owner_of

TEN_PERCENT = Coupon("SPRING10", percent=10)
TODAY = dt.date(2027, 3, 1)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def quote(minor: int) -> Quote:
    line = Line(LineKind.BASE, "Linden", Unit.ONCE, Decimal(1), eur(minor), eur(minor))
    return Quote((line,), eur(minor))


def reason(coupon: Coupon, **facts: object) -> str | None:
    asked = {"day": TODAY, "currency": "EUR", "room_id": 1, "service_id": None} | facts
    refused = why_not(coupon, **asked)  # type: ignore[arg-type]
    return refused.sentence % refused.params if refused else None


def test_a_percentage_is_a_line_below_zero() -> None:
    less = with_coupon(quote(5405), TEN_PERCENT)
    assert (less.lines[-1].kind, less.lines[-1].label, less.lines[-1].subtotal) == (
        LineKind.DISCOUNT, "SPRING10 −10 %", eur(-541),
    )  # fmt: skip
    assert less.total == eur(4864)


def test_an_amount_takes_no_more_than_there_is() -> None:
    assert with_coupon(quote(5400), Coupon("FIVE", amount=eur(500))).total == eur(4900)
    assert with_coupon(quote(300), Coupon("FIVE", amount=eur(500))).total == eur(0)


@pytest.mark.parametrize(
    ("coupon", "label", "off"),
    [(TEN_PERCENT, "SPRING10 −10 %", 540), (Coupon("FIVER", amount=Money(500, "EUR")), "FIVER", 500)],
)
def test_the_line_of_a_coupon_says_all_of_it(coupon: Coupon, label: str, off: int) -> None:
    line = Line(LineKind.DISCOUNT, label, Unit.ONCE, Decimal(1), eur(-off), eur(-off))
    assert with_coupon(quote(5400), coupon).lines == (*quote(5400).lines, line)


def test_what_costs_nothing_gets_no_line() -> None:
    assert with_coupon(quote(0), TEN_PERCENT) == quote(0)


def test_tax_is_reckoned_on_what_the_coupon_left() -> None:
    taxed = with_tax(with_coupon(quote(10000), TEN_PERCENT), TaxRate("VAT", Decimal(19), inclusive=False))
    assert [line.subtotal.minor for line in taxed.lines] == [10000, -1000, 1710]
    assert taxed.total == eur(10710)


@given(st.integers(0, 10**9), st.integers(1, 100), st.one_of(st.none(), st.integers(1, 10**9)))
def test_lines_sum_up_and_nobody_is_paid_for_booking(minor: int, percent: int, amount: int | None) -> None:
    coupon = Coupon("C", percent=percent) if amount is None else Coupon("C", amount=eur(amount))
    less = with_coupon(quote(minor), coupon)
    assert total((line.subtotal for line in less.lines), "EUR") == less.total
    assert eur(0) <= less.total <= eur(minor)


@pytest.mark.parametrize("typed", ["spring10", " Spring 10 ", "SPRING-10", "spring–10"])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert plain_code(typed) == "SPRING10"


@pytest.mark.parametrize(
    ("coupon", "facts", "words"),
    [
        (TEN_PERCENT, {}, None),
        (replace(TEN_PERCENT, active=False), {}, "SPRING10 is no longer in use."),
        (replace(TEN_PERCENT, valid_from=dt.date(2027, 3, 2)), {}, "SPRING10 is good from 2027-03-02."),
        (replace(TEN_PERCENT, valid_from=TODAY, valid_until=TODAY), {}, None),
        (replace(TEN_PERCENT, valid_until=dt.date(2027, 2, 28)), {}, "SPRING10 was good until 2027-02-28."),
        (replace(TEN_PERCENT, room_id=1), {}, None),
        (replace(TEN_PERCENT, room_id=2), {}, "SPRING10 is not for what you are booking here."),
        (replace(TEN_PERCENT, service_id=3), {}, "SPRING10 is not for what you are booking here."),
        (replace(TEN_PERCENT, service_id=3), {"service_id": 3}, None),
        (Coupon("FIVE", amount=eur(500)), {"currency": "GBP"}, "FIVE is in EUR, and this booking is in GBP."),
        (replace(TEN_PERCENT, most_uses=2, uses=1), {}, None),
        (replace(TEN_PERCENT, most_uses=2, uses=2), {}, "SPRING10 has been used as often as it could be."),
    ],
)
def test_each_refusal_says_why(coupon: Coupon, facts: dict[str, object], words: str | None) -> None:
    assert reason(coupon, **facts) == words


@pytest.mark.usefixtures("app")
class TestRows:
    def test_the_owner_makes_it_and_finds_it_however_it_is_typed(self) -> None:
        merchant = a_merchant()
        made = actions.create_coupon(an_owner_of(merchant), merchant.id, actions.CouponDraft("spring 10", percent=10))
        assert made.code == "SPRING10"
        assert coupon_by_code(merchant.id, "Spring-10") is made
        assert coupon_by_code(a_merchant().id, "SPRING10") is None, "another merchant's is another code"

    def test_nobody_else_makes_or_ends_one(self) -> None:
        merchant = a_merchant()
        coupon = self.coupon(merchant.id)
        for actor in (a_manager_of(merchant), an_owner_of(a_merchant()), actor_of(a_user())):
            with pytest.raises(NotAllowed):
                actions.create_coupon(actor, merchant.id, actions.CouponDraft("OTHER", percent=5))
            with pytest.raises(NotAllowed):
                actions.switch_coupon_off(actor, coupon.id)

    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            ({"code": "no"}, "code"),
            ({"code": "ÄÖÜ!"}, "code"),
            ({"percent": None}, "percent"),
            ({"amount": eur(500)}, "percent"),
            ({"percent": 101}, "percent"),
            ({"percent": None, "amount": eur(0)}, "amount"),
            ({"valid_from": dt.date(2027, 3, 2), "valid_until": dt.date(2027, 3, 1)}, "valid_until"),
            ({"most_uses": 0}, "most_uses"),
            ({"most_per_customer": 0}, "most_per_customer"),
        ],
    )
    def test_what_is_no_coupon_is_refused_at_its_field(self, facts: dict[str, object], field: str) -> None:
        merchant = a_merchant()
        draft = actions.CouponDraft(**({"code": "GOOD", "percent": 10} | facts))  # type: ignore[arg-type]
        with pytest.raises(NotValid) as refused:
            actions.create_coupon(an_owner_of(merchant), merchant.id, draft)
        assert set(refused.value.fields) == {field}

    def test_a_code_is_given_once(self) -> None:
        merchant = a_merchant()
        self.coupon(merchant.id)
        with pytest.raises(NotValid, match="marked") as refused:
            self.coupon(merchant.id)
        assert "code" in refused.value.fields

    def test_it_is_only_for_what_is_the_merchants_own(self) -> None:
        merchant = a_merchant()
        for scope in ({"room_id": a_room().id}, {"service_id": a_service().id}):
            with pytest.raises(NotValid) as refused:
                self.coupon(merchant.id, **scope)
            assert "scope" in refused.value.fields

    def test_a_use_is_counted_up_to_the_limit_and_given_back(self) -> None:
        coupon = self.coupon(a_merchant().id, most_uses=2)
        actions.take_use(coupon.id, "AAAAAA", "ann@example.org")
        actions.take_use(coupon.id, "AAAAAA", "ann@example.org")
        actions.take_use(coupon.id, "BBBBBB", "bo@example.org")
        assert self.uses(coupon) == 2, "the same booking has one use"
        with pytest.raises(CodeRefused):
            actions.take_use(coupon.id, "CCCCCC", "cy@example.org")
        assert actions.give_back_use("AAAAAA")
        assert not actions.give_back_use("AAAAAA")
        assert self.uses(coupon) == 1
        actions.take_use(coupon.id, "CCCCCC", "cy@example.org")

    def test_once_per_customer(self) -> None:
        coupon = self.coupon(a_merchant().id, most_per_customer=1)
        actions.take_use(coupon.id, "AAAAAA", "ann@example.org")
        with pytest.raises(CodeRefused):
            actions.take_use(coupon.id, "BBBBBB", "ann@example.org")
        assert self.uses(coupon) == 1, "what is refused is not counted"
        actions.take_use(coupon.id, "BBBBBB", "bo@example.org")

    def test_who_is_unknown_cannot_be_counted(self) -> None:
        coupon = self.coupon(a_merchant().id, most_per_customer=3)
        with pytest.raises(CodeRefused) as refused:
            actions.take_use(coupon.id, "AAAAAA", "")
        assert "email first" in refused.value.fields["code"]

    def test_a_name_given_later_is_counted_as_well(self) -> None:
        coupon = self.coupon(a_merchant().id)
        actions.take_use(coupon.id, "AAAAAA", "")
        coupon.most_per_customer = 1
        db.session.commit()
        actions.name_customer(coupon.id, "AAAAAA", "ann@example.org")
        actions.take_use(coupon.id, "BBBBBB", "bo@example.org")
        with pytest.raises(CodeRefused):
            actions.name_customer(coupon.id, "BBBBBB", "ann@example.org")
        customers = db.session.scalars(db.select(CouponUse.customer).order_by(CouponUse.reference)).all()
        assert customers == ["ann@example.org", "bo@example.org"]

    def test_switched_off_it_is_refused_but_a_paid_hold_gets_it_back(self) -> None:
        merchant = a_merchant()
        coupon = self.coupon(merchant.id, most_uses=1)
        actions.switch_coupon_off(an_owner_of(merchant), coupon.id)
        with pytest.raises(CodeRefused):
            actions.take_use(coupon.id, "AAAAAA", "")
        assert actions.take_use_again(coupon.id, "AAAAAA", "")
        assert not actions.take_use_again(coupon.id, "BBBBBB", "")

    def coupon(self, merchant_id: int, **facts: object) -> CouponRow:
        draft = actions.CouponDraft(**({"code": "SPRING10", "percent": 10} | facts))  # type: ignore[arg-type]
        merchant = db.session.get_one(Merchant, merchant_id)
        return actions.create_coupon(an_owner_of(merchant), merchant_id, draft)

    def uses(self, coupon: CouponRow) -> int:
        db.session.refresh(coupon)
        return coupon.uses
