"""What is free at a time: the question, and the rooms that fit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from marshmallow import fields

from bookapp.api.schemas.base import Answer, Paged
from bookapp.api.schemas.fields import Choice, Day, Line, Moment, WallTime, Whole, Words, said
from bookapp.api.schemas.money import Amount, Currency, MoneySchema
from bookapp.api.schemas.places import PhotoSchema, picture, stars
from bookapp.catalog.states import Amenity, RoomType
from bookapp.infra.settings import public_url
from bookapp.scheduling.rules import starts
from bookapp.search.queries import ShownRoom
from bookapp.search.rules.ask import Ask, Hours
from bookapp.search.rules.fit import Miss, Missing
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall
from bookapp.web import filters

AN_HOUR = dt.timedelta(hours=1)
MOST_PEOPLE = 10_000


class SearchAsked(Paged):
    """Where, when, how many, and what must be there. What is not said does not narrow anything."""

    city = Line("A city, a venue or a merchant.", "Berlin", longest=80, load_default="")
    date = Day(
        "The day there. Without it, today if hours are asked, else the next three days.",
        "2026-11-24",
        load_default=None,
    )
    begins = WallTime(
        "From, on the clocks there; with `to` alone the hour before it.", "14:00", data_key="from", load_default=None
    )
    ends = WallTime(
        "To; without it an hour. At or before `from` it is the next day's.", "16:00", data_key="to", load_default=None
    )
    people = Whole("How many come.", 8, high=MOST_PEOPLE, load_default=None)
    amenities = Words(
        "What must be there, separated by commas.",
        ["projector"],
        of=Choice(list(Amenity)),
        load_default=(),
    )
    max_price = Amount("The most the whole time may cost, tax included.", "120.00", load_default=None)
    currency = Currency("Of `max_price`; the usual one there unless said.", load_default="")


class SlotSchema(Answer):
    """A time that can be had."""

    start = Moment("From.", "2026-11-24T14:00:00+01:00")
    end = Moment("To.", "2026-11-24T16:00:00+01:00")


class MissSchema(Answer):
    """One thing that was asked and is not so."""

    kind = fields.String(metadata=said("What it is.", "seats", enum=[str(one) for one in Missing]))
    message = fields.String(metadata=said("In words.", "Seats 30 of your 40"))


class FoundPlaceSchema(Answer):
    """Where a found room is."""

    name = fields.String(metadata=said("The venue.", "Kastanienhof"))
    city = fields.String(metadata=said("Its city.", "Berlin"))
    zone = fields.String(metadata=said("Its time zone (IANA).", "Europe/Berlin"))


class FoundRoomSchema(Answer):
    """A room that is free, and how well it fits."""

    id = fields.Integer(metadata=said("Its number.", 3))
    slug = fields.String(metadata=said("Its name in addresses.", "blue-hall"))
    url = fields.String(metadata=said("Its page.", "https://bookapp.example/rooms/blue-hall"))
    name = fields.String(metadata=said("Its name.", "Blue Hall"))
    type = fields.String(metadata=said("What it is for.", "hall", enum=list(RoomType)))
    capacity = fields.Integer(metadata=said("How many people it seats.", 40))
    amenities = fields.List(fields.String(), metadata=said("What is in it.", ["projector", "stage"]))
    venue = fields.Nested(FoundPlaceSchema, metadata=said("Where it is."))
    average_rating = fields.Float(allow_none=True, metadata=said("Stars, 1 to 5; null without reviews.", 4.8))
    rating_count = fields.Integer(metadata=said("How many reviews.", 31))
    photos = fields.List(fields.Nested(PhotoSchema), metadata=said("The cover."))
    hourly_rate = fields.Nested(MoneySchema, metadata=said("What an hour costs before any rule."))
    total = fields.Nested(MoneySchema, metadata=said("All of the price for `slot`; else of the shortest booking."))
    slot = fields.Nested(SlotSchema, allow_none=True, metadata=said("What was asked, or the nearest to it."))
    available_slots = fields.List(
        fields.Nested(SlotSchema), metadata=said("Every free start of that day, for as long as was asked.")
    )
    missed = fields.List(fields.Nested(MissSchema), metadata=said("What it lacks; nothing when it fits wholly."))


class SearchSchema(Answer):
    """The rooms that fit, best first, and those that nearly do."""

    items = fields.List(fields.Nested(FoundRoomSchema), metadata=said("What is on this page."))
    nearly = fields.List(
        fields.Nested(FoundRoomSchema), metadata=said("Free a little earlier, later or shorter, or lacking one thing.")
    )
    page = fields.Integer(metadata=said("Which page this is.", 1))
    limit = fields.Integer(metadata=said("How many fit on a page.", 25))
    total = fields.Integer(metadata=said("How many there are on all pages.", 1))


def ask(asked: dict[str, Any], today: dt.date) -> Ask:
    """The question as the search understands it."""
    hours = _hours(asked, today)
    return Ask(
        where=asked["city"],
        day=hours.day if hours else asked["date"],
        hours=hours,
        people=asked["people"],
        amenities=tuple(dict.fromkeys(asked["amenities"])),
        max_price=None if asked["max_price"] is None else Decimal(asked["max_price"]),
        currency=asked["currency"] if asked["max_price"] is not None else "",
        page=asked["page"],
    )


def found_room(shown: ShownRoom, asked: Ask, now: dt.datetime) -> dict[str, Any]:
    """A room as the search shows it."""
    one, place, zone = shown.room, shown.room.place, shown.room.place.zone
    return {
        "id": one.id,
        "slug": one.slug,
        "url": public_url(f"/rooms/{one.slug}"),
        "name": one.name,
        "type": one.type,
        "capacity": one.capacity,
        "amenities": one.amenities,
        "venue": {"name": place.name, "city": place.city, "zone": zone},
        "average_rating": stars(one.rating_sum, one.rating_count),
        "rating_count": one.rating_count,
        "photos": [picture(one.photo, one.alt)] if one.photo else [],
        "hourly_rate": Money(one.rate_minor, place.currency),
        "total": shown.total,
        "slot": None if shown.span is None else slot(shown.span, zone),
        "available_slots": _slots(shown, asked, now),
        "missed": [{"kind": miss.kind, "message": miss_words(miss)} for miss in shown.misses],
    }


def slot(span: Span, zone: str) -> dict[str, dt.datetime]:
    """From and to on the clocks of `zone`."""
    return {"start": wall(span.start, zone), "end": wall(span.end, zone)}


def miss_words(miss: Miss) -> str:
    """What is missing: "Seats 30 of your 40"."""
    facts = miss.facts
    match miss.kind:
        case Missing.AMENITY:
            return _("Without %(amenities)s", amenities=", ".join(_(Amenity(one).label) for one in facts["amenities"]))
        case Missing.SEATS:
            return _("Seats %(seats)s of your %(people)s", seats=facts["seats"], people=facts["people"])
        case Missing.LATER:
            return _("%(length)s later", length=filters.duration(facts["minutes"]))
        case Missing.EARLIER:
            return _("%(length)s earlier", length=filters.duration(facts["minutes"]))
        case Missing.SHORTER:
            return _("%(length)s instead", length=filters.duration(facts["minutes"]))
        case Missing.DAY:
            return _("Free %(day)s", day=filters.day(facts["day"]))


def _hours(asked: dict[str, Any], today: dt.date) -> Hours | None:
    begins, ends, day = asked["begins"], asked["ends"], asked["date"] or today
    if begins is None and ends is None:
        return None
    if begins is None:
        begins = _shifted(ends, -AN_HOUR)
    elif ends is None:
        ends = _shifted(begins, AN_HOUR)
    return Hours(day, f"{begins:%H:%M}", f"{ends:%H:%M}")


def _shifted(at: dt.time, by: dt.timedelta) -> dt.time:
    return (dt.datetime.combine(dt.date(2000, 1, 2), at) + by).time()


def _slots(shown: ShownRoom, asked: Ask, now: dt.datetime) -> list[dict[str, dt.datetime]]:
    zone = shown.room.place.zone
    day = wall(shown.span.start if shown.span else shown.first or now, zone).date()
    minutes = shown.span.minutes if shown.span else shown.room.manner.limits.min_minutes
    window = day_span(asked.day if asked.day and shown.span is None else day, zone)
    length = dt.timedelta(minutes=minutes)
    return [slot(Span(at, at + length), zone) for at in starts(shown.calendar, window, minutes)]
