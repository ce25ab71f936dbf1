"""Messages that were promised, and how their delivery went."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bookapp.infra.db import created_at, db, pk


class MessageRecord(db.Model):
    """One message to one person over one channel. `attachments` holds {"maker", "argument", "filename"}."""

    __tablename__ = "message"

    id: Mapped[pk]
    kind: Mapped[str]
    cause: Mapped[str]
    # The booking it is about, by its ref; empty for what is about none.
    reference: Mapped[str] = mapped_column(server_default="")
    channel: Mapped[str]
    recipient: Mapped[str]
    recipient_name: Mapped[str] = mapped_column(server_default="")
    # Where an answer goes, when not to us.
    reply_to: Mapped[str] = mapped_column(server_default="")
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str] = mapped_column(server_default="")
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    state: Mapped[str] = mapped_column(server_default="due")
    created_at: Mapped[created_at]
    delivered_at: Mapped[dt.datetime | None]
    # When its person saw it, of those in the bell.
    read_at: Mapped[dt.datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("kind", "cause", "recipient", "channel"),
        CheckConstraint("channel IN ('email', 'in_app')", name="channel"),
        CheckConstraint("state IN ('due', 'delivered', 'failed')", name="state"),
        Index("ix_message_user_id_created_at", "user_id", "created_at"),
        Index("ix_message_reference", "reference", postgresql_where=text("reference <> ''")),
        Index("ix_message_unread", "user_id", postgresql_where=text("channel = 'in_app' AND read_at IS NULL")),
    )


class MailChoice(db.Model):
    """Whether somebody of the staff is written to about bookings; without a row they are. Their bell always rings."""

    __tablename__ = "mail_choice"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bookings: Mapped[bool]
