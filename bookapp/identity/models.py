"""Users, their sign-ins and second factors, the tokens of programs that act for them, and the links we mail."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    literal_column,
    text,
)
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
    # Since when signing in asks for a second factor; empty while there is none.
    second_factor_at: Mapped[dt.datetime | None]
    # Wrong codes in a row, and until when no more are taken after too many.
    factor_failures: Mapped[int] = mapped_column(server_default="0")
    factor_paused_until: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_normalised"),
        CheckConstraint("theme IN ('light', 'dark')", name="theme"),
        CheckConstraint("refund_to IN ('original', 'wallet')", name="refund_to"),
        Index("ix_user_account_words", text(_WORDS), postgresql_using="gin"),
    )


class SignIn(db.Model):
    """One browser that is signed in. The cookie holds a random token, this row its hash.

    An admin who acts as somebody has one at that somebody's account, which hangs on the admin's own (`parent_id`).
    """

    __tablename__ = "sign_in"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_version: Mapped[int]
    agent: Mapped[str]
    # Where from, as far as known: the address the browser had.
    address: Mapped[str | None]
    # Which second factor opened it: "app", "passkey" or "recovery".
    factor: Mapped[str | None]
    impersonator_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("sign_in.id", ondelete="CASCADE"))
    reason: Mapped[str | None]
    created_at: Mapped[created_at]
    ended_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[user_id])

    __table_args__ = (
        CheckConstraint(
            "(impersonator_id IS NULL) = (parent_id IS NULL) AND (impersonator_id IS NULL) = (reason IS NULL)",
            name="impersonation",
        ),
        CheckConstraint("factor IN ('app', 'passkey', 'recovery')", name="factor"),
        Index("ix_sign_in_impersonator_id", "impersonator_id", postgresql_where=text("impersonator_id IS NOT NULL")),
        Index("ix_sign_in_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
    )


class AuthenticatorApp(db.Model):
    """The app that shows six digits every thirty seconds; one an account. Its secret is sealed (infra/sealing.py)."""

    __tablename__ = "authenticator_app"

    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str]
    created_at: Mapped[created_at]
    # Empty until its owner has typed a code of it: until then it opens and protects nothing.
    confirmed_at: Mapped[dt.datetime | None]
    # The step of the last code that was taken: that one and all before are used up.
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class Passkey(db.Model):
    """A key pair that a device or a password manager keeps; the public half is here."""

    __tablename__ = "passkey"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    # How often the device says it was used; one that falls back is a copy, and refused.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[created_at]
    used_at: Mapped[dt.datetime | None]


class RecoveryCode(db.Model):
    """A code on paper for the day the phone is gone: good once, kept as a hash."""

    __tablename__ = "recovery_code"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    code_hash: Mapped[str]
    used_at: Mapped[dt.datetime | None]

    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)


class SignInStep(db.Model):
    """Something begun that this browser has to finish, good once and for minutes.

    "code": the password was right, the second factor is missing. "create" and "get": a challenge a passkey must sign,
    to be kept here or to open the account (without a user where nobody has said yet who they are).
    """

    __tablename__ = "sign_in_step"

    id: Mapped[pk]
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_version: Mapped[int | None]
    challenge: Mapped[bytes | None]
    created_at: Mapped[created_at]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    used_at: Mapped[dt.datetime | None]

    __table_args__ = (CheckConstraint("purpose IN ('code', 'create', 'get')", name="purpose"),)


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
