"""Services, and the people who give them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookapp.api.schemas import calendars, offers
from bookapp.api.schemas.base import offset_of, page_of, paginated
from bookapp.api.schemas.search import slot
from bookapp.api.views.area import ApiArea
from bookapp.booking.queries import appointment_totals, mine_by_claims
from bookapp.catalog.queries import (
    facilitator_by_id,
    facilitators_page,
    services_by_host,
    services_of_facilitator,
    services_page,
)
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.scheduling.queries import appointment_calendars
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span, day_span, wall
from bookapp.values.words import N_
from bookapp.web.areas import PUBLIC
from bookapp.web.security import current_actor

USUAL_DAYS, MOST_DAYS = 7, 31

services = ApiArea("services", __name__, title=N_("Services"), about=N_("What is offered on a schedule."))
facilitators = ApiArea(
    "facilitators",
    __name__,
    title=N_("Facilitators"),
    about=N_("Who hosts, and when an hour of theirs is free."),
)


@services.get("/services", audience=PUBLIC)
@services.arguments(offers.ServicesAsked, location="query")
@services.response(200, page_of(offers.ServiceSchema))
def list_services(asked: dict[str, Any]) -> dict[str, Any]:
    """List services by name, with their lengths, prices and people."""
    found, total = services_page(
        kind=asked["kind"],
        theme=asked["theme"],
        merchant=asked["merchant"],
        limit=asked["limit"],
        offset=offset_of(asked),
    )
    return paginated([offers.service(one) for one in found], asked, total)


@facilitators.get("/facilitators", audience=PUBLIC)
@facilitators.arguments(offers.FacilitatorsAsked, location="query")
@facilitators.response(200, page_of(offers.FacilitatorSchema))
def list_facilitators(asked: dict[str, Any]) -> dict[str, Any]:
    """List facilitators by name, with what they give."""
    found, total = facilitators_page(
        city=asked["city"],
        service_id=asked["service_id"],
        merchant=asked["merchant"],
        limit=asked["limit"],
        offset=offset_of(asked),
    )
    given = services_by_host([one.id for one in found])
    return paginated([offers.facilitator(one, given[one.id]) for one in found], asked, total)


@facilitators.get("/facilitators/<int:facilitator_id>/availability", audience=PUBLIC)
@limiter.limit(limits.SEARCH)
@facilitators.arguments(calendars.FacilitatorDaysAsked, location="query")
@facilitators.response(200, calendars.FacilitatorAvailabilitySchema)
def show_facilitator_availability(asked: dict[str, Any], facilitator_id: int) -> dict[str, Any]:
    """Show when somebody can be had for an appointment, in each of its lengths, with the price of each time.

    404 when they give no such appointment.
    """
    now, person = clock.now(), facilitator_by_id(facilitator_id)
    given = services_of_facilitator(person.id)
    service = next((one for one in given if asked["service_id"] in (None, one.id)), None)
    if service is None:
        raise NotFound()
    zone = service.rooms[0].venue.zone if service.rooms and not service.online else person.zone
    first, last = calendars.days_asked(asked, wall(now, zone).date(), usual=USUAL_DAYS, most=MOST_DAYS)
    free: list[tuple[Any, dt.datetime]] = []
    if last >= first:
        window = Span(day_span(first, zone).start, day_span(last, zone).end)
        mine = mine_by_claims(current_actor(), now)
        both = appointment_calendars([(service, person)], window, now=now, mine=mine)[service.id, person.id]
        free = [(length, at) for length in service.lengths for at in both.starts(window, length.minutes)]
        free.sort(key=lambda pair: (pair[1], pair[0].minutes))
    totals = appointment_totals(person, [(service, length, at) for length, at in free], now=now)
    return {
        "facilitator_id": person.id,
        "service_id": service.id,
        "zone": zone,
        "first": first,
        "last": last,
        "items": [
            slot(Span(at, at + dt.timedelta(minutes=length.minutes)), zone)
            | {"duration_minutes": length.minutes, "price": total}
            for (length, at), total in zip(free, totals, strict=True)
        ],
    }
