"""Users, their sign-ins, the tokens of programs that act for them, and the one-time links we mail to them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.infra.db import created_at, db, pk, ref_id

# What admins search by; "simple" knows no language, and so leaves names as they are.
_WORDS = (
    "to_tsvector('simple'::regconfig, (((name || ' '::text) || email) || ' '::text) || COALESCE(username, ''::text))"
)
WORDS: ColumnElement[Any] = literal_column(_WORDS)


class User(db.Model):
    """A person who can sign in. Emails are stored normalised (lower case), usernames too."""

    __tablename__ = "user_account"

    id: Mapped[pk]
    email: Mapped[str] = mapped_column(unique=True)
    username: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    password_hash: Mapped[str | None]
    email_verified_at: Mapped[dt.datetime | None]
    is_admin: Mapped[bool] = mapped_column(server_default=text("false"))
    disabled_at: Mapped[dt.datetime | None]
    # Raised by "sign out everywhere" and by a new password: every older sign-in and token is void.
    version: Mapped[int] = mapped_column(server_default="1")
    zone: Mapped[str | None]
    theme: Mapped[str | None]
    # Where money that comes back went the last time they chose: "original" or "wallet".
    refund_to: Mapped[str | None]
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_normalised"),
        CheckConstraint("theme IN ('light', 'dark')", name="theme"),
        CheckConstraint("refund_to IN ('original', 'wallet')", name="refund_to"),
        Index("ix_user_account_words", text(_WORDS), postgresql_using="gin"),
    )


class SignIn(db.Model):
    """One browser that is signed in. The cookie holds a random token, this row its hash."""

    __tablename__ = "sign_in"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_version: Mapped[int]
    agent: Mapped[str]
    created_at: Mapped[created_at]
    ended_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class ApiToken(db.Model):
    """What a program shows instead of a password; only its hash is kept.

    One sign-in of a program is a family: an access token, and a refresh token that is exchanged for the next pair.
    Used ones stay until they expire, so that one that is shown twice is noticed.
    """

    __tablename__ = "api_token"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    family: Mapped[uuid.UUID] = mapped_column(index=True)
    kind: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    # What it may be used for, as words: "read", "write", "read write".
    scope: Mapped[str]
    user_version: Mapped[int]
    agent: Mapped[str]
    # When the program signed in; each token of the family has the same.
    began_at: Mapped[dt.datetime]
    created_at: Mapped[created_at]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    used_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]

    __table_args__ = (CheckConstraint("kind IN ('access', 'refresh')", name="kind"),)


class EmailLink(db.Model):
    """A link that was mailed: good once, until it expires. Only its hash is kept."""

    __tablename__ = "email_link"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    email: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("purpose IN ('verify', 'reset', 'change')", name="purpose"),
        Index("ix_email_link_user_id_purpose", "user_id", "purpose"),
    )
