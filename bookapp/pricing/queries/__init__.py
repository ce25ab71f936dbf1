"""Reads of what a merchant decided about prices."""

from bookapp.pricing.queries.price_rules import price_rules_of

__all__ = ["price_rules_of"]
