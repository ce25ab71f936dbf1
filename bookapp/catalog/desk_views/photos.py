"""/desk/photos: pictures of a merchant, venue, room, service or person, taken in, described and put in order."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog import actions
from bookapp.catalog.actions.photos import MOST_PHOTOS
from bookapp.catalog.desk_views.area import blueprint
from bookapp.catalog.errors import PhotoChanged
from bookapp.catalog.forms.photos import PhotoForm, PhotoWordsForm
from bookapp.catalog.models import Photo
from bookapp.catalog.policy import may_see_photos, may_set_photos
from bookapp.catalog.queries.houses import room_of_house, venue_of_house
from bookapp.catalog.queries.photos import kind_of, photo_with_thing, photos_of, thing_of, version_of_photo
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor
from bookapp.web.uploads import takes_a_file

# Where the other pages about a thing are; those of venues and rooms stand in their head.
_HOMES = {"service": "/desk/services/{id}", "facilitator": "/desk/people/{id}", "merchant": "/desk/house"}


@blueprint.get("/desk/photos/<kind>/<int:thing_id>")
def show_photos(kind: str, thing_id: int) -> Response:
    """Its pictures in their order, and the form for one more."""
    return _page(_thing(kind, thing_id), PhotoForm(formdata=None))


@blueprint.post("/desk/photos/<kind>/<int:thing_id>")
@takes_a_file
def add_photo(kind: str, thing_id: int) -> Response:
    """Take one in. What is wrong with it stands at its field; browsers do not keep a chosen file."""
    thing = _thing(kind, thing_id, to_change=True)
    form = PhotoForm()
    if not form.validate():
        return _page(thing, form, status=422)
    sent = request.files.get("photo")
    stream = sent.stream if sent else io.BytesIO()
    try:
        actions.upload_photo(
            current_actor(), thing, stream, alt=form.alt.data or "", key=form.idempotency_key.data
        )  # fmt: skip
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(thing, form, status=refusal.status)
    flash(_("The photo is there."), "good")
    return _back(thing)


@blueprint.post("/desk/photos/<int:photo_id>")
def describe_photo(photo_id: int) -> Response:
    """Say better what is on it."""
    photo, thing = _own(photo_id)
    form = PhotoWordsForm()
    try:
        if not form.validate():
            return _page(thing, PhotoForm(formdata=None), wrong=(photo, form), status=422)
        actions.change_photo(current_actor(), photo.id, alt=form.alt.data or "", version=form.version.data or "")
    except PhotoChanged as refusal:
        form.version.data = version_of_photo(photo)
        stale = of_refusal(refusal).sentence
        return _page(thing, PhotoForm(formdata=None), wrong=(photo, form), stale=stale, status=refusal.status)
    flash(_("Saved."), "good")
    return _back(thing)


@blueprint.post("/desk/photos/<int:photo_id>/place")
def move_photo(photo_id: int) -> Response:
    """One place earlier or later, or to the front: the first one is the cover."""
    photo, thing = _own(photo_id)
    act = Query(request.form).choice("act", ("first", "earlier", "later"), "later")
    actions.move_photo(current_actor(), photo.id, by={"first": -MOST_PHOTOS, "earlier": -1, "later": 1}[act])
    return _back(thing)


@blueprint.post("/desk/photos/<int:photo_id>/removal")
def remove_photo(photo_id: int) -> Response:
    """Take it away."""
    photo, thing = _own(photo_id)
    actions.remove_photo(current_actor(), photo.id)
    flash(_("The photo is gone."), "good")
    return _back(thing)


def _thing(kind: str, thing_id: int, *, to_change: bool = False) -> Any:
    thing = thing_of(kind, thing_id)
    if not may_see_photos(current_actor(), thing):
        raise NotFound
    if to_change and not may_set_photos(current_actor(), thing):
        raise NotAllowed
    return thing


def _own(photo_id: int) -> tuple[Photo, Any]:
    photo, thing = photo_with_thing(photo_id)
    return photo, _thing(kind_of(thing), thing.id, to_change=True)


def _back(thing: Any) -> Response:
    return redirect_to(url_for("catalog_desk.show_photos", kind=kind_of(thing), thing_id=thing.id, _anchor="photos"))


def _page(
    thing: Any, form: PhotoForm, *, wrong: tuple[Photo, PhotoWordsForm] | None = None, stale: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    kind, actor = kind_of(thing), current_actor()
    room = room_of_house(thing.id) if kind == "room" else None
    venue = room.venue if room else venue_of_house(thing.id) if kind == "venue" else None
    return page(
        "catalog/desk/photos/index.html",
        status=status,
        thing=thing,
        kind=kind,
        room=room,
        venue=venue,
        home=_HOMES.get(kind, "").format(id=thing.id),
        photos=[(photo, version_of_photo(photo)) for photo in photos_of(thing)],
        most=MOST_PHOTOS,
        may_change=may_set_photos(actor, thing),
        form=form,
        words={wrong[0].id: wrong[1]} if wrong else {},
        stale=stale,
    )
