"""Links we mail: random, stored hashed, good once and for a while. Called inside the actions that need them."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import select, update

from bookapp.identity import rules
from bookapp.identity.errors import LinkGone
from bookapp.identity.models import EmailLink, User
from bookapp.identity.rules import LINK_LIFETIME, Purpose
from bookapp.infra.db import db


def locked(user_id: int) -> User:
    """The account as it is now, kept from others until this transaction ends."""
    return db.session.scalars(
        select(User).where(User.id == user_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def can_issue(user: User, purpose: Purpose, *, now: dt.datetime) -> bool:
    """Whether one more letter with such a link may be sent; `user` is locked, so a double click counts as one."""
    sent = db.session.scalars(
        select(EmailLink.created_at).where(
            EmailLink.user_id == user.id,
            EmailLink.purpose == purpose,
            EmailLink.created_at > now - rules.MAIL_WINDOW,
        )
    ).all()
    return rules.can_mail(sent, now)


def issue(user: User, purpose: Purpose, email: str, *, now: dt.datetime) -> tuple[EmailLink, str]:
    """A new link about `email` and its token, which exists nowhere but in the letter."""
    token = secrets.token_urlsafe(32)
    link = EmailLink(
        user_id=user.id,
        purpose=purpose,
        email=email,
        token_hash=rules.token_hash(token),
        expires_at=now + LINK_LIFETIME[purpose],
        created_at=now,
    )
    db.session.add(link)
    db.session.flush()
    return link, token


def use(token: str, purpose: Purpose, *, now: dt.datetime) -> EmailLink:
    """Take the link out of circulation and return it. One of two that come at once wins; the other gets LinkGone."""
    link: EmailLink | None = db.session.scalar(
        update(EmailLink)
        .where(
            EmailLink.token_hash == rules.token_hash(token),
            EmailLink.purpose == purpose,
            EmailLink.used_at.is_(None),
            EmailLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(EmailLink)
    )
    if link is None:
        raise LinkGone()
    return link


def void(user: User, *purposes: Purpose, now: dt.datetime) -> None:
    """Make the links still under way worthless."""
    db.session.execute(
        update(EmailLink)
        .where(EmailLink.user_id == user.id, EmailLink.purpose.in_(purposes), EmailLink.used_at.is_(None))
        .values(used_at=now)
    )
