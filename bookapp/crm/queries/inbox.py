"""The inbox of a facilitator: whose it is, and what stands in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator
from bookapp.crm.models import Notification, NotifyToken
from bookapp.crm.states import NotificationKind
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow

# Beyond this the count says "99+": it only has to be counted so far.
MOST_COUNTED = 100
PER_PAGE = 30
# The work that calls the notify door (crm.jobs).
CALL = "crm.notify"


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


@dataclass(frozen=True, slots=True)
class Called:
    """One call of the notify door about a booking of ours: to whom, its `state` ("stored", "due", "dead"), and when."""

    kind: str
    name: str
    state: str
    at: dt.datetime
    read_at: dt.datetime | None = None
    error: str = ""

    @property
    def label(self) -> str:
        """What became of the booking, to be translated."""
        return NotificationKind(self.kind).label


def calls_about(booking_id: int) -> list[Called]:
    """What facilitators were told of a booking through the notify door, and what has not come through; two queries."""
    stored = db.session.execute(
        select(Notification.kind, Facilitator.name, Notification.created_at, Notification.read_at)
        .join(Facilitator, Facilitator.id == Notification.facilitator_id)
        .outerjoin(NotifyToken, NotifyToken.id == Notification.token_id)
        .where(Notification.booking_id == booking_id, NotifyToken.merchant_id.is_(None))
        .order_by(Notification.id)
    )
    waiting = db.session.execute(
        select(OutboxRow.args[2].astext, Facilitator.name, OutboxRow.state, OutboxRow.created_at, OutboxRow.last_error)
        .join(Facilitator, Facilitator.id == OutboxRow.args[1].as_integer())
        .where(
            or_(OutboxRow.state == "due", OutboxRow.state == "dead"),
            OutboxRow.name == CALL,
            OutboxRow.args[0].as_integer() == booking_id,
        )
        .order_by(OutboxRow.id)
    )
    told = [Called(row.kind, row.name, "stored", row.created_at, row.read_at) for row in stored]
    return told + [Called(kind, name, state, at, None, error or "") for kind, name, state, at, error in waiting]


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
