"""Pictures of what is on offer."""

from __future__ import annotations

from bookapp.catalog.actions.checked import allowed, existing, next_position
from bookapp.catalog.models import Facilitator, Merchant, Photo, Room, Service, Venue
from bookapp.catalog.policy import may_run_merchant, may_run_venue
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotValid
from bookapp.values.words import N_

Pictured = Merchant | Venue | Room | Service | Facilitator

_LONGEST_PATH, _LONGEST_ALT = 300, 300


@action
def add_photo(actor: Actor, thing: Pictured, *, path: str, alt: str) -> Photo:
    """Put a picture after the others of `thing`. `path` is below the storage root, or one of our own scenes.

    `alt` says what is on it, for those who cannot see it. Raises NotAllowed, NotValid.
    """
    column = {
        Merchant: Photo.merchant_id,
        Venue: Photo.venue_id,
        Room: Photo.room_id,
        Service: Photo.service_id,
        Facilitator: Photo.facilitator_id,
    }[type(thing)]
    allowed(_may(actor, thing))
    problems = {}
    if not path or len(path) > _LONGEST_PATH or ".." in path or path.startswith(("/", "http")):
        problems["path"] = N_("A picture lies below the storage root.")
    if not alt.strip() or len(alt) > _LONGEST_ALT:
        problems["alt"] = N_("Say in a few words what is on the picture.")
    if problems:
        raise NotValid(problems)
    photo = Photo(path=path, alt=alt.strip(), position=next_position(Photo.position, column == thing.id))
    setattr(photo, column.key, thing.id)
    db.session.add(photo)
    db.session.flush()
    return photo


def _may(actor: Actor, thing: Pictured) -> bool:
    if isinstance(thing, Merchant):
        return may_run_merchant(actor, thing.id)
    if isinstance(thing, Room):
        venue = existing(Venue, thing.venue_id)
        return may_run_venue(actor, venue.merchant_id, venue.id)
    return may_run_merchant(actor, thing.merchant_id)
