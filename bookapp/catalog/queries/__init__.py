"""Reads of the catalogue as the public sees it: what is not listed is not found."""

from bookapp.catalog.queries.listings import facilitators_page, rooms_page, services_by_host, services_page
from bookapp.catalog.queries.offers import (
    addons_for_room,
    addons_for_service,
    service_by_id,
    service_by_slug,
    services_of_facilitator,
    services_of_merchant,
    terms_of_room,
    terms_of_service,
)
from bookapp.catalog.queries.people import (
    facilitator_by_id,
    facilitator_by_slug,
    grants_of,
    in_reach,
    people_of_merchant,
    roles_of,
)
from bookapp.catalog.queries.places import (
    cities,
    facts_of_venues,
    merchant_by_slug,
    room_by_id,
    room_by_slug,
    rooms_by_id,
    rooms_of_venue,
    venue_by_slug,
    venues_by_id,
    venues_of_merchant,
)

__all__ = [
    "addons_for_room",
    "addons_for_service",
    "cities",
    "facilitator_by_id",
    "facilitator_by_slug",
    "facilitators_page",
    "facts_of_venues",
    "grants_of",
    "in_reach",
    "merchant_by_slug",
    "people_of_merchant",
    "roles_of",
    "room_by_id",
    "room_by_slug",
    "rooms_by_id",
    "rooms_of_venue",
    "rooms_page",
    "service_by_id",
    "service_by_slug",
    "services_by_host",
    "services_of_facilitator",
    "services_of_merchant",
    "services_page",
    "terms_of_room",
    "terms_of_service",
    "venue_by_slug",
    "venues_by_id",
    "venues_of_merchant",
]
