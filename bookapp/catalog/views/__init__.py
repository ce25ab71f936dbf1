"""Public pages of what is on offer: a merchant's own door, a venue, a service."""

from bookapp.catalog.views import merchants, services, venues
from bookapp.catalog.views.area import blueprint

__all__ = ["blueprint", "merchants", "services", "venues"]
