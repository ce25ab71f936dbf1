"""Which facilitator an actor is, and whom else they could look after."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bookapp.catalog.models import Facilitator
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.values.errors import NotFound

_MOST = 500


def own_facilitator(actor: Actor) -> Facilitator | None:
    """The facilitator who is this actor, with their house; None when they host nothing."""
    if actor.user_id is None:
        return None
    return db.session.scalar(
        select(Facilitator).where(Facilitator.user_id == actor.user_id).options(joinedload(Facilitator.merchant))
    )


def facilitator_named(name: str) -> Facilitator:
    """A facilitator by slug or id, unlisted ones too, with their house. Raises NotFound."""
    # A slug may be a number as well; the id comes second.
    which = [Facilitator.slug == name]
    if name.isascii() and name.isdigit() and len(name) <= 15:
        which.append(Facilitator.id == int(name))
    for one in which:
        found = db.session.scalar(select(Facilitator).where(one).options(joinedload(Facilitator.merchant)))
        if found is not None:
            return found
    raise NotFound


def facilitators_of(merchant_ids: Collection[int] | None) -> Sequence[Facilitator]:
    """The people of these houses by house and name, with the house; of every house for None."""
    wanted = select(Facilitator).options(joinedload(Facilitator.merchant))
    if merchant_ids is not None:
        wanted = wanted.where(Facilitator.merchant_id.in_(merchant_ids))
    return db.session.scalars(
        wanted.order_by(Facilitator.merchant_id, Facilitator.name, Facilitator.id).limit(_MOST)
    ).all()
