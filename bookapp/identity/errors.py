"""Refusals around signing in, each with the sentence people will read."""

from __future__ import annotations

from bookapp.values.errors import NotAllowed, NotPossibleNow, NotValid, Refusal, TooFast
from bookapp.values.words import N_


class WrongSignIn(NotValid):
    """No such account, or not its password: which of the two is never said."""

    code = "wrong_sign_in"
    sentence = N_("These two do not go together. Please check both and try again.")

    def __init__(self) -> None:
        super().__init__({})


class AccountClosed(NotAllowed):
    """The password was right, but the account was closed by the house."""

    code = "account_closed"
    sentence = N_("This account was closed. Please write to us if you think that is a mistake.")


class LinkGone(NotPossibleNow):
    """Used, expired, replaced, or never made: all the same from outside."""

    code = "link_gone"
    sentence = N_("This link was used before or is too old. Nothing was changed; you can ask for a new one.")


class LinkOfSomebodyElse(NotAllowed):
    """A link confirms only the account it was made for, by the person who can sign in to it."""

    code = "link_of_somebody_else"
    sentence = N_("This link belongs to another account. Please sign in to that one first.")


class EmailInUse(NotPossibleNow):
    """Somebody opened an account with that address after the change was asked for."""

    code = "email_in_use"
    sentence = N_("Meanwhile there is another account with this email. Your email stays as it was.")


class MailTooSoon(TooFast):
    """A letter of this kind has just been sent."""

    code = "mail_too_soon"
    sentence = N_("We have just sent you one. Please look into your mail, also where spam goes, and wait a minute.")


class NotYourself(NotPossibleNow):
    """An admin who closes their own account, or gives the role away, could be the last one."""

    code = "not_yourself"
    sentence = N_("This is your own account. Please ask another admin.")


class TokenGone(Refusal):
    """A refresh token that is used, expired, ended or none at all: all the same from outside."""

    status = 401
    code = "token_gone"
    sentence = N_("This refresh token is used, too old or unknown. Please sign in again.")
    challenge = 'Bearer error="invalid_token"'
