"""What moving and giving a part back share: who may, and how lines are reversed and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from bookapp.booking import queries, rules
from bookapp.booking.models import Booking, BookingChange, BookingLine
from bookapp.booking.policy import may_move, may_serve
from bookapp.booking.queries.changes import lines_of
from bookapp.booking.queries.destinations import TO_ORIGINAL
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.pricing.rules.tax import TOO_LITTLE, tax_within
from bookapp.values.errors import NotAllowed
from bookapp.values.words import N_

__all__ = ["TO_ORIGINAL", "change_lines", "doer_of", "locked_for_change", "place_facts"]

_USER = "user:"

# Stored in English like every label of ours; told by their unit (booking.messages.summary).
_KEPT_LABEL = N_("Kept by the terms when it changed")
_GIVEN_LABEL = N_("Not charged: changed by the house")


def locked_for_change(actor: Actor, ref: str) -> tuple[Booking, bool]:
    """Inside an action: the booking, locked, and whether it is the merchant who changes it.

    Raises NotFound for who may not see it, NotAllowed for a participant, who sees it read-only.
    """
    booking = queries.lock_by_ref(ref)
    if may_move(actor, booking):
        return booking, False
    if may_serve(actor, booking):
        return booking, True
    queries.by_ref(ref, visible_to_actor=actor)
    raise NotAllowed


def doer_of(label: str) -> Actor:
    """Who pressed the button, by the label that was kept of them ("user:7"): as the audit trail names them."""
    return Actor(user_id=int(label.removeprefix(_USER)), kind="user") if label.startswith(_USER) else SYSTEM


def place_facts(booking: Booking) -> dict[str, Any]:
    """Where a booking stands, as JSON, for its history."""
    return {
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
        "room_id": booking.room_id,
        "session_id": booking.session_id,
        "facilitator_id": booking.facilitator_id,
        "venue_id": booking.venue_id,
        "title": booking.title,
        "place": booking.place,
        "host": booking.host,
        "zone": booking.zone,
        "people": booking.people,
        "total_minor": booking.total_minor,
    }


def change_lines(
    booking: Booking,
    change: BookingChange,
    *,
    gone: Sequence[rules.AgreedLine] | None,
    tax: Mapping[str, Any] | None,
    new: Sequence[rules.AgreedLine] = (),
    given: int = 0,
    kept: int = 0,
    waived: int = 0,
) -> None:
    """Write the lines of a change and bring the total to their sum.

    `gone` are reversing lines, None takes back all that was agreed; what was kept by the terms before always stays.
    `given`, `waived` and `kept` (minor units) become lines of their own; `tax` is the frozen rate of what holds from
    now on.
    """
    lines = lines_of(booking.id)
    if gone is None:
        gone = [line.reversed for line in rules.agreed_now(lines) if line.unit != rules.KEPT]
    written = [*gone, *new]
    if given:
        written.append(rules.AgreedLine("discount", _GIVEN_LABEL, rules.GIVEN, Decimal(1), -given, -given))
    if waived:
        written.append(rules.AgreedLine("discount", TOO_LITTLE, rules.WAIVED, Decimal(1), -waived, -waived))
    if kept:
        written.append(rules.AgreedLine("rule", _KEPT_LABEL, rules.KEPT, Decimal(1), kept, kept))
    first = max((line.position for line in lines), default=-1) + 1
    db.session.add_all(
        BookingLine(booking_id=booking.id, position=position, cause=f"change:{change.id}", **asdict(line))
        for position, line in enumerate(written, start=first)
    )
    booking.total_minor += sum(line.subtotal_minor for line in written)
    if booking.due_now_minor is not None:
        booking.due_now_minor = min(booking.due_now_minor, booking.total_minor)
    booking.tax = dict(tax) | {"minor": _tax_in(booking, [*lines, *written], tax)} if tax else None


def _tax_in(booking: Booking, lines: Sequence[rules.Written], tax: Mapping[str, Any]) -> int:
    """What of the price is tax; what the terms kept is no price of anything."""
    if not tax["inclusive"]:
        return sum(line.subtotal_minor for line in lines if line.kind == "tax")
    price = booking.total - rules.kept_so_far(lines, booking.currency)
    return tax_within(price, Decimal(tax["percent"])).minor
