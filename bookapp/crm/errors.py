"""Refusals of the CRM, each with the sentence people will read."""

from __future__ import annotations

from bookapp.values.errors import NotPossibleNow
from bookapp.values.words import N_


class TooLateToTell(NotPossibleNow):
    """Nobody has to be told about what is over."""

    code = "too_late_to_tell"
    sentence = N_("It is over: there is nothing left to say to everybody.")


class NobodyToTell(NotPossibleNow):
    """Nobody with an address comes."""

    code = "nobody_to_tell"
    sentence = N_("Nobody who comes has left an address to write to.")
