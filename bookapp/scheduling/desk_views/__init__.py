"""Staff pages of scheduling: when venues and rooms are open and closed."""

from bookapp.scheduling.desk_views import hours
from bookapp.scheduling.desk_views.area import blueprint

__all__ = ["blueprint", "hours"]
