"""Deposits: part of the price now, the rest until a date before the start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bookapp.values.least import least_by_card, too_little
from bookapp.values.money import Money


@dataclass(frozen=True, slots=True)
class Deposit:
    """`percent` of the total or `amount_minor` of it now; the rest `rest_days_before` the start (days of 24 hours)."""

    percent: int | None = None
    amount_minor: int | None = None
    rest_days_before: int = 7
    room_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is due now, and what later until when; `rest_due_at` is None when everything is due now."""

    now: Money
    later: Money
    rest_due_at: dt.datetime | None


def narrowest(deposits: Iterable[Deposit], *, room_id: int | None, service_id: int | None) -> Deposit | None:
    """Of a merchant's deposits the one that counts: the service's, else the room's, else the merchant's own."""
    fits = [one for one in deposits if one.room_id in (None, room_id) and one.service_id in (None, service_id)]
    return min(fits, key=lambda one: (one.service_id is None, one.room_id is None), default=None)


def due(total: Money, deposit: Deposit | None, *, starts_at: dt.datetime, now: dt.datetime) -> Due:
    """What of `total` is due at `now`. Everything, when there is no deposit or the day of the rest has come already.

    Neither of the two is less than a card can be charged: a smaller deposit is raised to that, a smaller rest is due
    with the deposit.
    """
    everything = Due(total, Money.zero(total.currency), None)
    if deposit is None:
        return everything
    rest_due_at = starts_at - dt.timedelta(days=deposit.rest_days_before)
    part = _part(total, deposit)
    if too_little(part):
        part = least_by_card(total.currency)
    # A deposit of nothing would confirm a booking that nobody has paid for.
    if rest_due_at <= now or part.minor <= 0 or part >= total or too_little(total - part):
        return everything
    return Due(part, total - part, rest_due_at)


def frozen_deposit(deposit: Deposit | None) -> dict[str, Any] | None:
    """The deposit as a booking keeps it among its terms: JSON values."""
    return None if deposit is None else asdict(deposit)


def deposit_of(frozen: Mapping[str, Any] | None) -> Deposit | None:
    """The deposit in what `frozen_deposit` made."""
    return Deposit(**frozen) if frozen else None


def _part(total: Money, deposit: Deposit) -> Money:
    if deposit.amount_minor is not None:
        return Money(deposit.amount_minor, total.currency)
    assert deposit.percent is not None, "a deposit has a percentage or an amount"
    return total.percent(deposit.percent)
