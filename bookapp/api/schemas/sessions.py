"""Sessions: when, what, with whom, where, and how many seats are left."""

from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import fields

from bookapp.api.schemas.base import Answer, Paged
from bookapp.api.schemas.fields import Day, Flag, Line, Moment, Whole, said
from bookapp.api.schemas.money import MoneySchema
from bookapp.api.schemas.places import TermsSchema, terms
from bookapp.catalog.queries import terms_of_service
from bookapp.infra.settings import public_url
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.timetable import Choice, Listed
from bookapp.values.money import Money
from bookapp.values.timespan import wall

STATES = ["scheduled", "cancelled", "completed"]


class SessionInListSchema(Answer):
    """One scheduled occurrence of a service."""

    id = fields.Integer(metadata=said("Its number.", 42))
    url = fields.String(metadata=said("Its page.", "https://bookapp.example/sessions/42"))
    title = fields.String(metadata=said("Its title.", "Slow flow"))
    state = fields.String(metadata=said("Where it stands.", "scheduled", enum=STATES))
    starts_at = Moment("When it begins, on the clocks there.", "2026-11-24T18:00:00+01:00")
    ends_at = Moment("When it ends.", "2026-11-24T19:00:00+01:00")
    zone = fields.String(metadata=said("The time zone it takes place in.", "Europe/Berlin"))
    capacity = fields.Integer(metadata=said("How many seats.", 12))
    seats_left = fields.Integer(metadata=said("How many nobody has.", 3))
    price = fields.Nested(MoneySchema, metadata=said("Of a seat, by today's rules, tax included."))
    online = fields.Boolean(metadata=said("Whether it takes place online.", False))
    theme = fields.String(metadata=said("A word to filter by.", "class"))
    service_id = fields.Integer(metadata=said("Of which service.", 5))
    facilitator_id = fields.Integer(allow_none=True, metadata=said("Who hosts it.", 2))
    facilitator = fields.String(metadata=said("Their name; empty without one.", "Dr. Priya Sharma"))
    room_id = fields.Integer(allow_none=True, metadata=said("In which room.", 3))
    room = fields.String(metadata=said("Its name; empty without one.", "Lotus"))
    venue_id = fields.Integer(allow_none=True, metadata=said("In which venue.", 1))
    venue = fields.String(metadata=said("Its name; empty online.", "Stillwater"))
    city = fields.String(metadata=said("Its city; empty online.", "Berlin"))
    merchant = fields.String(metadata=said("Whose it is.", "Stillwater"))


class PartSchema(Answer):
    """One piece of a retreat's agenda."""

    title = fields.String(metadata=said("Its title.", "Morning practice"))
    starts_at = Moment("When it begins.", "2026-11-27T08:00:00+01:00")
    ends_at = Moment("When it ends.", "2026-11-27T10:00:00+01:00")


class SessionSchema(SessionInListSchema):
    """A session with its agenda and terms."""

    about = fields.String(metadata=said("What it is.", "Slow movements, long breaths."))
    parts = fields.List(fields.Nested(PartSchema), metadata=said("The agenda, where it has more than one part."))
    terms = fields.Nested(TermsSchema, metadata=said("Of a cancellation."))
    version = fields.Integer(metadata=said("Goes up with every change; send it along when changing.", 1))


class SessionsAsked(Paged):
    """Which sessions."""

    first = Day("From this day on; from now on unless said.", "2026-11-24", data_key="from", load_default=None)
    last = Day("Up to this day, included.", "2026-11-30", data_key="to", load_default=None)
    city = Line("Only in this city.", "Berlin", longest=80, load_default="")
    theme = Line("Only with this theme.", "class", longest=40, load_default="")
    merchant = Line("Only of this merchant (slug).", "stillwater", longest=80, load_default="")
    facilitator_id = Whole("Only with this person.", 2, load_default=None)
    service_id = Whole("Only of this service.", 5, load_default=None)
    online = Flag("Only those online.", True, load_default=False)


def choice(asked: dict[str, Any]) -> Choice:
    """What the timetable is narrowed to."""
    names = ("theme", "merchant", "city", "online", "facilitator_id", "service_id")
    return Choice(**{name: asked[name] for name in names})


def listed(one: Listed) -> dict[str, Any]:
    """A line of the timetable; its price is what a seat costs now."""
    plain = ("id", "title", "state", "zone", "capacity", "online", "theme", "service_id", "price", "merchant")
    return {name: getattr(one, name) for name in plain} | {
        "url": public_url(f"/sessions/{one.id}"),
        **_times(one),
        "seats_left": one.left,
        "facilitator_id": one.facilitator_id,
        "facilitator": one.person,
        "room_id": one.room_id,
        "room": one.room,
        "venue_id": one.venue_id,
        "venue": one.place,
        "city": one.city,
    }


def session(one: Session, venue: Any, price: Money) -> dict[str, Any]:
    """A session as `session_by_id` loads it; `venue` is None online."""
    plain = ("id", "title", "state", "zone", "capacity", "online", "service_id", "room_id", "venue_id", "version")
    host, room = one.facilitator, one.room
    return {name: getattr(one, name) for name in plain} | {
        "url": public_url(f"/sessions/{one.id}"),
        **_times(one),
        "seats_left": one.capacity - one.seats_taken,
        "price": price,
        "theme": one.service.theme,
        "about": one.service.about,
        "facilitator_id": one.facilitator_id,
        "facilitator": host.name if host else "",
        "room": room.name if room else "",
        "venue": venue.name if venue else "",
        "city": venue.city if venue else "",
        "merchant": one.service.merchant.name,
        "parts": [{"title": part.title, **_times(part, one.zone)} for part in one.parts] if len(one.parts) > 1 else [],
        "terms": terms(terms_of_service(one.service)),
    }


def _times(one: Any, zone: str = "") -> dict[str, dt.datetime]:
    there = zone or one.zone
    return {"starts_at": wall(one.starts_at, there), "ends_at": wall(one.ends_at, there)}
