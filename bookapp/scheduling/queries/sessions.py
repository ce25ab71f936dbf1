"""What is on: sessions with what a timetable and a session's page show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bookapp.catalog.models import Facilitator, Merchant, Room, Service
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span

MOST = 500


def sessions_between(
    window: Span,
    *,
    merchant_id: int | None = None,
    venue_id: int | None = None,
    service_id: int | None = None,
    facilitator_id: int | None = None,
    limit: int = MOST,
) -> Sequence[Session]:
    """The public sessions that start within `window`, by start: scheduled ones of listed services, full ones as well.

    Each has service (and merchant), facilitator (and portrait) and room (and venue). Two more queries, however many.
    """
    query = (
        _sessions()
        .where(
            Session.state == "scheduled",
            Session.starts_at >= window.start,
            Session.starts_at < window.end,
            Service.private.is_(False),
        )
        .order_by(Session.starts_at, Session.id)
        .limit(limit)
    )
    given = {
        Session.merchant_id: merchant_id,
        Session.venue_id: venue_id,
        Session.service_id: service_id,
        Session.facilitator_id: facilitator_id,
    }
    for column, value in given.items():
        if value is not None:
            query = query.where(column == value)
    return db.session.scalars(query).all()


def session_by_id(session_id: int) -> Session:
    """A session of a listed service, whatever its state, with what `sessions_between` loads and its parts.

    Raises NotFound. A private one is found as well: whether it is open to somebody, the page about it asks.
    """
    session: Session | None = db.session.scalars(
        _sessions().where(Session.id == session_id).options(selectinload(Session.parts))
    ).one_or_none()
    if session is None:
        raise NotFound()
    return session


def _sessions() -> Select[Any]:
    return (
        select(Session)
        .join(Session.service)
        .join(Service.merchant)
        .where(Service.listed, Merchant.listed)
        .options(
            contains_eager(Session.service).options(
                contains_eager(Service.merchant).joinedload(Merchant.terms),
                joinedload(Service.terms),
                selectinload(Service.photos),
            ),
            joinedload(Session.facilitator).selectinload(Facilitator.photos),
            joinedload(Session.room).joinedload(Room.venue),
        )
    )
