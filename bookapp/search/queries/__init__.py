"""Reads of the search. The number of queries never depends on how many things are found."""

from bookapp.search.queries.loved import LovedRoom, loved_rooms
from bookapp.search.queries.people import PeopleFound, ShownPerson, find_people, people_soon
from bookapp.search.queries.places import Place
from bookapp.search.queries.rooms import RoomsFound, ShownRoom, find_rooms
from bookapp.search.queries.sessions import SeatsFound, ShownSession, find_sessions, sessions_soon
from bookapp.search.queries.themes import themes

__all__ = [
    "LovedRoom",
    "PeopleFound",
    "Place",
    "RoomsFound",
    "SeatsFound",
    "ShownPerson",
    "ShownRoom",
    "ShownSession",
    "find_people",
    "find_rooms",
    "find_sessions",
    "loved_rooms",
    "people_soon",
    "sessions_soon",
    "themes",
]
