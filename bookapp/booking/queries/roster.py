"""Who is expected in a session."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select

from bookapp.booking.models import Booking, Participant
from bookapp.infra.db import db

# Who is on it: nobody who let go, or whom the house has cancelled.
_EXPECTED = ("confirmed", "completed", "no_show")


def roster_page(session_id: int, *, page: int, limit: int) -> tuple[Sequence[Row[tuple[Participant, Booking]]], int]:
    """One page of (participant, booking), by the name of the booking, its organiser first; and how many in all."""
    expected = (Booking.session_id == session_id, Booking.state.in_(_EXPECTED))
    rows = db.session.execute(
        select(Participant, Booking)
        .join(Booking, Booking.id == Participant.booking_id)
        .where(*expected)
        .order_by(Booking.name, Booking.id, Participant.id)
        .limit(limit)
        .offset((page - 1) * limit)
        .execution_options(populate_existing=True)
    ).all()
    whole = db.session.scalar(
        select(func.count())
        .select_from(Participant)
        .join(Booking, Booking.id == Participant.booking_id)
        .where(*expected)
    )
    return rows, whole or 0


def session_of_participant(participant_id: int) -> int | None:
    """The session somebody is on the roster of; None for whoever is on none."""
    return db.session.scalar(
        select(Booking.session_id)
        .join(Participant, Participant.booking_id == Booking.id)
        .where(Participant.id == participant_id)
    )
