"""What a merchant's monthly statement is made of, and when it may be made and paid out. Months are UTC's."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from bookapp.values.timespan import UTC, Span
from bookapp.values.words import N_

# Whatever was under way at midnight has landed in the ledger by then; longer than any transaction or job may take.
_SETTLES_WITHIN = dt.timedelta(hours=2)


class Section(StrEnum):
    """Where a movement of a merchant's receivable stands on a statement."""

    EARNED = "earned"
    REFUNDED = "refunded"
    COLLECTED = "collected"
    DISPUTED = "disputed"
    OTHER = "other"
    PAID_OUT = "paid_out"

    @property
    def label(self) -> str:
        """The words on the statement, to be translated."""
        return _LABELS[self]


_LABELS = {
    Section.EARNED: N_("Earned from bookings"),
    Section.REFUNDED: N_("Refunded to customers"),
    Section.COLLECTED: N_("Collected at the venue"),
    Section.DISPUTED: N_("Disputes and their fees"),
    Section.OTHER: N_("Gift cards and corrections"),
    Section.PAID_OUT: N_("Paid out"),
}
# What the ledger calls it; elsewhere the beginning of its cause decides.
_BY_KIND = {"payment": Section.EARNED, "refund": Section.REFUNDED, "payout": Section.PAID_OUT}
_BY_CAUSE = {"venue": Section.COLLECTED, "dispute": Section.DISPUTED}


def section_of(kind: str, cause: str) -> Section:
    """The section of a transfer of this kind with this cause ("venue:17")."""
    return _BY_KIND.get(kind) or _BY_CAUSE.get(cause.partition(":")[0], Section.OTHER)


def month_span(month: dt.date) -> Span:
    """The whole month that begins on the day `month`, in UTC."""
    return Span(_midnight(month), _midnight(month_after(month)))


def month_after(month: dt.date) -> dt.date:
    """The first day of the month after that of `month`."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def last_closed_month(now: dt.datetime) -> dt.date:
    """The first day of the last month whose movements have all landed."""
    first = (now - _SETTLES_WITHIN).astimezone(UTC).date().replace(day=1)
    return (first - dt.timedelta(days=1)).replace(day=1)


def payable_since(now: dt.datetime) -> dt.date:
    """The month whose statement may still be paid out: the one before `now`'s.

    An earlier one has handed its amount on to the next, and paying both would pay it twice.
    """
    return (now.astimezone(UTC).date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def can_pay_out(month: dt.date, closing_minor: int, now: dt.datetime) -> bool:
    """Whether what a statement closes with may be paid out: if it is something, and no later one has taken it over."""
    return closing_minor > 0 and month >= payable_since(now)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), UTC)
