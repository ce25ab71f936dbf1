"""What we write to people about their account. Words: templates/emails/identity/.

Letters to an address nobody has proved yet carry no name: a stranger chose it, and we would be sending their words.
"""

from __future__ import annotations

import re
from typing import Any

from flask import render_template

from bookapp.identity.models import EmailLink, User
from bookapp.infra.settings import current_settings
from bookapp.notifications.rules import Message

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
