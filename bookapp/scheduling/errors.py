"""Refusals of scheduling, each with the sentence people will read."""

from __future__ import annotations

from bookapp.values.errors import NotPossibleNow
from bookapp.values.words import N_


class PlaceOccupied(NotPossibleNow):
    """The room or the person is somewhere else at that time."""

    code = "occupied"
    sentence = N_("The room or the person is taken at that time.")


class SessionBehindUs(NotPossibleNow):
    """It is over: what took place is not cancelled any more."""

    code = "session_over"
    sentence = N_("This session is over and can no longer be cancelled.")
