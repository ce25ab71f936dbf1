"""What we write to people about their account. Words: templates/emails/identity/.

Letters to an address nobody has proved yet carry no name: a stranger chose it, and we would be sending their words.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from bookapp.identity.models import EmailLink, User
from bookapp.infra.settings import current_settings
from bookapp.notifications.rules import Message
from bookapp.values.words import N_

_FACTORS_CHANGED = {
    "app_added": (
        N_("An authenticator app was added"),
        N_("Signing in to your account now asks for a code of your authenticator app as well."),
    ),
    "app_removed": (
        N_("Your authenticator app was removed"),
        N_("Its codes no longer open your account."),
    ),
    "passkey_added": (
        N_("A passkey was added"),
        N_("Your account can now be opened with a new passkey."),
    ),
    "passkey_removed": (
        N_("A passkey was removed"),
        N_("It no longer opens your account."),
    ),
    "codes_renewed": (
        N_("You have new recovery codes"),
        N_("The old ones no longer work."),
    ),
    "recovery_used": (
        N_("A recovery code was used"),
        N_("Somebody has used one of your recovery codes. You have %(left)s left."),
    ),
    "reset": (
        N_("Your second factor was removed"),
        N_(
            "One of our admins removed the second factors of your account and signed it out everywhere, as one does"
            " when they are lost. You can add new ones when you sign in."
        ),
    ),
    "paused": (
        N_("Too many wrong codes"),
        N_(
            "Somebody signed in to your account with the right password and five wrong codes. For a quarter of an hour"
            " nobody can sign in. If it was not you, please set a new password: this one is known."
        ),
    ),
}

_EMPTY_LINES = re.compile(r"\n{3,}")


def confirm_email(link: EmailLink, token: str) -> Message:
    """To a new account: open this link to show that the email is yours."""
    return _letter("verify", link, confirm_url=_url(f"/email/verify/{token}"))


def already_registered(user: User, link: EmailLink, token: str) -> Message:
    """To somebody whose email was used to register, or to change another account's email, once more."""
    return _letter(
        "known",
        link,
        user,
        sign_in_url=_url("/login"),
        reset_url=_url(f"/password/reset/{token}"),
        username=user.username,
    )


def reset_password(user: User, link: EmailLink, token: str) -> Message:
    """To somebody who forgot their password."""
    return _letter("reset", link, user, reset_url=_url(f"/password/reset/{token}"), username=user.username)


def confirm_new_email(link: EmailLink, token: str) -> Message:
    """To the new address: open this link to make it the account's."""
    return _letter("change", link, confirm_url=_url(f"/email/change/{token}"))


def email_changed(user: User, link: EmailLink, old_email: str) -> Message:
    """To the old address, whose owner may not have wanted this."""
    return _message("changed", f"email_link:{link.id}", old_email, user, new_email=link.email)


def password_changed(user: User) -> Message:
    """To the account's address: somebody set a new password."""
    cause = f"user:{user.id}:version:{user.version}"
    return _message("password", cause, user.email, user, forgotten_url=_url("/password/forgotten"))


def factors_changed(user: User, what: str, *, now: dt.datetime, **said: Any) -> Message:
    """To the account's address: what became of its second factors, a key of `_FACTORS_CHANGED`."""
    title, sentence = _FACTORS_CHANGED[what]
    cause = f"user:{user.id}:{what}:{now.isoformat()}"
    return _message(
        "factors",
        cause,
        user.email,
        user,
        title=_(title),
        sentence=_(sentence, **said),
        is_yours=what not in ("paused", "reset"),
        security_url=_url("/account/security"),
        forgotten_url=_url("/password/forgotten"),
    )


def _letter(name: str, link: EmailLink, user: User | None = None, **context: Any) -> Message:
    return _message(name, f"email_link:{link.id}", link.email, user, user_id=link.user_id, **context)


def _message(
    name: str, cause: str, email: str, user: User | None, *, user_id: int | None = None, **context: Any
) -> Message:
    context |= {"name": user.name if user else ""}

    def words(part: str) -> str:
        return render_template(f"emails/identity/{name}/{part}", **context)

    return Message(
        kind=f"identity.{name}",
        cause=cause,
        recipient_email=email,
        recipient_name=context["name"],
        user_id=user.id if user else user_id,
        subject=words("subject.txt").strip(),
        text=_EMPTY_LINES.sub("\n\n", words("body.txt")).strip() + "\n",
        html=words("body.html"),
    )


def _url(path: str) -> str:
    return current_settings().public_base_url + path
