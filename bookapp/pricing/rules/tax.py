"""What ends a price: the coupon, what is too little to be charged, and tax: a line at the very end where prices do not
hold it yet, a note "of which" where they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bookapp.pricing.rules.codes import Coupon, with_coupon
from bookapp.pricing.rules.lines import Line, LineKind, Quote, TaxPart, TaxRate, Unit
from bookapp.values.least import too_little
from bookapp.values.money import Money
from bookapp.values.words import N_

# Told by the line's unit wherever lines are put into words.
TOO_LITTLE = N_("Too little to charge")


def finished(quote: Quote, coupon: Coupon | None, rate: TaxRate | None) -> Quote:
    """What comes after add-ons, in its one order: the coupon, what is too little to be charged, the tax.

    Where the total with tax would be less than any card can be charged, nothing is: a line takes it off before the
    tax, so that what costs nothing holds no tax.
    """
    quote = with_coupon(quote, coupon)
    if too_little(with_tax(quote, rate).total):
        off = -quote.total
        line = Line(LineKind.DISCOUNT, TOO_LITTLE, Unit.WAIVED, Decimal(1), off, off)
        quote = replace(quote, lines=(*quote.lines, line), total=quote.total + off)
    return with_tax(quote, rate)


def finished_amount(total: Money, rate: TaxRate | None) -> Money:
    """The total of what `finished` says without a coupon."""
    whole = taxed(total, rate)
    return Money.zero(total.currency) if too_little(whole) else whole


def taxed(total: Money, rate: TaxRate | None) -> Money:
    """What is paid for `total`: with the tax, where that is not held in it already."""
    return total if rate is None or rate.inclusive else total + total.percent(rate.percent)


def with_tax(quote: Quote, rate: TaxRate | None) -> Quote:
    """The quote with its tax, which is reckoned once on the whole of it and never per line.

    Exclusive: one line at the end, half up to the minor unit. Inclusive: the total stays, and says what of it is tax.
    """
    if rate is None:
        return quote
    if rate.inclusive:
        return replace(quote, tax=TaxPart(rate, tax_within(quote.total, rate.percent)))
    amount = quote.total.percent(rate.percent)
    part = TaxPart(rate, amount)
    if not amount:
        return replace(quote, tax=part)
    label = f"{rate.name} {percent_words(rate.percent)} %"
    line = Line(LineKind.TAX, label, Unit.ONCE, Decimal(1), amount, amount)
    return replace(quote, lines=(*quote.lines, line), total=quote.total + amount, tax=part)


def tax_within(total: Money, percent: Decimal) -> Money:
    """What of `total` is tax when the total holds `percent` of tax on what is left without it, half up."""
    return total.times(percent / (100 + percent))


def percent_words(percent: Decimal) -> str:
    """A percentage without needless zeros: "19", "7.7"."""
    return f"{percent.normalize():f}"


def frozen_tax(part: TaxPart | None) -> dict[str, Any] | None:
    """The tax as a booking keeps it: JSON values, the percentage as a decimal in words."""
    if part is None:
        return None
    return {
        "name": part.rate.name,
        "percent": percent_words(part.rate.percent),
        "inclusive": part.rate.inclusive,
        "minor": part.amount.minor,
        "registration": part.rate.registration,
    }


def rate_of(frozen: Mapping[str, Any] | None) -> TaxRate | None:
    """The rate in what `frozen_tax` made, so that a booking is always taxed as it was agreed."""
    if not frozen:
        return None
    return TaxRate(frozen["name"], Decimal(frozen["percent"]), frozen["inclusive"], frozen["registration"])
