"""Reads of what a merchant decided about prices."""

from bookapp.pricing.queries.codes import coupon_by_code, coupon_by_id, coupon_terms, coupons_of
from bookapp.pricing.queries.deposits import deposit_for, deposit_rules_of
from bookapp.pricing.queries.price_rules import (
    all_rules_of,
    as_rule,
    price_rule_by_id,
    price_rules_of,
    tariff_of,
    tariffs_of,
    version_of_rule,
)
from bookapp.pricing.queries.taxes import tax_of, taxes_of

__all__ = [
    "all_rules_of",
    "as_rule",
    "coupon_by_code",
    "coupon_by_id",
    "coupon_terms",
    "coupons_of",
    "deposit_for",
    "deposit_rules_of",
    "price_rule_by_id",
    "price_rules_of",
    "tariff_of",
    "tariffs_of",
    "tax_of",
    "taxes_of",
    "version_of_rule",
]
