"""Refusals at the doors of the API, each with the challenge that tells a program what to bring (RFC 6750)."""

from __future__ import annotations

from bookapp.values.errors import NotAllowed, Refusal
from bookapp.values.words import N_


class NoToken(Refusal):
    """Nobody in particular asks for what belongs to somebody."""

    status = 401
    code = "not_signed_in"
    sentence = N_("Send an access token: Authorization: Bearer <token>.")
    challenge = "Bearer"


class BadToken(Refusal):
    """A token that is expired, ended, of another kind or none at all: all the same from outside."""

    status = 401
    code = "invalid_token"
    sentence = N_("This access token is not valid any more. Please get a new one.")
    challenge = 'Bearer error="invalid_token"'


class BadBookingToken(Refusal):
    """The token of a guest's booking that was revoked, or that nobody of us signed."""

    status = 401
    code = "invalid_booking_token"
    sentence = N_("This booking's token is not valid any more. The link in its latest mail has the current one.")
    challenge = "Bearer"


class WrongLogin(Refusal):
    """What `WrongSignIn` says on a page; a program expects the status that means it must prove itself."""

    status = 401
    code = "wrong_sign_in"
    sentence = N_("These two do not go together. Please check both and try again.")
    challenge = "Bearer"


class WrongLoginCode(Refusal):
    """What `WrongCode` says on a page: the password was right, the second factor was not."""

    status = 401
    code = "wrong_code"
    sentence = N_("This code is not right, or was used before. Please send the next one.")
    challenge = "Bearer"


class ScopeMissing(NotAllowed):
    """The person may, but did not allow this program to."""

    code = "insufficient_scope"
    sentence = N_("This token may not be used for that. Sign in again and ask for the scope “%(scope)s”.")

    def __init__(self, scope: str) -> None:
        super().__init__(scope=scope)
        self.challenge = f'Bearer error="insufficient_scope",scope="{scope}"'
