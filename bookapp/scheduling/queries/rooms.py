"""The rooms of a venue as rows: a grid of a hundred needs their facts, not a hundred objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered


@remembered()
def grid_rooms(venue_id: int) -> Sequence[Row[Any]]:
    """The listed rooms of a venue, the largest first: what `room_calendars` needs, and slug, name, capacity, rate."""
    rows = db.session.execute(
        select(
            Room.id,
            Room.resource_id,
            Room.venue_id,
            Room.slug,
            Room.name,
            Room.capacity,
            Room.rate_minor,
            Room.min_minutes,
            Room.max_minutes,
            Room.step_minutes,
            Room.buffer_minutes,
            Room.notice_minutes,
            Room.horizon_days,
        )
        .where(Room.venue_id == venue_id, Room.listed)
        .order_by(Room.capacity.desc(), Room.name, Room.id)
    )
    return tuple(rows)
