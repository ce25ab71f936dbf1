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


class SecondFactorNeeded(Refusal):
    """The password was right, and is not enough. A browser goes on with `step`, a program sends a code as well."""

    status = 401
    code = "second_factor_needed"
    sentence = N_("This account has a second factor: send a code of its app, or a recovery code, as “code” as well.")
    challenge = "Bearer"

    def __init__(self, step: str = "") -> None:
        super().__init__()
        self.step = step


class WrongCode(NotValid):
    """A code that is wrong, too old or used before, or a passkey that is not known: all the same from outside."""

    code = "wrong_code"
    sentence = N_("This code is not right, or was used before. Please wait for the next one and try again.")

    def __init__(self) -> None:
        super().__init__({"code": self.sentence})


class CodesPaused(TooFast):
    """Too many wrong codes: no more are taken for a while, and no password either."""

    code = "codes_paused"
    sentence = N_(
        "Too many codes were wrong. To be safe, nobody can sign in to this account for a quarter of an hour; we have"
        " written to its owner."
    )


class StepGone(NotPossibleNow):
    """What was begun in this browser was finished, or begun too long ago."""

    code = "step_gone"
    sentence = N_("That took a little long. Please begin again; nothing was changed.")


class PasskeyRefused(NotValid):
    """What the browser sent about a passkey does not fit what was asked of it."""

    code = "passkey_refused"
    sentence = N_("This passkey cannot be used here. Please try again, or take another one.")

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__({}, sentence)
        self.fields = {"credential": self.sentence}


class FactorThere(NotPossibleNow):
    """An account has one authenticator app."""

    code = "factor_there"
    sentence = N_("Your account has an authenticator app already. Remove that one first.")


class FactorObligatory(NotPossibleNow):
    """An admin's last second factor stays."""

    code = "factor_obligatory"
    sentence = N_("Admins need a second factor. Add another one first, then remove this one.")


class NotActingAs(NotAllowed):
    """Whom an admin may not act as."""

    code = "not_acting_as"
    sentence = N_("Nobody acts as another admin.")


class ActingAlready(NotPossibleNow):
    """One at a time, and not out of somebody else's account."""

    code = "acting_already"
    sentence = N_("The account is closed, or you act as somebody already.")
