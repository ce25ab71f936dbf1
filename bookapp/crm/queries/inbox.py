"""The inbox of a facilitator: whose it is, and what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator
from bookapp.crm.models import Notification, NotifyToken
from bookapp.infra.db import db

# Beyond this the count says "99+": it only has to be counted so far.
MOST_COUNTED = 100
PER_PAGE = 30


def facilitator_id_of(user_id: int | None) -> int | None:
    """The facilitator this account is, if it is one."""
    if user_id is None:
        return None
    return db.session.scalar(select(Facilitator.id).where(Facilitator.user_id == user_id))


@dataclass(frozen=True, slots=True)
class Line:
    """One notification; `ref` is the booking it is about where that is one of ours and theirs to see."""

    notification: Notification
    sender: str
    ref: str | None
    zone: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of an inbox: how many lines are not read, the newest id among those, and whether there is another page."""

    lines: Sequence[Line]
    unread: int
    newest: int
    is_more: bool


def unread_count(user_id: int | None) -> int | None:
    """How many notifications the facilitator of this account has not read; None when it is none.

    Not counted beyond MOST_COUNTED, which means that or more.
    """
    if user_id is None:
        return None
    first = (
        select(Notification.id)
        .where(Notification.facilitator_id == Facilitator.id, Notification.read_at.is_(None))
        .correlate(Facilitator)
        .limit(MOST_COUNTED)
        .subquery()
    )
    count = select(func.count()).select_from(first).scalar_subquery()
    return db.session.scalar(select(count).select_from(Facilitator).where(Facilitator.user_id == user_id))


def inbox_of(facilitator_id: int, *, page: int) -> Found:
    """One page of an inbox: what is not read first, and of each the newest before the older."""
    # What was read is not counted: over the years that is what there is most of.
    unread, newest = db.session.execute(
        select(func.count(), func.coalesce(func.max(Notification.id), 0)).where(
            Notification.facilitator_id == facilitator_id, Notification.read_at.is_(None)
        )
    ).one()
    start, wanted = (page - 1) * PER_PAGE, PER_PAGE + 1
    lines: list[Line] = []
    if start < unread:
        lines += _lines(facilitator_id, Notification.read_at.is_(None), start, wanted)
    if len(lines) < wanted:
        lines += _lines(facilitator_id, Notification.read_at.is_not(None), max(0, start - unread), wanted - len(lines))
    return Found(lines[:PER_PAGE], unread, newest, len(lines) > PER_PAGE)


def _lines(facilitator_id: int, is_read: ColumnElement[bool], offset: int, limit: int) -> list[Line]:
    # A merchant's own systems count their own bookings; the platform's numbers are ours.
    is_ours = and_(Booking.id == Notification.booking_id, NotifyToken.merchant_id.is_(None))
    rows = db.session.execute(
        select(Notification, NotifyToken.name, Facilitator.zone, Booking.ref)
        .join(Facilitator, Facilitator.id == Notification.facilitator_id)
        .outerjoin(NotifyToken, NotifyToken.id == Notification.token_id)
        .outerjoin(Booking, and_(is_ours, Booking.facilitator_id == Notification.facilitator_id))
        .where(Notification.facilitator_id == facilitator_id, is_read)
        .order_by(Notification.id.desc())
        .offset(offset)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [Line(row.Notification, row.name or "", row.ref, row.zone) for row in rows]
