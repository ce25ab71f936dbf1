"""The home page and the search."""

from bookapp.search.views import home, results
from bookapp.search.views.area import blueprint

__all__ = ["blueprint", "home", "results"]
