"""What somebody keeps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from bookapp.favourites.models import Favourite
from bookapp.infra.db import db


@dataclass(frozen=True, slots=True)
class Kept:
    """The ids of the rooms and venues somebody keeps."""

    rooms: frozenset[int] = frozenset()
    venues: frozenset[int] = frozenset()


def kept_by(user_id: int | None) -> Kept:
    """Everything this user keeps, in one query; nothing (and no query) for a visitor."""
    if user_id is None:
        return Kept()
    rows = db.session.execute(select(Favourite.room_id, Favourite.venue_id).where(Favourite.user_id == user_id)).all()
    return Kept(
        rooms=frozenset(room_id for room_id, _ in rows if room_id is not None),
        venues=frozenset(venue_id for _, venue_id in rows if venue_id is not None),
    )
