"""What an account says about its owner, its email, and what an admin may do with it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.exc import IntegrityError

from bookapp.audit.actions import record
from bookapp.identity import messages
from bookapp.identity.actions import links
from bookapp.identity.actions.passwords import prove
from bookapp.identity.actions.registration import (
    USERNAME_TAKEN,
    checked_email,
    checked_username,
    mark_verified,
    write_to_known,
)
from bookapp.identity.actions.sign_ins import end_all
from bookapp.identity.actor import Actor
from bookapp.identity.errors import EmailInUse, LinkOfSomebodyElse, MailTooSoon, NotYourself
from bookapp.identity.models import User
from bookapp.identity.policy import may_administer_users
from bookapp.identity.queries import user_by_email, user_by_id
from bookapp.identity.rules import Purpose
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.words import N_


@action
def change_profile(actor: Actor, *, name: str, username: str) -> None:
    """Set name and username; an empty username means none. Raises NotValid."""
    assert actor.user_id is not None
    user = links.locked(actor.user_id)
    before = (user.name, user.username)
    user.name = name
    user.username = checked_username(username) if username.strip() else None
    _flush_unless_taken(NotValid({"username": USERNAME_TAKEN}))
    after = (user.name, user.username)
    changed = [field for field, old, new in zip(("name", "username"), before, after, strict=True) if old != new]
    if changed:
        record(actor, "user.profile_changed", f"user:{user.id}", {"fields": changed})


@action
def request_email_change(actor: Actor, *, email: str, password: str, now: dt.datetime) -> None:
    """Write to the new address; nothing changes before its link is opened. Raises NotValid, MailTooSoon.

    An address that has an account gets a letter saying so, and this page the same answer as ever.
    """
    assert actor.user_id is not None
    user = links.locked(actor.user_id)
    prove(user, password, field="password")
    email = checked_email(email)
    if email == user.email:
        raise NotValid({"email": N_("This is your email already.")})
    if not links.can_issue(user, Purpose.CHANGE, now=now):
        raise MailTooSoon()
    record(actor, "user.email_change_requested", f"user:{user.id}")
    links.void(user, Purpose.CHANGE, now=now)
    link, token = links.issue(user, Purpose.CHANGE, email, now=now)
    if user_by_email(email):
        # The link was issued all the same, or a second try would be refused only for addresses that are free.
        write_to_known(email, now=now)
    else:
        send(messages.confirm_new_email(link, token))


@action
def confirm_email_change(token: str, *, by: Actor, now: dt.datetime) -> None:
    """Make the address of the link the account's, and tell the old one.

    Signed in for the same reason as in `verify_email`. Raises LinkGone, LinkOfSomebodyElse, EmailInUse.
    """
    link = links.use(token, Purpose.CHANGE, now=now)
    if link.user_id != by.user_id:
        raise LinkOfSomebodyElse()
    user = links.locked(link.user_id)
    old_email, user.email = user.email, link.email
    user.email_verified_at = None
    _flush_unless_taken(EmailInUse())
    record(by, "user.email_changed", f"user:{user.id}")
    # What lies in the old mailbox opens nothing any more.
    links.void(user, *Purpose, now=now)
    mark_verified(user, now=now)
    send(messages.email_changed(user, link, old_email))


@action
def disable(user_id: int, *, by: Actor, reason: str, now: dt.datetime) -> None:
    """Close an account and end its sign-ins. Raises NotAllowed, NotFound, and NotYourself for one's own."""
    user = _administered(user_id, by)
    _check_not_oneself(user, by)
    if user.disabled_at is None:
        user.disabled_at = now
        end_all(user, now=now)
        links.void(user, *Purpose, now=now)
        record(by, "user.disabled", f"user:{user.id}", reason=reason)


@action
def enable(user_id: int, *, by: Actor, reason: str) -> None:
    """Open a closed account again; they sign in anew. Raises NotAllowed, NotFound."""
    user = _administered(user_id, by)
    if user.disabled_at is not None:
        user.disabled_at = None
        record(by, "user.enabled", f"user:{user.id}", reason=reason)


@action
def end_sign_ins_of(user_id: int, *, by: Actor, reason: str, now: dt.datetime) -> None:
    """End every sign-in and token of somebody's account. Raises NotAllowed, NotFound."""
    user = _administered(user_id, by)
    end_all(user, now=now)
    record(by, "user.signed_out_everywhere", f"user:{user.id}", {"version": user.version}, reason=reason)


@action
def set_admin(user_id: int, *, is_admin: bool, by: Actor, reason: str, now: dt.datetime) -> None:
    """Make somebody an admin, or no longer one; they sign in again.

    Raises NotAllowed, NotFound, and NotYourself: so there is always one left.
    """
    user = _administered(user_id, by)
    _check_not_oneself(user, by)
    if user.is_admin != is_admin:
        facts = {"role": "admin", "before": user.is_admin, "after": is_admin}
        user.is_admin = is_admin
        end_all(user, now=now)
        record(by, "user.role_changed", f"user:{user.id}", facts, reason=reason)


def _administered(user_id: int, by: Actor) -> User:
    if not may_administer_users(by):
        raise NotAllowed()
    if user_by_id(user_id) is None:
        raise NotFound()
    return links.locked(user_id)


def _check_not_oneself(user: User, by: Actor) -> None:
    if user.id == by.user_id:
        raise NotYourself()


def _flush_unless_taken(refusal: Exception) -> None:
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        raise refusal from error
