"""Verbs of pricing."""

from bookapp.pricing.actions.price_rules import create_price_rule

__all__ = ["create_price_rule"]
