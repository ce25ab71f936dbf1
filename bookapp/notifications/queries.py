"""What stands in somebody's bell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from bookapp.infra.db import db
from bookapp.notifications.models import MailChoice, MessageRecord
from bookapp.notifications.rules import path_of

# Beyond this the count says "99+": it only has to be counted so far.
MOST_COUNTED = 100
MOST_SHOWN = 200
PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence in the bell, and where to read more ("" for nowhere)."""

    id: int
    text: str
    path: str
    at: dt.datetime
    is_read: bool


def unread_count(user_id: int) -> int:
    """How many sentences this account has not read; not counted beyond MOST_COUNTED."""
    first = (
        select(MessageRecord.id)
        .where(MessageRecord.user_id == user_id, MessageRecord.channel == "in_app", MessageRecord.read_at.is_(None))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(first)) or 0


def messages_about(reference: str) -> Sequence[MessageRecord]:
    """What was said about one booking, oldest first, at most MOST_SHOWN; without the words themselves."""
    return db.session.scalars(
        select(MessageRecord)
        .where(MessageRecord.reference == reference)
        .order_by(MessageRecord.created_at, MessageRecord.id)
        .options(defer(MessageRecord.text), defer(MessageRecord.html), defer(MessageRecord.attachments))
        .limit(MOST_SHOWN)
    ).all()


def mail_unwanted(user_ids: Collection[int]) -> set[int]:
    """Who of these staff would rather not be written to about bookings."""
    return set(
        db.session.scalars(
            select(MailChoice.user_id).where(MailChoice.user_id.in_(user_ids), MailChoice.bookings.is_(False))
        )
    )


def notices_of(user_id: int, *, page: int) -> tuple[Sequence[Notice], bool]:
    """One page of the bell, the newest first, and whether there is another."""
    rows = db.session.execute(
        select(
            MessageRecord.id,
            MessageRecord.text,
            MessageRecord.kind,
            MessageRecord.reference,
            MessageRecord.created_at,
            MessageRecord.read_at,
        )
        .where(MessageRecord.user_id == user_id, MessageRecord.channel == "in_app")
        .order_by(MessageRecord.created_at.desc(), MessageRecord.id.desc())
        .offset((page - 1) * PER_PAGE)
        .limit(PER_PAGE + 1)
    ).all()
    shown = [
        Notice(row.id, row.text, path_of(row.kind, row.reference), row.created_at, row.read_at is not None)
        for row in rows[:PER_PAGE]
    ]
    return shown, len(rows) > PER_PAGE
