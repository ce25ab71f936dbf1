"""Sessions: what is on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookapp.api.schemas import sessions as schemas
from bookapp.api.schemas.base import offset_of, page_of, paginated
from bookapp.api.views.area import ApiArea
from bookapp.booking.queries import SeatWish, priced_now, quote
from bookapp.catalog.queries import venues_by_id
from bookapp.infra import clock
from bookapp.scheduling.queries import session_by_id
from bookapp.scheduling.queries.timetable import how_many, timetable
from bookapp.values.errors import NotFound
from bookapp.values.words import N_
from bookapp.web.areas import PUBLIC

A_DAY = dt.timedelta(days=1)

views = ApiArea("sessions", __name__, title=N_("Sessions"), about=N_("What is on, and how many seats are left."))


@views.get("/sessions", audience=PUBLIC)
@views.arguments(schemas.SessionsAsked, location="query")
@views.response(200, page_of(schemas.SessionInListSchema))
def list_sessions(asked: dict[str, Any]) -> dict[str, Any]:
    """List sessions that are still to begin, by start; full and cancelled ones as well.

    `total` counts up to 10,000: narrow it down by day, place or person where there are more.
    """
    now, choice = clock.now(), schemas.choice(asked)
    # Without a day it begins with whatever is next, also where it is still yesterday.
    first, last = asked["first"] or now.date() - A_DAY, asked["last"]
    total = how_many(choice, first=first, last=last, now=now)
    rows = timetable(choice, first=first, last=last, now=now, limit=asked["limit"], offset=offset_of(asked))
    return paginated([schemas.listed(row) for row in priced_now(rows, now=now)], asked, total)


@views.get("/sessions/<int:session_id>", audience=PUBLIC)
@views.response(200, schemas.SessionSchema)
def show_session(session_id: int) -> dict[str, Any]:
    """Show a session, with its agenda and terms. Those of a private service are not shown here."""
    session = session_by_id(session_id)
    if session.service.private:
        raise NotFound
    venues = venues_by_id([session.venue_id] if session.venue_id else [])
    price = quote(SeatWish(session.id, 1), now=clock.now()).total
    return schemas.session(session, venues.get(session.venue_id or 0), price)
