"""What something costs, and why: pure decisions, facts in and lines out."""

from bookapp.pricing.rules.base import quote_appointment, quote_room, quote_seats
from bookapp.pricing.rules.codes import with_coupon
from bookapp.pricing.rules.deposits import Deposit, Due, due
from bookapp.pricing.rules.lines import Extra, Line, LineKind, Quote, TaxPart, TaxRate, Unit
from bookapp.pricing.rules.tax import with_tax

__all__ = [
    "Deposit",
    "Due",
    "Extra",
    "Line",
    "LineKind",
    "Quote",
    "TaxPart",
    "TaxRate",
    "Unit",
    "due",
    "quote_appointment",
    "quote_room",
    "quote_seats",
    "with_coupon",
    "with_tax",
]
