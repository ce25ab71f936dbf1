"""Keeping a room or a venue, and letting go of it."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from bookapp.catalog.models import Room, Venue
from bookapp.favourites.models import Favourite
from bookapp.favourites.policy import may_keep
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotAllowed


@action
def keep(actor: Actor, thing: Room | Venue) -> None:
    """Put it among the actor's favourites; asking twice changes nothing. Raises NotAllowed without an account."""
    if not may_keep(actor):
        raise NotAllowed()
    db.session.execute(insert(Favourite).values(user_id=actor.user_id, **_which(thing)).on_conflict_do_nothing())


@action
def unkeep(actor: Actor, thing: Room | Venue) -> None:
    """Take it out again; asking twice changes nothing. Raises NotAllowed without an account."""
    if not may_keep(actor):
        raise NotAllowed()
    db.session.execute(delete(Favourite).filter_by(user_id=actor.user_id, **_which(thing)))


def _which(thing: Room | Venue) -> dict[str, int]:
    return {"room_id": thing.id} if isinstance(thing, Room) else {"venue_id": thing.id}
