"""A new booking in one statement: its places, itself, its lines, who is on it, the audit entry, and the answer kept.

Each costs a round trip of its own otherwise, and while they are under way others wait for the place.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, BigInteger, Integer, Numeric, Text, bindparam, column, func, select, true
from sqlalchemy.dialects.postgresql import JSONB, insert

from bookapp.audit.actions import entry
from bookapp.audit.models import AuditEntry
from bookapp.booking import rules
from bookapp.booking.errors import SlotTaken
from bookapp.booking.models import Booking, BookingLine, Participant
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.infra.idempotency import KEEPING, result_of
from bookapp.pricing.rules import Line
from bookapp.scheduling.actions.occupancy import TAKING, Wanted, make_way, places_of_claim, tell_taken


@dataclass(frozen=True, slots=True)
class NewBooking:
    """What is written of one. `columns` are the booking's own; those left out are empty, as in the database.

    `organiser` are the columns of the person it is for; `scope` and `key` are of the claim that its ref answers.
    """

    columns: Mapping[str, Any]
    lines: Sequence[Line]
    act: str
    facts: Mapping[str, Any]
    scope: str
    key: str
    organiser: Mapping[str, Any] | None = None
    wanted: tuple[Wanted, ...] = ()
    reason: str | None = None


def write(new: NewBooking, actor: Actor, *, now: dt.datetime) -> tuple[int, str]:
    """Inside an action: take the places it wants and write everything; returns the id and the ref.

    Raises SlotTaken when a place is not to be had; lapsed holds in the way let go of it first. The rare ref that
    exists is drawn again, and not read as "taken".
    """
    missing = list(new.wanted)
    values = _values(new, actor)
    tried = False
    while True:
        ref = "".join(secrets.choice(rules.REF_ALPHABET) for _ in range(rules.REF_LENGTH))
        taken, booking_id = db.session.execute(
            _WRITING,
            values
            | places_of_claim(missing, new.columns["claim_id"], lapses_at=new.columns.get("hold_expires_at"))
            | result_of(new.scope, new.key, {"ref": ref})
            | {"wanted": len(missing), "new_ref": ref, "noted_subject": f"booking:{ref}"},
        ).one()
        if booking_id is not None:
            tell_taken(new.wanted)
            return booking_id, ref
        missing = [each for each in missing if each.resource_id not in (taken or ())]
        if missing and (tried or not make_way(missing, now)):
            raise SlotTaken
        tried = tried or bool(missing)


_BOOKING, _ENTRY = Booking.__table__, AuditEntry.__table__
_COLUMNS = (
    "ref", "kind", "merchant_id", "venue_id", "room_id", "session_id", "service_id", "facilitator_id", "claim_id",
    "title", "place", "host", "customer_id", "visitor", "origin", "email", "name", "phone", "people", "starts_at",
    "ends_at", "zone", "currency", "total_minor", "due_now_minor", "rest_due_at", "due_at_venue", "tax",
    "price_reasons", "terms", "terms_from", "hold_expires_at",
)  # fmt: skip
_EMPTY = {f"new_{name}": "" for name in ("place", "host", "email", "name", "phone")} | {"new_due_at_venue": False}
_NOTED = ("actor", "user_id", "impersonator_id", "action", "subject", "facts", "reason", "request_id")
_LINE = {
    "position": Integer, "kind": Text, "label": Text, "unit": Text, "quantity": Numeric, "unit_price_minor": BigInteger,
    "subtotal_minor": BigInteger, "addon_id": BigInteger,
}  # fmt: skip
_PERSON = {"user_id": BigInteger, "role": Text, "name": Text, "email": Text}


def _bound(table: Any, names: Sequence[str], prefix: str) -> list[Any]:
    return [bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in names]


def _each(table: Any, held: CTE, name: str, columns: Mapping[str, Any]) -> CTE:
    """Rows of `table` that belong to the booking, from a list of values."""
    rows = func.jsonb_to_recordset(bindparam(name, type_=JSONB)).table_valued(
        *(column(each, kind) for each, kind in columns.items())
    )
    given = rows.render_derived(name=f"given_{name}", with_types=True)
    of_booking = select(held.c.id, *given.c).select_from(held.join(given, true()))
    return insert(table).from_select(["booking_id", *columns], of_booking).cte(name)


def _statement() -> Any:
    places = TAKING.cte("taken_places")
    # Asking for the count makes PostgreSQL take the places first.
    all_taken = select(func.count()).select_from(places).scalar_subquery() == bindparam("wanted", type_=Integer)
    held = (
        insert(_BOOKING)
        .from_select(_COLUMNS, select(*_bound(_BOOKING, _COLUMNS, "new")).where(all_taken))
        .on_conflict_do_nothing(index_elements=["ref"])
        .returning(_BOOKING.c.id)
        .cte("held")
    )
    noted = insert(_ENTRY).from_select(_NOTED, select(*_bound(_ENTRY, _NOTED, "noted")).select_from(held))
    return select(
        select(func.array_agg(places.c.resource_id)).scalar_subquery(), select(held.c.id).scalar_subquery()
    ).add_cte(
        _each(BookingLine.__table__, held, "lines", _LINE),
        _each(Participant.__table__, held, "people", _PERSON),
        noted.cte("noted"),
        KEEPING.cte("kept"),
    )


# Made once: to put it together costs more than to send it.
_WRITING = _statement()


def _values(new: NewBooking, actor: Actor) -> dict[str, Any]:
    assert new.columns.keys() <= set(_COLUMNS), "what the statement does not know would be lost"
    columns = {f"new_{name}": new.columns.get(name) for name in _COLUMNS}
    empty = {name: value for name, value in _EMPTY.items() if columns[name] is None}
    note = entry(actor, new.act, "", dict(new.facts), reason=new.reason)
    lines = [
        {
            "position": position,
            "kind": line.kind.value,
            "label": line.label,
            "unit": line.unit.value,
            "quantity": str(line.quantity),
            "unit_price_minor": line.unit_price.minor,
            "subtotal_minor": line.subtotal.minor,
            "addon_id": line.addon_id,
        }
        for position, line in enumerate(new.lines)
    ]
    people = [{**new.organiser, "role": "organiser"}] if new.organiser else []
    noted = {f"noted_{name}": value for name, value in note.items()}
    return columns | empty | noted | {"lines": lines, "people": people}
