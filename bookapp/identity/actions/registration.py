"""Opening an account, and proving that its email is one's own."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.identity import messages, passwords, rules
from bookapp.identity.actions import links
from bookapp.identity.actor import ANONYMOUS, Actor
from bookapp.identity.errors import LinkGone, LinkOfSomebodyElse, MailTooSoon
from bookapp.identity.events import EmailVerified, UserRegistered
from bookapp.identity.models import User
from bookapp.identity.queries import actor_of
from bookapp.identity.rules import Purpose
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.values.errors import NotValid
from bookapp.values.words import N_

_NOT_AN_EMAIL = N_("Please enter an email address such as name@example.org.")
_TAKEN = N_("There is an account with this email already.")
USERNAME_TAKEN = N_("Somebody else has this username. Please choose another.")


@action
def register(*, name: str, email: str, password: str, now: dt.datetime) -> None:
    """Open an account, or write to the one that is there: only the letter tells which, after the same work.

    Raises NotValid for an email that is none and for a password we do not take.
    """
    email = checked_email(email)
    check_password(password, email)
    # Made before anything is known about the email, or the time would tell.
    stored = passwords.hashed(password)
    user_id = _insert(name=name, email=email, password_hash=stored, created_at=now)
    if user_id is None:
        write_to_known(email, now=now)
        return
    user = links.locked(user_id)
    record(actor_of(user), "user.registered", f"user:{user.id}")
    publish(UserRegistered(user.id))
    _send_verification(user, now=now)


@action
def create_user(
    *,
    name: str,
    email: str,
    now: dt.datetime,
    password: str | None = None,
    username: str | None = None,
    phone: str | None = None,
    is_admin: bool = False,
    verified: bool = True,
) -> User:
    """An account made by the house (demo world, command line), without a letter. Raises NotValid."""
    email = checked_email(email)
    if password is not None:
        check_password(password, email)
    if username is not None:
        username = checked_username(username)
        if db.session.scalar(select(User.id).where(User.username == username)):
            raise NotValid({"username": USERNAME_TAKEN})
    user_id = _insert(
        name=name,
        email=email,
        username=username,
        phone=phone,
        is_admin=is_admin,
        password_hash=passwords.hashed(password) if password is not None else None,
        created_at=now,
    )
    if user_id is None:
        raise NotValid({"email": _TAKEN})
    user = links.locked(user_id)
    record(actor_of(user), "user.registered", f"user:{user.id}", {"is_admin": is_admin})
    publish(UserRegistered(user.id))
    if verified:
        mark_verified(user, now=now)
    return user


@action
def send_verification(actor: Actor, *, now: dt.datetime) -> None:
    """Send the letter again to somebody who is signed in; nothing when the email is verified already.

    Raises MailTooSoon within a minute of the last one, or after five in an hour.
    """
    assert actor.user_id is not None
    user = links.locked(actor.user_id)
    if user.email_verified_at is not None:
        return
    if not links.can_issue(user, Purpose.VERIFY, now=now):
        raise MailTooSoon()
    _send_verification(user, now=now)


@action
def verify_email(token: str, *, by: Actor, now: dt.datetime) -> None:
    """The email of the link is proved to be `by`'s own. Raises LinkGone, LinkOfSomebodyElse.

    Whoever opens the letter must also be signed in to the account: else somebody could open an account with a
    stranger's email and their own password, wait for the click, and read what the stranger booked as a guest.
    """
    link = links.use(token, Purpose.VERIFY, now=now)
    if link.user_id != by.user_id:
        raise LinkOfSomebodyElse()
    user = links.locked(link.user_id)
    if link.email != user.email:
        raise LinkGone()
    mark_verified(user, now=now)


def mark_verified(user: User, *, now: dt.datetime) -> None:
    """Inside an action, with the user locked: note the proof, once, and tell those who wait for it."""
    links.void(user, Purpose.VERIFY, now=now)
    if user.email_verified_at is not None:
        return
    user.email_verified_at = now
    record(actor_of(user), "user.email_verified", f"user:{user.id}")
    db.session.flush()
    publish(EmailVerified(user.id, user.email))


def write_to_known(email: str, *, now: dt.datetime) -> None:
    """Inside an action: tell the owner of `email` that there is an account already, unless they were told just now."""
    user = links.locked(db.session.scalars(select(User.id).where(User.email == email)).one())
    record(ANONYMOUS, "user.registered_again", f"user:{user.id}")
    if user.disabled_at is not None:
        return
    if user.email_verified_at is None:
        if links.can_issue(user, Purpose.VERIFY, now=now):
            _send_verification(user, now=now)
    elif links.can_issue(user, Purpose.RESET, now=now):
        send(messages.already_registered(user, *links.issue(user, Purpose.RESET, user.email, now=now)))


def checked_email(email: str) -> str:
    """The one spelling of `email`. Raises NotValid."""
    address = rules.email_address(email)
    if address is None:
        raise NotValid({"email": _NOT_AN_EMAIL})
    return address


def checked_username(username: str) -> str:
    """The one spelling of `username`. Raises NotValid."""
    username = username.strip().lower()
    if problem := rules.username_problem(username):
        raise NotValid({"username": problem})
    return username


def check_password(password: str, email: str) -> None:
    """Raises NotValid when `password` may not be the one of the account with `email`."""
    if problem := passwords.problem(password, email=email):
        raise NotValid({"password": problem})


def _insert(**values: object) -> int | None:
    """The id of the new account, or None when the email is taken; two at once are one and a None."""
    return db.session.scalar(
        insert(User).values(**values).on_conflict_do_nothing(index_elements=["email"]).returning(User.id)
    )


def _send_verification(user: User, *, now: dt.datetime) -> None:
    send(messages.confirm_email(*links.issue(user, Purpose.VERIFY, user.email, now=now)))
