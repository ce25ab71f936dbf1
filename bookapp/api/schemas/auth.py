"""Accounts and tokens."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from bookapp.api.schemas.base import Answer, Input
from bookapp.api.schemas.fields import Email, Line, Secret, said
from bookapp.identity import rules
from bookapp.identity.rules import Scope
from bookapp.values.words import N_

_SCOPES = [" ".join(words) for words in (("read",), ("write",), ("read", "write"), ("write", "read"))]
_NOT_A_SCOPE = N_("Please give “read”, “write” or “read write”.")


class RegisterInput(Input):
    """A new account."""

    name = Line("As others will see it.", "Miriam Adler", longest=rules.LONGEST_NAME, required=True)
    email = Email("Where the letter with the link goes.", required=True)
    password = Secret(
        "None of the common ones, and not the email.",
        "a quiet lake at noon",
        least=rules.LEAST_PASSWORD,
        longest=rules.LONGEST_PASSWORD,
        # Others are taken as well; of these the length is the same however it is counted.
        described=r"^[\u0020-\u007e]+$",
        required=True,
    )


class RegisteredSchema(Answer):
    """The same whether there was an account with this email or not: only the letter tells."""

    email = fields.String(metadata=said("Where we have written to.", "miriam@example.org"))
    message = fields.String(metadata=said("What to do now.", "Open the link in the letter we have sent."))


class LoginInput(Input):
    """Who signs in, and what the program may do for them."""

    login = Line("Email or username.", "miriam@example.org", longest=rules.LONGEST_EMAIL, required=True)
    password = Secret("The password.", "a quiet lake at noon", required=True)
    code = Secret(
        "Only where the account has a second factor: a code of its app, or a recovery code.",
        "123456",
        longest=40,
        load_default="",
    )
    scope = fields.String(
        load_default="read write",
        validate=validate.OneOf(_SCOPES, error=_NOT_A_SCOPE),
        metadata=said("What the tokens may be used for; both unless said.", "read write"),
    )


class RefreshInput(Input):
    """The refresh token of the last answer."""

    refresh_token = Secret("Good once.", "q0Zl1vXbN8p…", longest=200, required=True)


class TokensSchema(Answer):
    """A pair of tokens. They are shown once and stored nowhere."""

    access_token = fields.String(metadata=said("For the Authorization header.", "Zm9vYmFyYmF6…"))
    token_type = fields.Constant("Bearer", metadata=said("How it is shown.", "Bearer", type="string"))
    expires_in = fields.Integer(metadata=said("Seconds until the access token expires.", 1800))
    refresh_token = fields.String(metadata=said("For POST auth/refresh, once.", "q0Zl1vXbN8p…"))
    refresh_expires_in = fields.Integer(metadata=said("Seconds until the refresh token expires.", 604800))
    scope = fields.String(metadata=said("What they may be used for.", "read write"))


def tokens(issued: Any) -> dict[str, Any]:
    """An identity.actions.Issued as it goes out."""
    return {
        "access_token": issued.access_token,
        "expires_in": int(rules.ACCESS_LIFETIME.total_seconds()),
        "refresh_token": issued.refresh_token,
        "refresh_expires_in": int(rules.REFRESH_LIFETIME.total_seconds()),
        "scope": " ".join(issued.scopes),
    }


def scopes_in(text: str) -> tuple[Scope, ...]:
    """The scopes of a `scope` that was understood."""
    return tuple(Scope(word) for word in text.split())
