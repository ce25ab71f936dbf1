"""Merchants, venues and rooms."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from bookapp.api.schemas.base import Answer, Paged
from bookapp.api.schemas.fields import Choice, Line, said
from bookapp.api.schemas.money import MoneySchema
from bookapp.catalog.models import Addon, Merchant, Photo, Room, Terms, Venue
from bookapp.catalog.queries import terms_of_room
from bookapp.catalog.rules import average
from bookapp.catalog.states import RoomType
from bookapp.infra.settings import public_url
from bookapp.values.money import Money
from bookapp.web.assets import asset


class PhotoSchema(Answer):
    """A picture."""

    url = fields.String(metadata=said("Where it is.", "https://bookapp.example/static/1/blue-hall.webp"))
    alt = fields.String(metadata=said("What is on it.", "Rows of chairs before a stage"))


class MerchantSchema(Answer):
    """A business that sells here."""

    slug = fields.String(metadata=said("Its name in addresses.", "hall-and-meeting"))
    name = fields.String(metadata=said("Its name.", "Hall & Meeting"))


class VenueSchema(Answer):
    """A place."""

    id = fields.Integer(metadata=said("Its number.", 1))
    slug = fields.String(metadata=said("Its name in addresses.", "kastanienhof"))
    name = fields.String(metadata=said("Its name.", "Kastanienhof"))
    address = fields.String(metadata=said("Street and number.", "Kastanienallee 12"))
    postcode = fields.String(metadata=said("Postcode.", "10435"))
    city = fields.String(metadata=said("City.", "Berlin"))
    country = fields.String(metadata=said("ISO 3166.", "DE"))
    zone = fields.String(metadata=said("Its time zone (IANA).", "Europe/Berlin"))


class RoomInListSchema(Answer):
    """A room that can be hired by time."""

    id = fields.Integer(metadata=said("Its number.", 3))
    slug = fields.String(metadata=said("Its name in addresses.", "blue-hall"))
    url = fields.String(metadata=said("Its page.", "https://bookapp.example/rooms/blue-hall"))
    name = fields.String(metadata=said("Its name.", "Blue Hall"))
    type = fields.String(metadata=said("What it is for.", "hall", enum=list(RoomType)))
    tagline = fields.String(metadata=said("In one line.", "Bright, with a stage"))
    capacity = fields.Integer(metadata=said("How many people it seats.", 40))
    amenities = fields.List(fields.String(), metadata=said("What is in it.", ["projector", "stage"]))
    hourly_rate = fields.Nested(MoneySchema, metadata=said("What an hour costs before any rule."))
    day_rate = fields.Nested(MoneySchema, allow_none=True, metadata=said("At most that much a day."))
    average_rating = fields.Float(allow_none=True, metadata=said("Stars, 1 to 5; null without reviews.", 4.8))
    rating_count = fields.Integer(metadata=said("How many reviews.", 31))
    photos = fields.List(fields.Nested(PhotoSchema), metadata=said("The first one is the cover."))
    venue = fields.Nested(VenueSchema, metadata=said("Where it is."))
    merchant = fields.Nested(MerchantSchema, metadata=said("Whose it is."))


class AddonSchema(Answer):
    """Something extra."""

    id = fields.Integer(metadata=said("Its number, for `addons` of a booking.", 7))
    name = fields.String(metadata=said("Its name.", "Projector"))
    kind = fields.String(metadata=said("reusable or consumable.", "reusable", enum=["reusable", "consumable"]))
    price = fields.Nested(MoneySchema, metadata=said("Of one."))
    stock = fields.Integer(allow_none=True, metadata=said("How many there are; null for as many as one wants.", 3))


class TierSchema(Answer):
    """One step of the terms."""

    hours = fields.Integer(metadata=said("Up to so many hours before the start …", 48))
    percent = fields.Integer(metadata=said("… this share comes back.", 75))


class TermsSchema(Answer):
    """What comes back after a cancellation."""

    name = fields.String(metadata=said("Their name.", "Standard"))
    tiers = fields.List(fields.Nested(TierSchema), metadata=said("The earliest first."))
    move_until_hours = fields.Integer(metadata=said("Until so many hours before the start one may move.", 24))


class RoomSchema(RoomInListSchema):
    """A room with everything one needs to book it."""

    about = fields.String(metadata=said("In many words.", "Rows for forty, or round tables for twenty-four."))
    min_minutes = fields.Integer(metadata=said("The shortest booking.", 60))
    max_minutes = fields.Integer(metadata=said("The longest booking.", 600))
    step_minutes = fields.Integer(metadata=said("Times go in these steps, from midnight.", 30))
    buffer_minutes = fields.Integer(metadata=said("Left free after each booking.", 30))
    notice_minutes = fields.Integer(metadata=said("How long before the start one must book.", 0))
    horizon_days = fields.Integer(metadata=said("How many days ahead one may book.", 365))
    addons = fields.List(fields.Nested(AddonSchema), metadata=said("What can come with it."))
    terms = fields.Nested(TermsSchema, metadata=said("Of a cancellation."))


class RoomsAsked(Paged):
    """Which rooms."""

    city = Line("Only in this city.", "Berlin", longest=80, load_default="")
    type = Choice(list(RoomType), "Only of this type.", "hall", load_default="")
    merchant = Line("Only of this merchant (slug).", "hall-and-meeting", longest=80, load_default="")


def photo(one: Photo) -> dict[str, Any]:
    """A picture with its address."""
    return picture(one.path, one.alt)


def picture(path: str, alt: str) -> dict[str, Any]:
    """Ours are versioned, others are where they are."""
    if path.startswith("http"):
        return {"url": path, "alt": alt}
    return {"url": public_url(path if path.startswith("/") else asset(path)), "alt": alt}


def venue(one: Venue) -> dict[str, Any]:
    """A place."""
    return {name: getattr(one, name) for name in VenueSchema().fields}


def merchant(one: Merchant) -> dict[str, Any]:
    """A business."""
    return {"slug": one.slug, "name": one.name}


def stars(total: int, count: int) -> float | None:
    """The average as a number."""
    known = average(total, count)
    return None if known is None else float(known)


def terms(one: Terms) -> dict[str, Any]:
    """Cancellation terms."""
    return {"name": one.name, "tiers": one.tiers, "move_until_hours": one.move_until_hours}


def addon(one: Addon, currency: str) -> dict[str, Any]:
    """Something extra."""
    price = Money(one.price_minor, currency)
    return {"id": one.id, "name": one.name, "kind": one.kind, "price": price, "stock": one.stock}


def room_in_list(one: Room) -> dict[str, Any]:
    """A room as `room_by_id` loads it, as a line."""
    currency = one.venue.currency
    return {
        "id": one.id,
        "slug": one.slug,
        "url": public_url(f"/rooms/{one.slug}"),
        "name": one.name,
        "type": one.type,
        "tagline": one.tagline,
        "capacity": one.capacity,
        "amenities": one.amenities,
        "hourly_rate": Money(one.rate_minor, currency),
        "day_rate": None if one.day_rate_minor is None else Money(one.day_rate_minor, currency),
        "average_rating": stars(one.rating_sum, one.rating_count),
        "rating_count": one.rating_count,
        "photos": [photo(each) for each in one.photos],
        "venue": venue(one.venue),
        "merchant": merchant(one.venue.merchant),
    }


def room(one: Room, addons: Any) -> dict[str, Any]:
    """A room as `room_by_id` loads it, whole."""
    limits = ("min_minutes", "max_minutes", "step_minutes", "buffer_minutes", "notice_minutes", "horizon_days")
    return (
        room_in_list(one)
        | {name: getattr(one, name) for name in limits}
        | {
            "about": one.about,
            "addons": [addon(each, one.venue.currency) for each in addons],
            "terms": terms(terms_of_room(one)),
        }
    )
