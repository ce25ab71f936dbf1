"""Coupons: what a code takes off, and for what and when it is good.

A coupon is not money (product.md, "Due back"): it is a line of the price, below zero, after the add-ons and before tax.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bookapp.pricing.rules.lines import Line, LineKind, Quote, Unit
from bookapp.values.money import Money
from bookapp.values.words import N_

_NO_PART_OF_A_CODE = re.compile(r"[\s‐-―-]+")


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a coupon says: `percent` of the running amount or `amount` of it, for a room, a service or everything."""

    code: str
    percent: int | None = None
    amount: Money | None = None
    room_id: int | None = None
    service_id: int | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    most_uses: int | None = None


@dataclass(frozen=True, slots=True)
class Coupon(CouponTerms):
    """A coupon as it stands: what it says, how often it was used, and whether it still can be."""

    uses: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a code does nothing here: a sentence, and the values of its placeholders."""

    sentence: str
    params: Mapping[str, Any]


def plain_code(typed: str) -> str:
    """A code as it is compared: upper case, without spaces and hyphens."""
    return _NO_PART_OF_A_CODE.sub("", typed).upper()


def with_coupon(quote: Quote, coupon: Coupon | None) -> Quote:
    """The quote less the coupon, never below zero. Give it a quote without tax: tax comes after the coupon."""
    if coupon is None:
        return quote
    off = _off(quote.total, coupon)
    if not off:
        return quote
    label = coupon.code if coupon.percent is None else f"{coupon.code} −{coupon.percent} %"
    line = Line(LineKind.DISCOUNT, label, Unit.ONCE, Decimal(1), -off, -off)
    return replace(quote, lines=(*quote.lines, line), total=quote.total - off)


def why_not(
    coupon: Coupon, *, day: dt.date, currency: str, room_id: int | None, service_id: int | None
) -> Refused | None:
    """Why the coupon is not good for a booking made on `day` (of the place), or None when it is.

    How often one customer has used it is for the database to say.
    """
    if not coupon.active:
        return Refused(N_("%(code)s is no longer in use."), {"code": coupon.code})
    if coupon.valid_from and day < coupon.valid_from:
        return Refused(N_("%(code)s is good from %(day)s."), {"code": coupon.code, "day": coupon.valid_from})
    if coupon.valid_until and day > coupon.valid_until:
        return Refused(N_("%(code)s was good until %(day)s."), {"code": coupon.code, "day": coupon.valid_until})
    if coupon.room_id not in (None, room_id) or coupon.service_id not in (None, service_id):
        return Refused(N_("%(code)s is not for what you are booking here."), {"code": coupon.code})
    if coupon.amount and coupon.amount.currency != currency:
        return Refused(
            N_("%(code)s is in %(theirs)s, and this booking is in %(ours)s."),
            {"code": coupon.code, "theirs": coupon.amount.currency, "ours": currency},
        )
    if coupon.most_uses is not None and coupon.uses >= coupon.most_uses:
        return Refused(N_("%(code)s has been used as often as it could be."), {"code": coupon.code})
    return None


def _off(running: Money, coupon: Coupon) -> Money:
    if coupon.amount is not None:
        return min(coupon.amount, running)
    assert coupon.percent is not None, "a coupon has a percentage or an amount"
    return running.percent(coupon.percent)
