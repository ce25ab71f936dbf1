"""Everything of a merchant that decides a price: its rules and its tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bookapp.pricing.rules.engine import price
from bookapp.pricing.rules.facts import Facts, Rule
from bookapp.pricing.rules.lines import Extra, Quote, TaxRate
from bookapp.pricing.rules.tax import finished
from bookapp.values.money import Money


@dataclass(frozen=True, slots=True)
class Tariff:
    """A merchant's rules and tax."""

    rules: tuple[Rule, ...] = ()
    tax: TaxRate | None = None

    def quote(self, facts: Facts, extras: Sequence[Extra] = ()) -> Quote:
        """What somebody without a coupon pays, line by line."""
        return finished(price(facts, self.rules, extras), None, self.tax)

    def total(self, facts: Facts) -> Money:
        """What somebody without a coupon and add-ons pays."""
        return self.quote(facts).total
