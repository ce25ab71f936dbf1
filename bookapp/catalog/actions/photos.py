"""Pictures of what is on offer: taken in, described, put in order, taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import IO, Any

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed, next_position
from bookapp.catalog.errors import PhotoChanged
from bookapp.catalog.models import Photo
from bookapp.catalog.policy import may_set_photos
from bookapp.catalog.queries.photos import (
    Pictured,
    column_of,
    known_paths,
    photo_with_thing,
    subject_of,
    version_of_photo,
)
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency, pictures, storage
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_

MOST_PHOTOS = 20
_LONGEST_PATH, _LONGEST_ALT = 300, 300


@action
def add_photo(actor: Actor, thing: Pictured, *, path: str, alt: str) -> Photo:
    """Put one of our own scenes after the other pictures of `thing`; `path` is below static/.

    `alt` says what is on it, for those who cannot see it. Raises NotAllowed, NotValid.
    """
    allowed(may_set_photos(actor, thing))
    problems = _alt_problems(alt)
    if not path or len(path) > _LONGEST_PATH or ".." in path or path.startswith(("/", "http")):
        problems["path"] = N_("A picture lies below the storage root.")
    if problems:
        raise NotValid(problems)
    return _add(thing, path, alt)


def upload_photo(actor: Actor, thing: Pictured, stream: IO[bytes], *, alt: str, key: str | None = None) -> Photo:
    """Take in a picture and put it after the others of `thing`. With `key`, sending it twice is once.

    No transaction is open while it is decoded and written. Raises NotAllowed, KeyReused, and NotValid ("photo", "alt").
    """
    _check(actor, thing, alt)
    found = pictures.renditions(stream)
    name = storage.new_name()
    address = storage.address_of(name)
    try:
        for file, content in zip(storage.files_of(address), found.values(), strict=True):
            storage.put(file, content)
        digest = hashlib.sha256(found[pictures.WIDTHS[-1]]).hexdigest()
        photo = _store(actor, thing, address, alt, digest, key)
    except BaseException:
        _discard(address)
        raise
    if photo.path != address:  # a second click: the first has stored it
        _discard(address)
    return photo


@action
def change_photo(actor: Actor, photo_id: int, *, alt: str, version: str) -> Photo:
    """Say better what is on it. `version` is that of what the editor saw.

    Raises NotFound, NotAllowed, NotValid, and PhotoChanged when somebody was faster.
    """
    photo, thing = _own(actor, photo_id)
    if version != version_of_photo(photo):
        raise PhotoChanged
    if problems := _alt_problems(alt):
        raise NotValid(problems)
    if photo.alt != alt.strip():
        photo.alt = alt.strip()
        record(actor, "photo.changed", subject_of(thing), {"photo": photo.id})
    return photo


@action
def move_photo(actor: Actor, photo_id: int, *, by: int) -> Photo:
    """Put it `by` places later among the pictures of its thing (earlier below zero), as far as there are places.

    Raises NotFound, NotAllowed.
    """
    photo, thing = _own(actor, photo_id)
    order = list(_photos_of(thing))
    before = order.index(photo)
    order.insert(min(max(0, before + by), len(order) - 1), order.pop(before))
    for position, one in enumerate(order):
        one.position = position
    if order.index(photo) != before:
        record(actor, "photo.moved", subject_of(thing), {"photo": photo.id, "before": before, "after": photo.position})
    return photo


def remove_photo(actor: Actor, photo_id: int) -> None:
    """Take a picture away, and then its files. Raises NotFound, NotAllowed."""
    _discard(_remove(actor, photo_id))


def discard_leftovers(names: Sequence[str]) -> int:
    """Remove those of `names` in the storage that are of no picture; returns how many. Safe to run twice."""
    kept = {file for path in known_paths() for file in storage.files_of(path)}
    gone = [name for name in names if name not in kept]
    for name in gone:
        storage.discard(name)
    return len(gone)


@action
def _check(actor: Actor, thing: Pictured, alt: str) -> None:
    """Before anything is decoded: whether it may be, and could be stored."""
    allowed(may_set_photos(actor, thing))
    problems = _alt_problems(alt)
    if len(_photos_of(thing)) >= MOST_PHOTOS:
        problems["photo"] = N_("There are %(most)s photos already: take one away first.")
    if problems:
        raise NotValid(problems, most=MOST_PHOTOS)


@action
def _store(actor: Actor, thing: Pictured, path: str, alt: str, digest: str, key: str | None) -> Photo:
    subject = subject_of(thing)
    scope = f"photo:{actor.label}"
    if key is not None:
        stored = idempotency.claim(scope, key, idempotency.fingerprint(thing=subject, alt=alt, content=digest))
        if stored is not None:
            return db.session.get_one(Photo, stored["photo"])
    photo = _add(thing, path, alt)
    record(actor, "photo.added", subject, {"photo": photo.id})
    if key is not None:
        idempotency.keep(scope, key, {"photo": photo.id})
    return photo


@action
def _remove(actor: Actor, photo_id: int) -> str:
    photo, thing = _own(actor, photo_id)
    db.session.delete(photo)
    record(actor, "photo.removed", subject_of(thing), {"photo": photo_id})
    return photo.path


def _own(actor: Actor, photo_id: int) -> tuple[Photo, Any]:
    """The picture and what it is of; both locked, so that two who put them in order do so one after the other."""
    photo, thing = photo_with_thing(photo_id)
    allowed(may_set_photos(actor, thing))
    db.session.execute(select(type(thing).id).where(type(thing).id == thing.id).with_for_update())
    if db.session.scalar(select(Photo).where(Photo.id == photo_id).execution_options(populate_existing=True)) is None:
        raise NotFound
    return photo, thing


def _photos_of(thing: Pictured) -> Sequence[Photo]:
    return db.session.scalars(
        select(Photo).where(column_of(thing) == thing.id).order_by(Photo.position, Photo.id)
    ).all()  # fmt: skip


def _add(thing: Pictured, path: str, alt: str) -> Photo:
    column = column_of(thing)
    photo = Photo(path=path, alt=alt.strip(), position=next_position(Photo.position, column == thing.id))
    setattr(photo, column.key, thing.id)
    db.session.add(photo)
    db.session.flush()
    return photo


def _alt_problems(alt: str) -> dict[str, str]:
    if alt.strip() and len(alt) <= _LONGEST_ALT:
        return {}
    return {"alt": N_("Say in a few words what is on the picture.")}


def _discard(path: str) -> None:
    for file in storage.files_of(path):
        storage.remove(file)
