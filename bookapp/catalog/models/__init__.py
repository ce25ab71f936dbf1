"""The catalogue's tables, by what they describe: merchants and places, people, offers."""

from bookapp.catalog.models.offers import (
    Addon,
    Service,
    ServiceFacilitator,
    ServiceLength,
    ServiceQuestion,
    ServiceRoom,
)
from bookapp.catalog.models.people import Facilitator, Membership
from bookapp.catalog.models.places import Merchant, Photo, Resource, Room, Terms, Venue

__all__ = [
    "Addon",
    "Facilitator",
    "Membership",
    "Merchant",
    "Photo",
    "Resource",
    "Room",
    "Service",
    "ServiceFacilitator",
    "ServiceLength",
    "ServiceQuestion",
    "ServiceRoom",
    "Terms",
    "Venue",
]
