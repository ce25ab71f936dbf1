"""The next free times of people, as buttons that lead to their pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from flask_babel import gettext as _

from bookapp.catalog.models import Facilitator, Service
from bookapp.scheduling.queries import appointment_calendars
from bookapp.values.timespan import Span
from bookapp.web import filters

AHEAD = dt.timedelta(days=14)
SHOWN = 3

Slot = dict[str, str | None]


def next_times(pairs: Sequence[tuple[Service, Facilitator]], *, now: dt.datetime) -> tuple[dict[int, list[Slot]], str]:
    """The next three starts of each person for the service they stand with, for `ui.slots`, by the person's id.

    And the one zone they are all in; with several it is "", and each time says its own. One service per person.
    Constant number of queries.
    """
    zones = {_zone(service, person) for service, person in pairs}
    say_zone = len(zones) > 1
    window = Span(now, now + AHEAD)
    calendars = appointment_calendars(pairs, window, now=now) if pairs else {}
    slots = {
        person.id: [
            _slot(service, person, at, say_zone=say_zone)
            for at in calendars[service.id, person.id].starts(window, service.lengths[0].minutes)[:SHOWN]
        ]
        for service, person in pairs
    }
    return slots, "" if say_zone else next(iter(zones), "")


def _zone(service: Service, person: Facilitator) -> str:
    """Where it takes place; online, where the person is."""
    return service.rooms[0].venue.zone if service.rooms and not service.online else person.zone


def _slot(service: Service, person: Facilitator, at: dt.datetime, *, say_zone: bool) -> Slot:
    zone = _zone(service, person)
    chosen = {
        "service": service.slug,
        "minutes": service.lengths[0].minutes,
        "start": at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ"),
    }
    return {
        "words": _("%(day)s, %(time)s", day=filters.weekday(at, zone), time=filters.time(at, zone)),
        "href": f"/people/{person.slug}?{urlencode(chosen)}#times",
        "value": None,
        "state": "free",
        "note": filters.zone_name(zone) if say_zone else "",
        "hidden": _("with %(name)s", name=person.name),
    }
