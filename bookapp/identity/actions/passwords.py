"""A new password: by somebody who knows the old one, or who can read the account's mail."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.identity import messages, passwords
from bookapp.identity.actions import links
from bookapp.identity.actions.registration import check_password, mark_verified
from bookapp.identity.actions.sign_ins import end_all, enter, open_sign_in
from bookapp.identity.actor import ANONYMOUS, Actor
from bookapp.identity.errors import AccountClosed, LinkGone, SecondFactorNeeded
from bookapp.identity.models import EmailLink, User
from bookapp.identity.queries import actor_of, user_by_email
from bookapp.identity.rules import Purpose
from bookapp.infra.db import action, db
from bookapp.infra.outbox import later
from bookapp.notifications.actions import send
from bookapp.values.errors import NotValid
from bookapp.values.words import N_

_NOT_YOURS = N_("This is not your password.")
NOBODY = 0


@action
def request_password_reset(email: str, *, now: dt.datetime) -> None:
    """Promise a letter with a link. Known or not, the same row is written: a worker finds out, where nobody waits."""
    user = user_by_email(email)
    later("identity.mail_reset_link", user.id if user else NOBODY, now.isoformat())


@action
def mail_reset_link(user_id: int, *, asked_at: dt.datetime, now: dt.datetime) -> None:
    """Send the letter that was asked for, once: not again when the job runs twice, and not to a closed account."""
    if user_id == NOBODY:
        return
    user = links.locked(user_id)
    sent = db.session.scalar(
        select(EmailLink.id)
        .where(EmailLink.user_id == user.id, EmailLink.purpose == Purpose.RESET, EmailLink.created_at >= asked_at)
        .limit(1)
    )
    if sent or user.disabled_at is not None or not links.can_issue(user, Purpose.RESET, now=now):
        return
    record(ANONYMOUS, "user.password_reset_requested", f"user:{user.id}")
    send(messages.reset_password(user, *links.issue(user, Purpose.RESET, user.email, now=now)))


def reset_password(token: str, password: str, *, agent: str, now: dt.datetime, address: str = "") -> str:
    """Set a new password by a mailed link, end every sign-in, and sign this browser in; returns its token.

    Opening the letter also proves the email. Raises NotValid (the link stays good), LinkGone, AccountClosed, and, with
    the new password set, SecondFactorNeeded: who reads somebody's mail does not have their second factor.
    """
    signed_in, step = _reset(token, password, agent=agent, address=address, now=now)
    if step:
        raise SecondFactorNeeded(step)
    return signed_in


@action
def change_password(
    actor: Actor, *, current: str, password: str, agent: str, now: dt.datetime, address: str = ""
) -> str:
    """Set a new password, end every other sign-in, and give this browser a new one; returns its token.

    Raises NotValid with `current` for the wrong old one, with `password` for a new one we do not take.
    """
    assert actor.user_id is not None
    user = links.locked(actor.user_id)
    prove(user, current, field="current")
    _set(user, password, now=now)
    record(actor, "user.password_changed", f"user:{user.id}", {"version": user.version})
    return open_sign_in(user, agent=agent, address=address, now=now)


def prove(user: User, password: str, *, field: str) -> None:
    """Raises NotValid at `field` unless `password` is the user's: for what a browser left open must not allow."""
    if not passwords.fits(password, user.password_hash):
        raise NotValid({field: _NOT_YOURS})


@action
def _reset(token: str, password: str, *, agent: str, address: str, now: dt.datetime) -> tuple[str, str]:
    link = links.use(token, Purpose.RESET, now=now)
    user = links.locked(link.user_id)
    if link.email != user.email:
        raise LinkGone()
    if user.disabled_at is not None:
        raise AccountClosed()
    _set(user, password, now=now)
    record(actor_of(user), "user.password_reset", f"user:{user.id}", {"version": user.version})
    mark_verified(user, now=now)
    return enter(user, agent=agent, address=address, now=now)


def _set(user: User, password: str, *, now: dt.datetime) -> None:
    check_password(password, user.email)
    user.password_hash = passwords.hashed(password)
    end_all(user, now=now)
    links.void(user, Purpose.RESET, Purpose.CHANGE, now=now)
    send(messages.password_changed(user))
