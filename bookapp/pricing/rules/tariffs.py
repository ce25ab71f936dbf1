"""Everything of a merchant that decides a price: its rules and its tax."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bookapp.pricing.rules.engine import amount, price
from bookapp.pricing.rules.facts import Facts, Rule
from bookapp.pricing.rules.leaning import Leaning, leaning
from bookapp.pricing.rules.lines import Extra, Quote, TaxRate
from bookapp.pricing.rules.tax import finished, finished_amount, taxed
from bookapp.values.money import Money


@dataclass(frozen=True, slots=True)
class Tariff:
    """A merchant's rules and tax."""

    rules: tuple[Rule, ...] = ()
    tax: TaxRate | None = None

    def quote(self, facts: Facts, extras: Sequence[Extra] = ()) -> Quote:
        """What somebody without a coupon pays, line by line."""
        return finished(price(facts, self.rules, extras), None, self.tax)

    def listed(self, price: Money) -> Money:
        """A plain price as customers read it where no time is chosen: with the tax that is added to it."""
        return taxed(price, self.tax)

    def leaning(self, *, on: dt.date, room_id: int | None = None, service_id: int | None = None) -> Leaning:
        """How a plain price of that room or service stands to what a time will cost."""
        return leaning(self.rules, on=on, room_id=room_id, service_id=service_id)

    def total(self, facts: Facts) -> Money:
        """What somebody without a coupon and add-ons pays: the total of their quote."""
        return finished_amount(amount(facts, self.rules), self.tax)
