"""Rules, add-ons, coupon, tax and deposit in their one order: every combination adds up, and every one cancels."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bookapp.booking.rules import cancellation
from bookapp.pricing.rules import Deposit, Line, LineKind, Quote, TaxRate, Unit, due, with_coupon, with_tax
from bookapp.pricing.rules.codes import Coupon
from bookapp.pricing.rules.tax import frozen_tax, rate_of
from bookapp.values.money import Money, total

NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


def line(kind: LineKind, minor: int, currency: str) -> Line:
    return Line(kind, "x", Unit.ONCE, Decimal(1), Money(minor, currency), Money(minor, currency))


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    """A base, rules that make it dearer or cheaper but never less than nothing, and add-ons."""
    currency = draw(CURRENCIES)
    base = draw(st.integers(0, 10**8))
    rule = draw(st.integers(-base, 10**8))
    addons = draw(st.lists(st.integers(0, 10**6), max_size=3))
    lines = [
        line(LineKind.BASE, base, currency),
        line(LineKind.RULE, rule, currency),
        *(line(LineKind.ADDON, minor, currency) for minor in addons),
    ]
    return Quote(tuple(lines), total((one.subtotal for one in lines), currency))


taxes = st.one_of(
    st.none(), st.builds(TaxRate, st.just("VAT"), st.decimals("0.001", "99.999", places=3), st.booleans())
)
deposits = st.one_of(
    st.none(),
    st.builds(Deposit, percent=st.integers(1, 99), rest_days_before=st.integers(0, 30)),
    st.builds(Deposit, amount_minor=st.integers(1, 10**8), rest_days_before=st.integers(0, 30)),
)


@st.composite
def coupons(draw: st.DrawFn, currency: str) -> Coupon | None:
    percent, minor = draw(st.integers(0, 100)), draw(st.integers(1, 10**8))
    if percent:
        return Coupon("C", percent=percent)
    return draw(st.sampled_from([None, Coupon("C", amount=Money(minor, currency))]))


@given(st.data(), quotes(), taxes, deposits, st.integers(0, 60), st.integers(0, 100))
def test_any_combination_adds_up_and_cancels(
    data: st.DataObject, quote: Quote, tax: TaxRate | None, deposit: Deposit | None, days: int, share: int
) -> None:
    coupon = data.draw(coupons(quote.total.currency))
    priced = with_tax(with_coupon(quote, coupon), tax)
    zero = Money.zero(quote.total.currency)
    assert total((one.subtotal for one in priced.lines), zero.currency) == priced.total
    assert priced.total >= zero
    kinds = [one.kind for one in priced.lines[len(quote.lines) :]]
    assert kinds == sorted(kinds, key=[LineKind.DISCOUNT, LineKind.TAX].index), "tax comes last"
    if priced.tax:
        assert zero <= priced.tax.amount <= priced.total

    parts = due(priced.total, deposit, starts_at=NOW + dt.timedelta(days=days), now=NOW)
    assert parts.now + parts.later == priced.total
    for paid in (zero, parts.now, priced.total):
        outcome = cancellation(paid=paid, total=priced.total, percent=share)
        assert outcome.refund + outcome.fee == paid
        assert zero <= outcome.refund <= paid
    # Paying only the deposit never keeps more than paying it all.
    assert (
        cancellation(paid=parts.now, total=priced.total, percent=share).fee
        <= cancellation(paid=priced.total, total=priced.total, percent=share).fee
    )


@given(st.data(), quotes(), taxes)
def test_taking_a_coupon_off_again_leads_back_to_the_cent(
    data: st.DataObject, quote: Quote, tax: TaxRate | None
) -> None:
    coupon = data.draw(coupons(quote.total.currency))
    first = with_tax(quote, tax)
    # Each step begins with what is sold and with the tax that is kept on the booking, as the checkout does.
    kept = frozen_tax(first.tax)
    with_it = with_tax(with_coupon(quote, coupon), rate_of(kept))
    again = with_tax(quote, rate_of(frozen_tax(with_it.tax)))
    assert (again.total, again.lines, frozen_tax(again.tax)) == (first.total, first.lines, kept)
