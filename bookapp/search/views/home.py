"""/: one question, and what one could do today."""

from __future__ import annotations

import datetime as dt

from flask import Response
from werkzeug.datastructures import MultiDict

from bookapp.booking.queries import own_seats
from bookapp.infra import clock
from bookapp.search.forms import read
from bookapp.search.queries import loved_rooms, people_soon, sessions_soon
from bookapp.search.views.area import blueprint
from bookapp.search.views.asking import form_of
from bookapp.search.views.cards import loved_cards
from bookapp.search.views.lines import lines_of, people_cards
from bookapp.values.timespan import wall
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

SESSIONS, ROOMS, PEOPLE = 6, 4, 3


@blueprint.get("/")
def show_home() -> Response:
    """The search, what is on today and tomorrow, rooms and people. Thirteen queries, however large the town."""
    now, actor = clock.now(), current_actor()
    coming = sessions_soon(now, SESSIONS)
    # What is on today and tomorrow there; on a quiet week whatever comes next.
    soon = [session for session in coming if session.day <= wall(now, session.zone).date() + dt.timedelta(days=1)]
    shown = soon or coming
    return page(
        "search/home.html",
        form=form_of(read(MultiDict(), now)),
        is_soon=bool(soon),
        lines=lines_of(shown, party=1, own=own_seats(actor, [one.id for one in shown], now=now), now=now),
        rooms=loved_cards(loved_rooms(ROOMS)),
        people=people_cards(people_soon(now, PEOPLE), now),
    )
