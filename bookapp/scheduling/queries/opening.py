"""When a house is open, and somebody works, in an ordinary week; and when somebody is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.infra.idempotency import fingerprint
from bookapp.scheduling.models import Closure, OpeningHours, WorkingHours
from bookapp.scheduling.rules import Hours


def weekly_hours(venue_id: int) -> list[Hours]:
    """The venue's own weekly hours, Monday first; closures are not in them."""
    rows = db.session.execute(
        select(OpeningHours.weekday, OpeningHours.opens, OpeningHours.closes)
        .where(OpeningHours.venue_id == venue_id)
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
    return db.session.scalars(
        select(Closure)
        .where(Closure.facilitator_id == facilitator_id, Closure.ends_at > since)
        .order_by(Closure.starts_at, Closure.id)
        .limit(limit)
    ).all()
