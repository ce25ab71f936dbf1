"""Whether what somebody wishes for is open to them: of a private service only with its key."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import select

from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.catalog.models import Service
from bookapp.catalog.rules import may_open
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound


def check_open(wish: Wish, keys: Callable[[], Collection[str]]) -> None:
    """Raises NotFound, as if it were not there, for a private service without its key. `keys` is asked only then."""
    asked = select(Service.private, Service.link_key)
    match wish:
        case RoomWish():
            return
        case SeatWish():
            asked = asked.join(Session, Session.service_id == Service.id).where(Session.id == wish.session_id)
        case AppointmentWish():
            asked = asked.where(Service.id == wish.service_id)
    found = db.session.execute(asked).one_or_none()
    if found is not None and found.private and not may_open(found.link_key, keys(), private=True):
        raise NotFound
