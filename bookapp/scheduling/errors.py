"""Refusals of scheduling, each with the sentence people will read."""

from __future__ import annotations

from typing import Any

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


class SessionBegun(NotPossibleNow):
    """It has begun: nobody can be told in time that it takes place at another time."""

    code = "session_begun"
    sentence = N_("This session has begun: its time, room and host stay as they are.")


class SessionChangedMeanwhile(NotPossibleNow):
    """The house has changed it since it was shown to whoever wants a seat."""

    code = "session_changed"
    sentence = N_("This session has just been changed by the house. Please look at it again; nothing was reserved.")


class StaleSession(NotPossibleNow):
    """Somebody else has changed it since the form was opened; `session` is what it is now (guarantees.md 13)."""

    code = "changed_meanwhile"
    sentence = N_("Somebody has changed this session since you opened it. Nothing of yours was saved yet.")

    def __init__(self, session: Any) -> None:
        super().__init__()
        self.session = session


class HoursChanged(NotPossibleNow):
    """Somebody else has changed the week since the form was opened (guarantees.md 13)."""

    code = "hours_changed"
    sentence = N_("Somebody changed these hours a moment ago. What holds now stands beside what you typed.")
