"""A feed as an iCalendar file (RFC 5545), for programs that read it again and again.

What is not in it any more has gone from the calendar: nothing is sent as cancelled. A customer's own entries carry the
UID of the file that came with the confirmation, so that who has both sees each booking once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask_babel import gettext as _
from icalendar import Calendar, Event, vDuration

from bookapp.booking.calendar import wall_time
from bookapp.booking.messages.summary import public_host
from bookapp.crm.queries.feeds import Entry, Kind
from bookapp.infra.settings import public_url
from bookapp.values.timespan import Span

CONTENT_TYPE = "text/calendar; charset=utf-8"
# How often a program may look again; most ask more often than anything here changes.
_REFRESH = dt.timedelta(hours=1)


def feed_file(name: str, entries: Sequence[Entry], within: Span) -> bytes:
    """`entries` as UTF-8 text with the rules of their zones inside, as a calendar called `name`."""
    calendar = Calendar()
    calendar.add("prodid", "-//Bookapp//Feeds//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for name_of_it in ("refresh-interval", "x-published-ttl"):
        calendar.add(name_of_it, vDuration(_REFRESH), parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry))
    calendar.add_missing_timezones(first_date=within.start.date(), last_date=within.end.date())
    return calendar.to_ical()


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@{public_host()}")
    event.add("dtstamp", entry.stamp)
    event.add("sequence", entry.sequence)
    event.add("status", "CONFIRMED")
    event.add("dtstart", wall_time(entry.span.start, entry.zone))
    event.add("dtend", wall_time(entry.span.end, entry.zone))
    event.add("summary", _summary(entry))
    if entry.place:
        event.add("location", entry.place)
    if entry.kind is Kind.BOOKING and entry.who:
        event.add("description", _("With %(name)s", name=entry.who))
    if entry.path:
        event.add("url", public_url(entry.path))
    event.add("transp", "OPAQUE")
    return event


def _summary(entry: Entry) -> str:
    title = _("%(what)s: %(part)s", what=entry.title, part=entry.part) if entry.part else entry.title
    match entry.kind:
        case Kind.SESSION:
            return _("%(what)s (%(taken)s of %(capacity)s)", what=title, taken=entry.taken, capacity=entry.capacity)
        case Kind.APPOINTMENT:
            return _("%(what)s, %(name)s", what=title, name=entry.who) if entry.who else title
        case Kind.BLOCK | Kind.AWAY:
            return _("Blocked: %(reason)s", reason=title) if title else _("Blocked")
        case Kind.BOOKING:
            return title
