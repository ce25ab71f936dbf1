"""Tax: once on the whole, a line where it is added, a note where it is inside, and never a cent too many."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.audit.models import AuditEntry
from bookapp.infra.db import db
from bookapp.pricing import actions
from bookapp.pricing.queries import tariff_of, tax_of
from bookapp.pricing.rules import Line, LineKind, Quote, TaxRate, Unit, with_tax
from bookapp.pricing.rules.tax import frozen_tax, rate_of, tax_within
from bookapp.values.errors import NotAllowed, NotValid
from bookapp.values.money import Money, total
from tests.builders import a_merchant, a_user, actor_of
from tests.builders.staff import a_manager_of, an_owner_of


def quote(*minors: int, currency: str = "EUR") -> Quote:
    lines = tuple(
        Line(LineKind.BASE, "Linden", Unit.ONCE, Decimal(1), Money(minor, currency), Money(minor, currency))
        for minor in minors
    )
    return Quote(lines, total((line.subtotal for line in lines), currency))


def vat(percent: str = "19", *, inclusive: bool = False) -> TaxRate:
    return TaxRate("VAT", Decimal(percent), inclusive, "DE123")


def test_an_exclusive_tax_is_one_line_at_the_end() -> None:
    taxed = with_tax(quote(5400, 900), vat())
    assert [(line.kind, line.label, line.subtotal.minor) for line in taxed.lines[2:]] == [
        (LineKind.TAX, "VAT 19 %", 1197)
    ]
    assert taxed.total == Money(7497, "EUR")
    assert taxed.tax is not None
    assert taxed.tax.amount == Money(1197, "EUR")


def test_its_line_says_all_of_it_and_a_booking_keeps_all_of_it() -> None:
    taxed, amount = with_tax(quote(5400), vat()), Money(1026, "EUR")
    assert taxed.lines[1:] == (Line(LineKind.TAX, "VAT 19 %", Unit.ONCE, Decimal(1), amount, amount),)
    assert frozen_tax(taxed.tax) == {
        "name": "VAT", "percent": "19", "inclusive": False, "minor": 1026, "registration": "DE123",
    }  # fmt: skip
    assert frozen_tax(None) is None


def test_it_is_reckoned_on_the_whole_and_not_line_by_line() -> None:
    # Line by line three times 0.5 would each be rounded up to 1.
    assert with_tax(quote(5, 5, 5), vat("10")).total == Money(17, "EUR")


def test_an_inclusive_tax_changes_no_total_and_adds_no_line() -> None:
    taxed = with_tax(quote(5400), vat(inclusive=True))
    assert (len(taxed.lines), taxed.total) == (1, Money(5400, "EUR"))
    assert taxed.tax is not None
    assert taxed.tax.amount == Money(862, "EUR")


def test_without_a_tax_nothing_changes() -> None:
    assert with_tax(quote(5400), None) == quote(5400)


def test_nothing_to_pay_is_nothing_to_tax() -> None:
    assert with_tax(quote(0), vat()).lines == quote(0).lines


@pytest.mark.parametrize(
    ("percent", "label"), [("20.000", "VAT 20 %"), ("7.700", "VAT 7.7 %"), ("8.125", "VAT 8.125 %")]
)
def test_a_percentage_reads_without_needless_zeros(percent: str, label: str) -> None:
    assert with_tax(quote(10000), vat(percent)).lines[-1].label == label


def test_a_currency_without_cents_is_taxed_in_whole_yen() -> None:
    assert with_tax(quote(1005, currency="JPY"), vat("10")).total == Money(1106, "JPY")


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.decimals("0.001", "99.999", places=3))
def test_lines_always_sum_to_the_total(minors: list[int], percent: Decimal) -> None:
    for inclusive in (True, False):
        taxed = with_tax(quote(*minors), TaxRate("VAT", percent, inclusive))
        assert total((line.subtotal for line in taxed.lines), "EUR") == taxed.total


@given(st.integers(0, 10**11), st.decimals("0.001", "99.999", places=3))
def test_adding_a_tax_and_asking_what_of_it_is_tax_agree_to_the_cent(minor: int, percent: Decimal) -> None:
    taxed = with_tax(quote(minor), TaxRate("VAT", percent, inclusive=False))
    assert taxed.tax is not None
    assert abs(tax_within(taxed.total, percent).minor - taxed.tax.amount.minor) <= 1


@given(st.integers(0, 10**9), st.decimals("0.001", "99.999", places=3), st.booleans())
def test_what_a_booking_keeps_taxes_as_it_was_agreed(minor: int, percent: Decimal, inclusive: bool) -> None:
    taxed = with_tax(quote(minor), TaxRate("VAT", percent, inclusive, "DE123"))
    kept = frozen_tax(taxed.tax)
    again = with_tax(quote(minor), rate_of(kept))
    assert (again.total, frozen_tax(again.tax)) == (taxed.total, kept)


@pytest.mark.usefixtures("app")
def test_the_owner_sets_it_and_takes_it_away() -> None:
    merchant = a_merchant()
    owner = an_owner_of(merchant)
    assert tax_of(merchant.id) is None
    actions.set_tax(owner, merchant.id, vat())
    actions.set_tax(owner, merchant.id, vat("7", inclusive=True))
    assert tax_of(merchant.id) == vat("7", inclusive=True)
    actions.remove_tax(owner, merchant.id)
    actions.remove_tax(owner, merchant.id)
    assert tax_of(merchant.id) is None
    told = db.session.scalars(db.select(AuditEntry.action).where(AuditEntry.subject == f"merchant:{merchant.id}"))
    assert [action for action in told if action.startswith("tax.")] == ["tax.set", "tax.set", "tax.removed"]


@pytest.mark.usefixtures("app")
def test_nobody_else_does() -> None:
    merchant = a_merchant()
    for actor in (a_manager_of(merchant), actor_of(a_user()), an_owner_of(a_merchant())):
        with pytest.raises(NotAllowed):
            actions.set_tax(actor, merchant.id, vat())
        with pytest.raises(NotAllowed):
            actions.remove_tax(actor, merchant.id)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("rate", "field"),
    [
        (TaxRate("", Decimal(19), inclusive=True), "name"),
        (TaxRate("VAT", Decimal(0), inclusive=True), "percent"),
        (TaxRate("VAT", Decimal(100), inclusive=True), "percent"),
        (TaxRate("VAT", Decimal("1.0005"), inclusive=True), "percent"),
    ],
)
def test_what_is_no_tax_is_refused_at_its_field(rate: TaxRate, field: str) -> None:
    merchant = a_merchant()
    with pytest.raises(NotValid) as refused:
        actions.set_tax(an_owner_of(merchant), merchant.id, rate)
    assert set(refused.value.fields) == {field}


@pytest.mark.usefixtures("app")
def test_listed_prices_hold_the_tax_that_is_added() -> None:
    merchant, listed = a_merchant(), [Money(1600, "EUR"), Money(0, "EUR")]
    assert [tariff_of(merchant.id).listed(price) for price in listed] == listed
    actions.set_tax(an_owner_of(merchant), merchant.id, vat(inclusive=True))
    assert [tariff_of(merchant.id).listed(price) for price in listed] == listed
    actions.set_tax(an_owner_of(merchant), merchant.id, vat())
    assert [tariff_of(merchant.id).listed(price) for price in listed] == [Money(1904, "EUR"), Money(0, "EUR")]
