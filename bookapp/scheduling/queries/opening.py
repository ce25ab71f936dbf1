"""When a house is open in an ordinary week."""

from __future__ import annotations

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.scheduling.models import OpeningHours
from bookapp.scheduling.rules import Hours


def weekly_hours(venue_id: int) -> list[Hours]:
    """The venue's own weekly hours, Monday first; closures are not in them."""
    rows = db.session.execute(
        select(OpeningHours.weekday, OpeningHours.opens, OpeningHours.closes)
        .where(OpeningHours.venue_id == venue_id)
        .order_by(OpeningHours.weekday, OpeningHours.opens)
    )
    return [Hours(*row) for row in rows]
