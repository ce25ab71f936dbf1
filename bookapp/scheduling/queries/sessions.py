"""What is on: sessions with what a timetable and a session's page show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bookapp.catalog.models import Facilitator, Merchant, Room, Service
from bookapp.catalog.queries import service_by_id
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.infra.stills import beside, one_still
from bookapp.scheduling.models import Session
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

    Raises NotFound. A private one is found as well: whether it is open to somebody, the page about it asks. Only the
    session itself is read anew.
    """
    session = one_still(select(Session).where(Session.id == session_id).options(joinedload(Session.parts)))
    return beside(
        session,
        service=service_by_id(session.service_id),
        facilitator=None if session.facilitator_id is None else _host(session.facilitator_id),
        room=None if session.room_id is None else _room(session.room_id),
    )


@remembered(most=1024)
def _host(facilitator_id: int) -> Facilitator:
    """Listed or not."""
    portrait = selectinload(Facilitator.photos)
    found: Facilitator = one_still(select(Facilitator).where(Facilitator.id == facilitator_id).options(portrait))
    return found


@remembered(most=1024)
def _room(room_id: int) -> Room:
    """Listed or not."""
    found: Room = one_still(select(Room).where(Room.id == room_id).options(joinedload(Room.venue)))
    return found


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
