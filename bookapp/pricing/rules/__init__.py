"""What something costs, and why: pure decisions, facts in and lines out."""

from bookapp.pricing.rules.codes import with_coupon
from bookapp.pricing.rules.deposits import Deposit, Due, due
from bookapp.pricing.rules.engine import explain, price
from bookapp.pricing.rules.facts import Facts, Rule, Subject
from bookapp.pricing.rules.lines import Extra, Line, LineKind, Quote, TaxPart, TaxRate, Unit
from bookapp.pricing.rules.tax import finished, with_tax
from bookapp.pricing.rules.verdicts import Reason, Verdict, from_data, to_data

__all__ = [
    "Deposit",
    "Due",
    "Extra",
    "Facts",
    "Line",
    "LineKind",
    "Quote",
    "Reason",
    "Rule",
    "Subject",
    "TaxPart",
    "TaxRate",
    "Unit",
    "Verdict",
    "due",
    "explain",
    "finished",
    "from_data",
    "price",
    "to_data",
    "with_coupon",
    "with_tax",
]
