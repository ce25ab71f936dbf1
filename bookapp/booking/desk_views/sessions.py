"""/desk/sessions: what somebody plans and hosts, narrowed by what stands in the address."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from bookapp.booking.desk_views.area import blueprint
from bookapp.catalog.models import Merchant
from bookapp.infra import clock
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.desk import TABS, Choices, DeskFilter, choices_in, desk_sessions, houses_of
from bookapp.values.timespan import instant_near, wall
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

_MOST = 2**53
_MOST_PAGES = 10_000
_NARROWS = ("q", "date", "until", "service", "person", "room")
_DAY = dt.timedelta(days=1)


@blueprint.get("/desk/sessions")
def list_sessions() -> Response:
    """What is to come, what is past, or what was cancelled, by day."""
    actor, query, now = current_actor(), Query(request.args), clock.now()
    houses = houses_of(actor)
    merchant = next((each for each in houses if each.slug == query.text("merchant")), None)
    choices = _choices(houses, merchant)
    zone = (merchant or (houses[0] if houses else None)).zone if houses else "UTC"
    wanted = _wanted(query, zone)
    found = desk_sessions(actor, wanted, now=now)
    return page(
        "booking/desk/sessions/index.html",
        "list",
        wanted=wanted,
        days=_by_day(found.rows, now),
        has_more=found.has_more,
        choices=choices,
        houses=[(each.slug, each.name) for each in houses],
        merchant=merchant,
        errors=query.errors,
        narrowed=any(request.args.get(name) for name in _NARROWS),
        on=request.args,
        href=_href,
        now=now,
    )


def _choices(houses: Any, merchant: Merchant | None) -> Choices | None:
    """What to narrow by: that of one house. Who has several says which first."""
    one = merchant or (houses[0] if len(houses) == 1 else None)
    return choices_in(current_actor(), one.id) if one else None


def _wanted(query: Query, zone: str) -> DeskFilter:
    day, last = query.day("date"), query.day("until")
    return DeskFilter(
        tab=query.choice("tab", TABS, TABS[0]),
        text=query.text("q"),
        start=instant_near(day, dt.time(0), zone) if day and _is_near(day) else None,
        end=instant_near(last + _DAY, dt.time(0), zone) if last and _is_near(last) else None,
        service_id=query.integer("service", low=1, high=_MOST),
        facilitator_id=query.integer("person", low=1, high=_MOST),
        room_id=query.integer("room", low=1, high=_MOST),
        page=query.integer("page", low=1, high=_MOST_PAGES) or 1,
    )


def _is_near(day: dt.date) -> bool:
    return 2000 <= day.year < 2200


def _by_day(rows: Any, now: dt.datetime) -> list[tuple[str, list[Session]]]:
    def day_of(session: Session) -> dt.date:
        return wall(session.starts_at, session.zone).date()

    return [(filters.day_long(day), list(group)) for day, group in groupby(rows, key=day_of)]


def _href(**changes: Any) -> str:
    """This list with something changed; another choice begins on its first page again."""
    names = ("tab", *_NARROWS, "merchant")
    now = {name: request.args.get(name, "") for name in names}
    pairs = [(name, value) for name, value in (now | changes).items() if value]
    return f"/desk/sessions?{urlencode(pairs)}" if pairs else "/desk/sessions"
