"""Staff pages of the catalogue: cancellation terms, and what may be given back out of goodwill."""

from bookapp.catalog.desk_views import terms
from bookapp.catalog.desk_views.area import blueprint

__all__ = ["blueprint", "terms"]
