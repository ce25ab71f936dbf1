"""Public pages of scheduling: a room with its day, week and month; the timetable, a session, a person."""

from bookapp.scheduling.views import people, rooms, sessions, timetable
from bookapp.scheduling.views.area import blueprint

__all__ = ["AREAS", "people", "rooms", "sessions", "timetable"]

AREAS = (blueprint,)
