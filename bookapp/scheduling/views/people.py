"""/people/<slug>: who somebody is, and an hour of theirs to reserve."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace

from flask import Response, request
from flask_babel import gettext as _

from bookapp.booking.queries import own_seats, priced_now
from bookapp.catalog.models import Facilitator, Service
from bookapp.catalog.queries import facilitator_by_slug, services_of_facilitator
from bookapp.catalog.rules import average
from bookapp.catalog.states import Level
from bookapp.infra import clock
from bookapp.reviews.queries import reviews_of_facilitator
from bookapp.scheduling.queries.timetable import sessions_of_person
from bookapp.scheduling.views.area import blueprint
from bookapp.scheduling.views.panes import Asked, choose
from bookapp.scheduling.views.watching import of_places
from bookapp.scheduling.views.words import asked_day, asked_month, first_of_next
from bookapp.values.timespan import Span, day_span, wall
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.keys import known_keys
from bookapp.web.security import current_actor

FEW_SESSIONS = 5
REACH = dt.timedelta(days=3 * 366)


@blueprint.get("/people/<slug>")
def show_person(slug: str) -> Response:
    """A facilitator, and an hour of theirs to reserve."""
    now, actor = clock.now(), current_actor()
    person = facilitator_by_slug(slug)
    services = services_of_facilitator(person.id, known_keys())
    sessions = priced_now(sessions_of_person(person.id, now=now, limit=FEW_SESSIONS), now=now)
    asked = _asked(person, services, Query(request.args), now) if services else None
    chosen = choose(person, services, asked, now) if asked else None
    return page(
        "scheduling/people/show.html",
        "choose",
        person=person,
        average=average(person.rating_sum, person.rating_count),
        choose=chosen,
        live=_watched(person, asked.month, chosen.zone) if asked and chosen else "",
        sessions=sessions,
        zone=sessions[0].zone if len({session.zone for session in sessions}) == 1 else "",
        own=own_seats(actor, [session.id for session in sessions], now=now),
        reviews=reviews_of_facilitator(person.id),
        level=_(Level(person.level).label),
        key=uuid.uuid4().hex,
    )


def _asked(person: Facilitator, services: Sequence[Service], query: Query, now: dt.datetime) -> Asked:
    service = next((one for one in services if one.slug == query.text("service")), services[0])
    minutes = query.integer("minutes", low=1, high=24 * 60)
    length = next((one for one in service.lengths if one.minutes == minutes), service.lengths[0])
    rough = Asked(person.slug, service, length, None, now.date(), None)
    zone = rough.zone or person.zone
    today = wall(now, zone).date()
    start = _start(query.text("start"), now)
    date = asked_day(wall(start, zone).date() if start else query.day("date"), today=today)
    # A start that is past or out of reach is none: the page then offers what there is.
    start = start if date else None
    shown = asked_month(query.text("month"), today=today, otherwise=date)
    return replace(rough, date=date, month=shown, start=start)


def _watched(person: Facilitator, month: dt.date, zone: str) -> str:
    """The stream for the month that is shown: any of their hours may be taken or freed, whatever it is for."""
    last = first_of_next(month) - dt.timedelta(days=1)
    return of_places(Span(day_span(month, zone).start, day_span(last, zone).end), resource_id=person.resource_id)


def _start(text: str, now: dt.datetime) -> dt.datetime | None:
    """The instant in the address, with the plus of an offset that was not quoted put back."""
    try:
        start = dt.datetime.fromisoformat(text.replace(" ", "+"))
        in_reach = start.tzinfo is not None and abs(start - now) < REACH
    except (ValueError, OverflowError):
        return None
    return start.astimezone(dt.UTC) if in_reach else None
