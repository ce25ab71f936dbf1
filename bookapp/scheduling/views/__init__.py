"""Public pages of scheduling: a room with its day, week and month; the timetable, a session, a person; their stream."""

from bookapp.scheduling.views import people, rooms, sessions, timetable, watching
from bookapp.scheduling.views.area import blueprint

__all__ = ["AREAS", "people", "rooms", "sessions", "timetable", "watching"]

AREAS = (blueprint,)
