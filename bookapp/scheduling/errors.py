"""Refusals of scheduling, each with the sentence people will read."""

from __future__ import annotations

from bookapp.values.errors import NotPossibleNow
from bookapp.values.words import N_


class PlaceOccupied(NotPossibleNow):
    """The room or the person is somewhere else at that time."""

    code = "occupied"
    sentence = N_("The room or the person is taken at that time.")
