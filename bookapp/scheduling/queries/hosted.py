"""The sessions somebody hosts, as the house sees them: whatever their state, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from bookapp.catalog.models import Room
from bookapp.catalog.queries import in_reach
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.scheduling.models import Session


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page with rooms and venues, the earliest start first, and how many there are in all."""

    sessions: Sequence[Session]
    total: int


def hosted_page(
    actor: Actor,
    facilitator_id: int,
    *,
    state: str | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    page: int,
    limit: int,
) -> SessionPage:
    """What a facilitator hosts, of it what `actor` may plan; `since` and `until` bound the start. Two queries."""
    among = [Session.facilitator_id == facilitator_id, planned_by(actor)]
    if state is not None:
        among.append(Session.state == state)
    if since is not None:
        among.append(Session.starts_at >= since)
    if until is not None:
        among.append(Session.starts_at < until)
    rows = db.session.scalars(
        select(Session)
        .where(*among)
        .order_by(Session.starts_at, Session.id)
        .limit(limit)
        .offset((page - 1) * limit)
        .options(joinedload(Session.room).joinedload(Room.venue), joinedload(Session.facilitator))
    ).all()
    return SessionPage(rows, db.session.scalar(select(func.count()).select_from(Session).where(*among)) or 0)


def planned_by(actor: Actor) -> ColumnElement[bool]:
    """The same answer as `policy.may_plan_session`, for many at once."""
    return in_reach(
        actor,
        merchant_id=Session.merchant_id,
        venue_id=Session.venue_id,
        facilitator_id=Session.facilitator_id,
    )
