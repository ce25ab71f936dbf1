"""Staff pages of the catalogue: the house, venues, rooms, photos, services, who hosts, terms and goodwill."""

from bookapp.catalog.desk_views import house, people, photos, places, services, terms
from bookapp.catalog.desk_views.area import blueprint

__all__ = ["blueprint", "house", "people", "photos", "places", "services", "terms"]
