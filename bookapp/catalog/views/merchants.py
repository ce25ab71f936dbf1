"""/at/<merchant>: a merchant's own door, with a code to print and data so that it is found."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import segno
from flask import Response

from bookapp.booking.queries import own_seats, priced_now
from bookapp.catalog import queries
from bookapp.catalog.models import Facilitator, Merchant, Photo, Service, Venue
from bookapp.catalog.queries import facts_of_venues
from bookapp.catalog.states import ServiceKind
from bookapp.catalog.views.area import blueprint
from bookapp.catalog.views.cards import service_cards, stars
from bookapp.catalog.views.times import next_times
from bookapp.infra import clock
from bookapp.infra.settings import current_settings
from bookapp.reviews.queries import Rating, rating_of_merchant, reviews_of_merchant
from bookapp.scheduling.queries.timetable import Choice, Listed, timetable
from bookapp.web.assets import asset
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

FEW_SESSIONS = 8
A_DAY = 24 * 3600


@blueprint.get("/at/<slug>")
def show_merchant(slug: str) -> Response:
    """Its face, venues, services, timetable, people and reviews."""
    now = clock.now()
    merchant = queries.merchant_by_slug(slug)
    venues = queries.venues_of_merchant(merchant.id)
    services = queries.services_of_merchant(merchant.id)
    people = queries.people_of_merchant(merchant.id)
    sessions = priced_now(timetable(Choice(merchant=slug), first=now.date(), now=now, limit=FEW_SESSIONS), now=now)
    rating = rating_of_merchant(merchant.id)
    times, times_zone = next_times(_pairs(services, people), now=now)
    face = _face(merchant, venues)
    return page(
        "catalog/merchant.html",
        merchant=merchant,
        face=face,
        rating=rating,
        venues=venues,
        venue_facts=facts_of_venues([venue.id for venue in venues]),
        services=service_cards(services, merchant, now=now),
        sessions=sessions,
        own=own_seats(current_actor(), [session.id for session in sessions], now=now),
        one_zone=len({session.zone for session in sessions}) == 1,
        people=people,
        times=times,
        times_zone=times_zone,
        stars=stars,
        reviews=reviews_of_merchant(merchant.id),
        url=_url(merchant),
        image=_image(face),
        found_as=_structured(merchant, venues, sessions, rating) | ({"image": _image(face)} if face else {}),
    )


@blueprint.get("/at/<slug>/qr.svg")
def show_code(slug: str) -> Response:
    """The address of the page as a code to print."""
    merchant = queries.merchant_by_slug(slug)
    drawn = io.BytesIO()
    segno.make(_url(merchant), error="m").save(drawn, kind="svg", scale=8, border=2, light="white")
    response = Response(drawn.getvalue(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={A_DAY}"
    return response


def _pairs(services: Sequence[Service], people: Sequence[Facilitator]) -> list[tuple[Service, Facilitator]]:
    """Each person with the first appointment they offer."""
    ours = {person.id for person in people}
    first: dict[int, tuple[Service, Facilitator]] = {}
    for service in services:
        if service.kind == ServiceKind.APPOINTMENT:
            for host in service.hosts:
                if host.id in ours:
                    first.setdefault(host.id, (service, host))
    return list(first.values())


def _url(merchant: Merchant) -> str:
    return f"{current_settings().public_base_url}/at/{merchant.slug}"


def _face(merchant: Merchant, venues: Sequence[Venue]) -> Photo | None:
    """The merchant's own picture, else one of a venue."""
    return next((photo for each in (merchant, *venues) for photo in each.photos), None)


def _image(face: Photo | None) -> str:
    """An absolute address, as those who show a preview need it; "" without a picture."""
    if face is None:
        return ""
    return f"{current_settings().public_base_url}{face.path if face.path.startswith('/') else asset(face.path)}"


def _structured(
    merchant: Merchant, venues: Sequence[Venue], sessions: Sequence[Listed], rating: Rating
) -> dict[str, Any]:
    """The page for search engines, in the words of schema.org."""
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": merchant.name,
        "url": _url(merchant),
        "description": merchant.tagline or merchant.about,
        "email": merchant.email,
        "telephone": merchant.phone,
        "location": [_place(venue) for venue in venues],
        "event": [_event(session) for session in sessions if session.state == "scheduled"],
    }
    if rating.average is not None:
        about["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(rating.average),
            "reviewCount": rating.count,
        }
    return {name: value for name, value in about.items() if value}


def _place(venue: Venue) -> dict[str, Any]:
    address = {
        "@type": "PostalAddress",
        "streetAddress": venue.address,
        "postalCode": venue.postcode,
        "addressLocality": venue.city,
        "addressCountry": venue.country,
    }
    url = f"{current_settings().public_base_url}/venues/{venue.slug}"
    return {"@type": "Place", "name": venue.name, "url": url, "address": address}


def _event(session: Listed) -> dict[str, Any]:
    url = f"{current_settings().public_base_url}/sessions/{session.id}"
    mode = "OnlineEventAttendanceMode" if session.online else "OfflineEventAttendanceMode"
    return {
        "@type": "Event",
        "name": session.title,
        "url": url,
        "startDate": session.starts_at.isoformat(),
        "endDate": session.ends_at.isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": f"https://schema.org/{mode}",
        "location": {"@type": "VirtualLocation", "url": url}
        if session.online
        else {"@type": "Place", "name": session.place, "address": session.city},
        "offers": {
            "@type": "Offer",
            "url": url,
            "price": str(session.price.amount),
            "priceCurrency": session.currency,
            "availability": f"https://schema.org/{'InStock' if session.left else 'SoldOut'}",
        },
    }
