"""Staff pages of the catalogue: venues, rooms, photos, cancellation terms, and what is given back out of goodwill."""

from bookapp.catalog.desk_views import photos, places, terms
from bookapp.catalog.desk_views.area import blueprint

__all__ = ["blueprint", "photos", "places", "terms"]
