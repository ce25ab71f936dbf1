"""Refusals of the CRM, each with the sentence people will read."""

from __future__ import annotations

from bookapp.values.errors import NotFound, NotPossibleNow, Refusal
from bookapp.values.words import N_


class TooLateToTell(NotPossibleNow):
    """Nobody has to be told about what is over."""

    code = "too_late_to_tell"
    sentence = N_("It is over: there is nothing left to say to everybody.")


class NobodyToTell(NotPossibleNow):
    """Nobody with an address comes."""

    code = "nobody_to_tell"
    sentence = N_("Nobody who comes has left an address to write to.")


class NoNotifyToken(Refusal):
    """No token, or one that was never made here or is revoked: all the same from outside."""

    status = 401
    code = "invalid_token"
    sentence = N_("Send a token that an admin has made for you: Authorization: Bearer <token>.")
    challenge = "Bearer"


class UnknownFacilitator(NotFound):
    """Nobody with this number, or nobody this token may write to."""

    sentence = N_("There is no facilitator with this number.")
