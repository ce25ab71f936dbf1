"""Which timeslots cannot be had because their room is: nobody sits in them yet, and somebody else is there."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, case, func, literal_column, select

from bookapp.catalog.models import Room, Service
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Occupancy, Session


def seats_gone() -> ColumnElement[int]:
    """How many seats of a session nobody can have: those taken, and of a timeslot whose room is taken all.

    For queries that join Service and (outer) Room. A hold of the room that has lapsed still counts: within seconds it
    is ended.
    """
    return case((and_(Session.on_grid, Session.seats_taken == 0, _room_is_taken()), Session.capacity),
                else_=Session.seats_taken)  # fmt: skip


def without_room(sessions: Collection[Session]) -> set[int]:
    """The ids of those among `sessions` that are timeslots without a seat taken whose room is: one query at most."""
    empty = [session.id for session in sessions if session.on_grid and not session.seats_taken]
    if not empty:
        return set()
    return set(
        db.session.scalars(
            select(Session.id)
            .join(Service, Service.id == Session.service_id)
            .join(Room, Room.id == Session.room_id)
            .where(Session.id.in_(empty), _room_is_taken())
        )
    )


def _room_is_taken() -> ColumnElement[bool]:
    # Over the plain index of occupancy: what reaches into the slot began at most LONGEST_OCCUPANCY before it.
    minutes = func.greatest(Room.buffer_minutes, Service.buffer_minutes)
    end = Session.ends_at + minutes * literal_column("interval '1 minute'")
    starts, ends = func.lower(Occupancy.during), func.upper(Occupancy.during)
    return (
        select(Occupancy.id)
        .where(
            Occupancy.active,
            Occupancy.resource_id == Room.resource_id,
            starts < end,
            starts > Session.starts_at - LONGEST_OCCUPANCY,
            ends > Session.starts_at,
        )
        .correlate(Session, Room, Service)
        .exists()
    )
