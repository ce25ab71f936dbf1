"""What we write to those who are invited, who become or stop being members, and who apply. Words: emails/members/.

The letter of an invitation names the house and no person: its address is nobody's yet, and a stranger chose it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from bookapp.catalog.models import Merchant
from bookapp.catalog.states import Role
from bookapp.identity.models import User
from bookapp.infra.settings import current_settings
from bookapp.members.models import MerchantApplication
from bookapp.members.queries.invitations import Invited
from bookapp.members.queries.members import Member
from bookapp.members.rules import Post
from bookapp.notifications.rules import Message

_EMPTY_LINES = re.compile(r"\n{3,}")


def invited(about: Invited, token: str) -> Message:
    """To the address that was named: this link makes you a member."""
    one = about.invitation
    return _message(
        "invited",
        f"invitation:{one.id}:{one.sent_count}",
        one.email,
        merchant=about.merchant,
        role=role_words(Post(one.role, one.venue_id), about.venue),
        until=one.expires_at,
        url=_url(f"/invitations/{token}"),
    )


def accepted(about: Invited, owner: User, name: str) -> Message:
    """To an owner's bell only: somebody has come."""
    words = _("%(name)s now works for %(merchant)s.", name=name, merchant=about.merchant)
    return Message(
        kind="members.accepted",
        cause=f"invitation:{about.invitation.id}",
        recipient_email="",
        user_id=owner.id,
        subject=words,
        text=words,
        notice=words,
    )


def roles_changed(merchant: Merchant, user: User, now: Member | None, cause: str) -> Message:
    """To somebody whose roles are others now; `now` is None for who has none left."""
    roles = [role_words(post, venue) for post, venue in now.posts] if now else []
    notice = (
        _("Your roles at %(merchant)s have changed: %(roles)s.", merchant=merchant.name, roles=", ".join(roles))
        if roles
        else _("You no longer work for %(merchant)s.", merchant=merchant.name)
    )
    return _to(user, "roles", cause, notice, merchant=merchant.name, roles=roles, url=_url("/desk"))


def applied(application: MerchantApplication, admin: User) -> Message:
    """To an admin: somebody would like to sell here."""
    notice = _("%(name)s would like to sell here.", name=application.name)
    url = _url(f"/desk/merchants/applications/{application.id}")
    cause = f"merchant_application:{application.id}"
    return _to(admin, "applied", cause, notice, application=application, url=url)


def approved(application: MerchantApplication, user: User, merchant: Merchant) -> Message:
    """To who applied: go on."""
    notice = _("%(merchant)s can sell here. Here is what to do first.", merchant=merchant.name)
    url = _url(f"/desk/beginning?merchant={merchant.slug}")
    return _to(user, "approved", f"merchant_application:{application.id}", notice, merchant=merchant.name, url=url)


def refused(application: MerchantApplication, user: User) -> Message:
    """To who applied: not so, and why."""
    notice = _("Your application for %(merchant)s was refused.", merchant=application.name)
    facts = {"merchant": application.name, "reason": application.reason, "url": _url("/sell")}
    return _to(user, "refused", f"merchant_application:{application.id}", notice, **facts)


def standing_changed(merchant: Merchant, owner: User, reason: str, cause: str) -> Message:
    """To an owner: the house was closed or opened, and why."""
    is_closed = merchant.closed_at is not None
    notice = (
        _("%(merchant)s was closed.", merchant=merchant.name)
        if is_closed
        else _("%(merchant)s is open again.", merchant=merchant.name)
    )
    return _to(owner, "standing", cause, notice, merchant=merchant.name, is_closed=is_closed, reason=reason)


def role_words(post: Post, venue: str) -> str:
    """ "Manager of Mill", "Manager of every venue", "Owner"."""
    if post.role != Role.MANAGER:
        return _(Role(post.role).label)
    return _("Manager of %(venue)s", venue=venue) if venue else _("Manager of every venue")


def list_of_roles(posts: Sequence[tuple[Post, str]]) -> list[str]:
    """All somebody is, in words."""
    return [role_words(post, venue) for post, venue in posts]


def _to(user: User, name: str, cause: str, notice: str, **context: Any) -> Message:
    return _message(
        name, cause, user.email, recipient_name=user.name, user_id=user.id, notice=notice, name=user.name, **context
    )


def _message(
    kind: str,
    cause: str,
    email: str,
    *,
    recipient_name: str = "",
    user_id: int | None = None,
    notice: str = "",
    **context: Any,
) -> Message:
    def words(part: str) -> str:
        return render_template(f"emails/members/{kind}/{part}", **context)

    return Message(
        kind=f"members.{kind}",
        cause=cause,
        recipient_email=email,
        recipient_name=recipient_name,
        user_id=user_id,
        subject=words("subject.txt").strip(),
        text=_EMPTY_LINES.sub("\n\n", words("body.txt")).strip() + "\n",
        html=words("body.html"),
        notice=notice,
    )


def _url(path: str) -> str:
    return current_settings().public_base_url + path
