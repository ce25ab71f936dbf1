"""Pictures and what they are of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bookapp.catalog.models import Facilitator, Merchant, Photo, Room, Service, Venue
from bookapp.infra.db import db
from bookapp.infra.idempotency import fingerprint
from bookapp.values.errors import NotFound

Pictured = Merchant | Venue | Room | Service | Facilitator

_KINDS: dict[str, type[Any]] = {
    "merchant": Merchant, "venue": Venue, "room": Room, "service": Service, "facilitator": Facilitator,
}  # fmt: skip
_COLUMNS: dict[type[Any], Any] = {
    Merchant: Photo.merchant_id,
    Venue: Photo.venue_id,
    Room: Photo.room_id,
    Service: Photo.service_id,
    Facilitator: Photo.facilitator_id,
}


def thing_of(kind: str, thing_id: int) -> Any:
    """What pictures can be of, by its kind ("room") and id; a room comes with its venue. Raises NotFound."""
    if kind not in _KINDS:
        raise NotFound
    model = _KINDS[kind]
    wanted = select(model).where(model.id == thing_id)
    if model is Room:
        wanted = wanted.options(joinedload(Room.venue))
    thing = db.session.scalar(wanted.execution_options(populate_existing=True))
    if thing is None:
        raise NotFound
    return thing


def kind_of(thing: Pictured) -> str:
    """How its address calls it."""
    return next(kind for kind, model in _KINDS.items() if isinstance(thing, model))


def subject_of(thing: Pictured) -> str:
    """How the audit trail calls it."""
    return f"{kind_of(thing)}:{thing.id}"


def column_of(thing: Pictured) -> Any:
    """The column of a picture that names it."""
    return _COLUMNS[type(thing)]


def photos_of(thing: Pictured) -> Sequence[Photo]:
    """Its pictures in their order; the first one is the cover."""
    wanted = select(Photo).where(column_of(thing) == thing.id).order_by(Photo.position, Photo.id)
    return db.session.scalars(wanted.execution_options(populate_existing=True)).all()


def photo_with_thing(photo_id: int) -> tuple[Photo, Any]:
    """A picture and what it is of. Raises NotFound."""
    photo = db.session.get(Photo, photo_id)
    if photo is None:
        raise NotFound
    kind = next(kind for kind, model in _KINDS.items() if getattr(photo, _COLUMNS[model].key) is not None)
    return photo, thing_of(kind, getattr(photo, f"{kind}_id"))


def version_of_photo(photo: Photo) -> str:
    """Changes with what is said of it: an edit form carries the one it was made of (guarantees.md 13)."""
    return fingerprint(alt=photo.alt)[:16]


def known_paths() -> set[str]:
    """Where every picture is."""
    return set(db.session.scalars(select(Photo.path)))
