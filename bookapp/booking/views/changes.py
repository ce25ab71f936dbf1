"""What a booking's own page says about changes: made, waiting, possible."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.changes import history, is_waiting, pending_change
from bookapp.booking.views.moving import is_movable
from bookapp.booking.views.parting import has_parts
from bookapp.booking.views.times import difference_words
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from bookapp.web import filters


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the history, in words."""

    what: str
    before: str
    after: str
    money: str
    by: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A new time that is held until its difference is paid."""

    when: str
    amount: str
    until: dt.datetime
    left: str


def changes_of(booking: Booking, now: dt.datetime) -> dict[str, Any]:
    """For the page of a booking: `changes`, `waiting`, `can_move`, `can_part`."""
    change = pending_change(booking) if booking.state == "confirmed" else None
    waits = change is not None and is_waiting(change, now)
    return {
        "changes": [_row(booking, each) for each in history(booking)],
        "waiting": _waiting(booking, change, now) if change is not None and waits else None,
        "can_move": not waits and is_movable(booking, now),
        "can_part": not waits and has_parts(booking),
    }


def _waiting(booking: Booking, change: BookingChange, now: dt.datetime) -> Waiting:
    until = max(filter(None, (change.hold_expires_at, change.paying_until)), default=now)
    minutes, seconds = divmod(max(0, int((until - now).total_seconds())), 60)
    amount = filters.money(Money(change.difference_minor, booking.currency))
    return Waiting(_place(change.after), amount, until, f"{minutes}:{seconds:02}")


def _row(booking: Booking, change: BookingChange) -> Row:
    at = filters.when(change.done_at, booking.zone) if change.done_at else ""
    by = _("by the house") if change.by_merchant else _("by you")
    if change.kind == "move":
        words = _("Moved"), _place(change.before), _place(change.after)
    else:
        words = _("A part given back"), "", _parts(change.after)
    return Row(*words, _money(booking, change), by, at, change.reason)


def _place(facts: dict[str, Any]) -> str:
    instant = dt.datetime.fromisoformat
    when = filters.span(Span(instant(facts["starts_at"]), instant(facts["ends_at"])), facts["zone"])
    # The room is noted where the house has changed a session: there it may be all that is new.
    return ", ".join(part for part in (facts["title"], facts["host"], facts.get("room"), when) if part)


def _parts(facts: dict[str, Any]) -> str:
    seats, pieces = facts["seats"], sum(pieces for _addon, pieces in facts["addons"])
    words = [
        ngettext("%(num)s seat", "%(num)s seats", seats) if seats else "",
        ngettext("%(num)s extra", "%(num)s extras", pieces) if pieces else "",
    ]
    return ", ".join(word for word in words if word)


def _money(booking: Booking, change: BookingChange) -> str:
    difference = difference_words(Money(change.difference_minor, booking.currency))
    if change.refunded_minor:
        back = filters.money(Money(change.refunded_minor, booking.currency))
        return _("%(difference)s, of which %(back)s came back", difference=difference, back=back)
    if change.by_merchant and change.difference_minor > 0:
        return _("%(difference)s, not charged", difference=difference)
    return difference
