"""/venues/<slug>: a place, its rooms and what is on in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from babel.dates import get_day_names
from flask import Response, request
from flask_babel import get_locale
from flask_babel import gettext as _

from bookapp.booking.queries import own_seats, priced_now
from bookapp.catalog.queries import rooms_of_venue, venue_by_slug
from bookapp.catalog.views.area import blueprint
from bookapp.catalog.views.cards import room_cards
from bookapp.favourites.queries import kept_by
from bookapp.infra import clock
from bookapp.reviews.queries import rating_of_venue, reviews_of_venue
from bookapp.scheduling.queries.opening import weekly_hours
from bookapp.scheduling.queries.timetable import sessions_of_venue
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

FEW_SESSIONS = 6
MIDNIGHT = dt.time(0)


@blueprint.get("/venues/<slug>")
def show_venue(slug: str) -> Response:
    """A venue. Day, hours and people in the address are carried on to its rooms."""
    now, actor = clock.now(), current_actor()
    venue = venue_by_slug(slug)
    rooms = rooms_of_venue(venue.id)
    sessions = priced_now(sessions_of_venue(venue.id, now=now, limit=FEW_SESSIONS), now=now)
    return page(
        "catalog/venue.html",
        venue=venue,
        rating=rating_of_venue(venue.id),
        hours=_in_words(weekly_hours(venue.id)),
        rooms=room_cards(rooms, merchant_id=venue.merchant_id, now=now),
        carried=_carried(Query(request.args)),
        kept=kept_by(actor.user_id),
        sessions=sessions,
        own=own_seats(actor, [session.id for session in sessions], now=now),
        reviews=reviews_of_venue(venue.id),
    )


def _carried(query: Query) -> str:
    """What was asked for on the way here, as the end of a room's address."""
    day, start, end = query.day("date"), query.time("from"), query.text("to", longest=5)
    people = query.integer("people", low=1, high=10_000)
    asked = {"date": day, "from": start and f"{start:%H:%M}", "to": end, "people": people}
    chosen = urlencode({name: value for name, value in asked.items() if value})
    return f"?{chosen}" if chosen else ""


def _in_words(hours: Sequence[Any]) -> list[tuple[str, str]]:
    """("Mon–Fri", "08:00–20:00") for runs of days with the same hours; days without are closed."""
    if not hours:
        return []
    names = get_day_names("abbreviated", "stand-alone", locale=get_locale())
    by_day = [", ".join(_hours(one) for one in hours if one.weekday == day) for day in range(7)]
    lines = []
    for said, group in groupby(range(7), key=lambda day: by_day[day]):
        days = list(group)
        span = names[days[0]] if len(days) == 1 else f"{names[days[0]]}–{names[days[-1]]}"
        lines.append((span, said or _("closed")))
    return lines


def _hours(one: Any) -> str:
    if one.opens == one.closes:
        return _("round the clock")
    closes = "24:00" if one.closes == MIDNIGHT else filters.time(one.closes)
    return f"{filters.time(one.opens)}–{closes}"
