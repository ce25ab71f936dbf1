"""/live: the one stream of a page of the site, for its bell and for the seats or places it shows.

It says that something changed, never what: that the page asks for itself, with the rights of whoever reads it. So
nobody is asked whether they may see what they watch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response, request

from bookapp.infra import live
from bookapp.scheduling.queries.watching import places_of_venue
from bookapp.scheduling.rules.watching import A_DAY, place_channels, session_channel
from bookapp.scheduling.views.area import blueprint
from bookapp.values.timespan import Span
from bookapp.web.forms import Query
from bookapp.web.security import current_actor

PATH = "/live"
# A page of the timetable, and a retreat with its other times.
MOST_SESSIONS = 60
# A month in a room's page, from the first to the last hour anywhere.
MOST_DAYS = 33
LARGEST_ID = 10**12 - 1


def of_sessions(session_ids: Sequence[int]) -> str:
    """The address of the stream for the seats of these sessions."""
    return f"{PATH}?session={','.join(map(str, session_ids[:MOST_SESSIONS]))}" if session_ids else PATH


def of_places(span: Span, *, venue_id: int | None = None, resource_id: int | None = None) -> str:
    """The address of the stream for a venue's rooms, or for one place, between two instants."""
    first, last = (at.astimezone(dt.UTC).date() for at in (span.start, span.end - dt.timedelta.resolution))
    what = {"venue": venue_id} if resource_id is None else {"place": resource_id}
    return f"{PATH}?{urlencode({**what, 'day': first, 'days': (last - first).days + 1})}"


@blueprint.get(PATH)
def listen() -> Response:
    """Events for `session` (ids), for the rooms of `venue` or for `place` on `days` days from `day` on, and one's bell.

    What cannot be read is not watched.
    """
    query = Query(request.args)
    numbers = query.many("session", most=MOST_SESSIONS)
    channels = [session_channel(int(number)) for number in numbers if number.isascii() and number.isdigit()]
    channels += _places(query)
    user_id = current_actor().user_id
    if user_id is not None:
        channels.append(f"user:{user_id}")
    return live.answer(*channels, is_public=True)


def _places(query: Query) -> list[str]:
    day, days = query.day("day"), query.integer("days", low=1, high=MOST_DAYS)
    venue_id = query.integer("venue", low=1, high=LARGEST_ID)
    place = query.integer("place", low=1, high=LARGEST_ID)
    if day is None or days is None or day > dt.date.max - MOST_DAYS * A_DAY:
        return []
    places = [place] if place is not None else places_of_venue(venue_id) if venue_id is not None else ()
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    return [channel for one in places for channel in place_channels(one, start, start + days * A_DAY)]
