"""Verbs of pricing."""

from bookapp.pricing.actions.codes import (
    CouponDraft,
    create_coupon,
    give_back_use,
    name_customer,
    remove_coupon,
    switch_coupon_off,
    take_use,
    take_use_again,
)
from bookapp.pricing.actions.deposits import remove_deposit, set_deposit
from bookapp.pricing.actions.price_rules import (
    change_price_rule,
    create_price_rule,
    move_price_rule,
    remove_price_rule,
    switch_price_rule,
)
from bookapp.pricing.actions.taxes import remove_tax, set_tax

__all__ = [
    "CouponDraft",
    "change_price_rule",
    "create_coupon",
    "create_price_rule",
    "give_back_use",
    "move_price_rule",
    "name_customer",
    "remove_coupon",
    "remove_deposit",
    "remove_price_rule",
    "remove_tax",
    "set_deposit",
    "set_tax",
    "switch_coupon_off",
    "switch_price_rule",
    "take_use",
    "take_use_again",
]
