"""The seats somebody has, so that a timetable can say "you are booked"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from bookapp.booking.models import Booking
from bookapp.booking.queries.bookings import is_live, visible_to
from bookapp.identity.actor import Actor
from bookapp.infra.db import db


@dataclass(frozen=True, slots=True)
class OwnSeat:
    """A booking of the actor in a session; `is_held` while it waits for payment."""

    ref: str
    is_held: bool


def own_seats(actor: Actor, session_ids: Collection[int], *, now: dt.datetime) -> dict[int, OwnSeat]:
    """The actor's active booking in each of these sessions, by session; one that is paid comes before one on hold."""
    if not session_ids or not (actor.user_id or actor.visitor or actor.links):
        return {}
    rows = db.session.execute(
        select(Booking.session_id, Booking.ref, Booking.state)
        .where(
            Booking.session_id.in_(session_ids),
            visible_to(actor),
            or_(Booking.state == "confirmed", and_(Booking.state == "pending", is_live(now))),
        )
        .order_by(Booking.state.desc(), Booking.id.desc())
    )
    return {session_id: OwnSeat(ref, state == "pending") for session_id, ref, state in rows}
