"""Whose day it is: one's own, or that of somebody of the house one looks after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from bookapp.catalog.models import Facilitator
from bookapp.crm.policy import houses_looked_after, is_self, may_see_day
from bookapp.crm.queries.circles import OWN, circle
from bookapp.crm.queries.clients import named_client, usual_appointment
from bookapp.crm.queries.people import facilitator_named, facilitators_of, own_facilitator
from bookapp.infra import clock
from bookapp.values.errors import NotFound
from bookapp.values.timespan import wall
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor


@dataclass(frozen=True, slots=True)
class Carried:
    """A client who is to be booked in again; `what` is their last appointment as the form names it ("12:50"), or ""."""

    id: int
    name: str
    email: str
    what: str


_FIRST, _LAST = dt.date(2000, 1, 1), dt.date(2199, 12, 31)


def asked_person() -> Facilitator | None:
    """The facilitator of the address (?facilitator=slug or id), else the actor's own; None when they host nothing.

    Raises NotFound for somebody whose day is not for this actor.
    """
    name = Query(request.args).text("facilitator")
    if not name:
        return own_facilitator(current_actor())
    person = facilitator_named(name)
    if not may_see_day(current_actor(), person):
        raise NotFound
    return person


def person_asked_for() -> Facilitator:
    """The same for pages that are about somebody. Raises NotFound without one."""
    person = asked_person()
    if person is None:
        raise NotFound
    return person


def asked_day(person: Facilitator) -> dt.date:
    """The day in the address (?date=2026-11-24), else today, on the person's clock."""
    day = Query(request.args).day("date")
    return day if day and _FIRST <= day <= _LAST else today_of(person)


def today_of(person: Facilitator) -> dt.date:
    """Today on the person's clock."""
    return wall(clock.now(), person.zone).date()


def address(endpoint: str, person: Facilitator, day: dt.date | None = None, **more: Any) -> str:
    """The address of one of the pages about a person's time; somebody else's name stands in it, one's own does not.

    The client one is about to book in stays in it from page to page, until `client=None` says that it is done.
    """
    if not is_self(current_actor(), person):
        more["facilitator"] = person.slug
    more.setdefault("client", _client_id())
    if day is not None and day != today_of(person):
        more["date"] = day.isoformat()
    return url_for(endpoint, **more)


def carried(person: Facilitator) -> Carried | None:
    """The client in the address (?client=17) who is to be booked into a free time of one's own; usually nobody.

    Raises NotFound when it is nobody's client, or somebody else's.
    """
    actor, client_id = current_actor(), _client_id()
    if client_id is None or not is_self(actor, person):
        return None
    own = circle(actor, OWN)
    name, email = named_client(own, client_id)
    usual = usual_appointment(own, client_id)
    return Carried(client_id, name, email, f"{usual[0]}:{usual[1]}" if usual else "")


def _client_id() -> int | None:
    return Query(request.args).integer("client", low=1, high=2**53)


def choose(endpoint: str) -> Response:
    """For staff who host nothing: whose day they would like to see, or what to do so that there is somebody."""
    people = facilitators_of(houses_looked_after(current_actor()))
    return page("crm/desk/choose.html", people=[(one, url_for(endpoint, facilitator=one.slug)) for one in people])
