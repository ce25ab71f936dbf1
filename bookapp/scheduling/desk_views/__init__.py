"""Staff pages of scheduling: when venues and rooms are open and closed, and the timeslots of a room."""

from bookapp.scheduling.desk_views import hours, timeslots
from bookapp.scheduling.desk_views.area import blueprint

__all__ = ["blueprint", "hours", "timeslots"]
