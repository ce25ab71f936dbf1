"""When a house is open, and somebody works, in an ordinary week; and when somebody is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from bookapp.infra.db import db
from bookapp.infra.idempotency import fingerprint
from bookapp.scheduling.models import Closure, OpeningHours, WorkingHours
from bookapp.scheduling.rules import Hours
from bookapp.values.errors import NotFound


def weekly_hours(venue_id: int) -> list[Hours]:
    """The venue's own weekly hours, Monday first; closures are not in them."""
    return opening_hours(venue_id=venue_id)


def opening_hours(**place: int) -> list[Hours]:
    """The weekly hours of `venue_id`, or those a room has of its own (`room_id`), Monday first."""
    rows = db.session.execute(
        select(OpeningHours.weekday, OpeningHours.opens, OpeningHours.closes)
        .filter_by(**place)
        .order_by(OpeningHours.weekday, OpeningHours.opens)
    )
    return [Hours(*row) for row in rows]


def working_hours(facilitator_id: int) -> list[Hours]:
    """A person's own weekly hours, Monday first, in their zone; time off is not in them."""
    rows = db.session.execute(
        select(WorkingHours.weekday, WorkingHours.starts, WorkingHours.ends)
        .where(WorkingHours.facilitator_id == facilitator_id)
        .order_by(WorkingHours.weekday, WorkingHours.starts, WorkingHours.ends)
    )
    return [Hours(*row) for row in rows]


def version_of_week(hours: Sequence[Hours]) -> str:
    """Changes with the week: an edit form carries the one it was made of (guarantees.md 13)."""
    return fingerprint(week=sorted((one.weekday, str(one.opens), str(one.closes)) for one in hours))[:16]


def closures_of_person(facilitator_id: int, *, since: dt.datetime, limit: int = 100) -> Sequence[Closure]:
    """When somebody is away, as far as it is not over at `since`; the next one first."""
    return _closures(Closure.facilitator_id == facilitator_id, since, limit)


def closures_of_place(
    *, venue_id: int, room_id: int | None = None, since: dt.datetime, limit: int = 100
) -> Sequence[Closure]:
    """When a venue is closed, or one room of it (its venue's closures among them); the next one first."""
    where = Closure.venue_id == venue_id
    return _closures(where if room_id is None else or_(where, Closure.room_id == room_id), since, limit)


def closure_of_place(closure_id: int) -> Closure:
    """A closure of a venue or a room. Raises NotFound, also for somebody's time off."""
    closure = db.session.get(Closure, closure_id)
    if closure is None or closure.facilitator_id is not None:
        raise NotFound
    return closure


def _closures(where: ColumnElement[bool], since: dt.datetime, limit: int) -> Sequence[Closure]:
    return db.session.scalars(
        select(Closure).where(where, Closure.ends_at > since).order_by(Closure.starts_at, Closure.id).limit(limit)
    ).all()
