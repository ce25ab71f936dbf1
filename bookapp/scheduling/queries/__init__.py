"""Reads of what is free and what is on. The number of queries never depends on how many are asked for."""

from bookapp.scheduling.queries.appointments import (
    Appointments,
    appointment_calendars,
    appointment_starts,
    free_rooms,
)
from bookapp.scheduling.queries.calendars import people_calendars, room_calendars
from bookapp.scheduling.queries.rooms import grid_rooms
from bookapp.scheduling.queries.sessions import session_by_id, sessions_between

__all__ = [
    "Appointments",
    "appointment_calendars",
    "appointment_starts",
    "free_rooms",
    "grid_rooms",
    "people_calendars",
    "room_calendars",
    "session_by_id",
    "sessions_between",
]
