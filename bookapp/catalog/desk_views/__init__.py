"""Staff pages of the catalogue: cancellation terms."""

from bookapp.catalog.desk_views.area import blueprint

__all__ = ["blueprint"]
