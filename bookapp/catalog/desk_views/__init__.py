"""Staff pages of the catalogue: venues and rooms, cancellation terms, and what is given back out of goodwill."""

from bookapp.catalog.desk_views import places, terms
from bookapp.catalog.desk_views.area import blueprint

__all__ = ["blueprint", "places", "terms"]
