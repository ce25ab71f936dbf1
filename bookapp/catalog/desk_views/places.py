"""/desk/places, /desk/venues, /desk/rooms: what a house has to let, and making and changing it."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog import actions
from bookapp.catalog.desk_views.area import blueprint
from bookapp.catalog.errors import PlaceChanged
from bookapp.catalog.forms import RoomForm, VenueForm
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant, may_run_venue
from bookapp.catalog.queries.houses import (
    places_of_house,
    room_of_house,
    venue_of_house,
    version_of_room,
    version_of_venue,
)
from bookapp.catalog.queries.terms import terms_for
from bookapp.catalog.states import Role, RoomType
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.money import Money
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_LARGEST_ID = 2**53


@blueprint.get("/desk/places")
def list_places() -> Response:
    """The venues of a house that are theirs to run, each with its rooms."""
    actor = current_actor()
    house = house_of(actor, Query(request.args).text("merchant"))
    return page(
        "catalog/desk/places/index.html",
        house=house,
        houses=[(each.slug, each.name) for each in houses_of(actor)],
        places=places_of_house(house.id, _own_venues(house)),
        amount=Money,
        types={each.value: _(each.label) for each in RoomType},
        may_change=may_run_merchant(actor, house.id),
    )


@blueprint.get("/desk/venues/new")
def new_venue() -> Response:
    """The empty form, in the house's time zone."""
    house = house_of(current_actor(), Query(request.args).text("merchant"), to_change=True)
    return _venue_form(house, VenueForm(formdata=None, house_zone=house.zone))


@blueprint.post("/desk/venues/new")
def create_venue() -> Response:
    """Make it; rooms and hours come next."""
    house = house_of(current_actor(), Query(request.form).text("merchant"), to_change=True)
    form = VenueForm(house_zone=house.zone)
    if not form.validate():
        return _venue_form(house, form, status=422)
    venue = actions.create_venue(current_actor(), house.id, form.draft, key=form.idempotency_key.data)
    flash(_("“%(name)s” is there. Say next when it is open, and which rooms it has.", name=venue.name), "good")
    return redirect_to(url_for("catalog_desk.show_venue", venue_id=venue.id))


@blueprint.get("/desk/venues/<int:venue_id>")
def show_venue(venue_id: int) -> Response:
    """A venue, to be changed by its owner and looked at by its manager."""
    venue = _venue(venue_id)
    return _venue_form(venue.merchant, _form_of_venue(venue), venue=venue)


@blueprint.post("/desk/venues/<int:venue_id>")
def change_venue(venue_id: int) -> Response:
    """Change it; who is second sees what the first one said."""
    actor, venue = current_actor(), _venue(venue_id, to_change=True)
    form = VenueForm(house_zone=venue.merchant.zone)
    if not form.validate():
        return _venue_form(venue.merchant, form, venue=venue, status=422)
    try:
        actions.change_venue(actor, venue.id, form.draft, version=form.version.data or "")
    except PlaceChanged as refusal:
        venue = venue_of_house(venue_id)
        stands = form.differences(_form_of_venue(venue))
        form.version.data = version_of_venue(venue)
        sentence = of_refusal(refusal).sentence
        return _venue_form(venue.merchant, form, venue=venue, stale=sentence, stands=stands, status=refusal.status)
    flash(_("Saved."), "good")
    return redirect_to(url_for("catalog_desk.show_venue", venue_id=venue.id))


@blueprint.post("/desk/venues/<int:venue_id>/listing")
def list_venue(venue_id: int) -> Response:
    """Show it to the public, or not."""
    venue, listed = _venue(venue_id, to_change=True), _is_to_be_listed()
    actions.list_venue(current_actor(), venue.id, listed=listed)
    _say_listed(venue.name, listed)
    return redirect_to(url_for("catalog_desk.show_venue", venue_id=venue.id))


@blueprint.get("/desk/rooms/new")
def new_room() -> Response:
    """The empty form of a room of `venue`."""
    venue = _venue(Query(request.args).integer("venue", low=1, high=_LARGEST_ID) or 0)
    return _room_form(venue, RoomForm(formdata=None, currency=venue.currency, terms=_terms(venue)))


@blueprint.post("/desk/rooms/new")
def create_room() -> Response:
    """Make it; pictures and timeslots come next."""
    venue = _venue(Query(request.form).integer("venue", low=1, high=_LARGEST_ID) or 0)
    form = RoomForm(currency=venue.currency, terms=_terms(venue))
    if not form.validate():
        return _room_form(venue, form, status=422)
    room = actions.create_room(current_actor(), venue.id, form.draft, key=form.idempotency_key.data)
    flash(_("“%(name)s” can be booked whenever the house is open.", name=room.name), "good")
    return redirect_to(url_for("catalog_desk.show_room", room_id=room.id))


@blueprint.get("/desk/rooms/<int:room_id>")
def show_room(room_id: int) -> Response:
    """A room, to be changed."""
    room = _room(room_id)
    return _room_form(room.venue, _form_of_room(room), room=room)


@blueprint.post("/desk/rooms/<int:room_id>")
def change_room(room_id: int) -> Response:
    """Change it for bookings to come; who is second sees what the first one said."""
    room = _room(room_id)
    form = RoomForm(currency=room.venue.currency, terms=_terms(room.venue))
    if not form.validate():
        return _room_form(room.venue, form, room=room, status=422)
    try:
        actions.change_room(current_actor(), room.id, form.draft, version=form.version.data or "")
    except NotValid as refusal:
        form.refuse(refusal)
        return _room_form(room.venue, form, room=room, status=refusal.status)
    except PlaceChanged as refusal:
        room = room_of_house(room_id)
        stands = form.differences(_form_of_room(room))
        form.version.data = version_of_room(room)
        sentence = of_refusal(refusal).sentence
        return _room_form(room.venue, form, room=room, stale=sentence, stands=stands, status=refusal.status)
    flash(_("Saved. What is booked already stays as it was agreed."), "good")
    return redirect_to(url_for("catalog_desk.show_room", room_id=room.id))


@blueprint.post("/desk/rooms/<int:room_id>/listing")
def list_room(room_id: int) -> Response:
    """Show it to the public, or not."""
    room, listed = _room(room_id), _is_to_be_listed()
    actions.list_room(current_actor(), room.id, listed=listed)
    _say_listed(room.name, listed)
    return redirect_to(url_for("catalog_desk.show_room", room_id=room.id))


def _own_venues(house: Merchant) -> set[int] | None:
    """The venues of a house a manager is limited to; None for all of them."""
    actor = current_actor()
    venues = {
        grant.venue_id for grant in actor.grants if grant.merchant_id == house.id and grant.role == Role.MANAGER.value
    }
    if may_run_merchant(actor, house.id) or None in venues:
        return None
    return {venue_id for venue_id in venues if venue_id is not None}


def _venue(venue_id: int, *, to_change: bool = False) -> Venue:
    """NotFound for whoever does not run it, NotAllowed for its manager where only its owner may."""
    actor, venue = current_actor(), venue_of_house(venue_id)
    if not may_run_venue(actor, venue.merchant_id, venue.id):
        raise NotFound
    if to_change and not may_run_merchant(actor, venue.merchant_id):
        raise NotAllowed
    return venue


def _room(room_id: int) -> Room:
    room = room_of_house(room_id)
    if not may_run_venue(current_actor(), room.venue.merchant_id, room.venue_id):
        raise NotFound
    return room


def _terms(venue: Venue) -> list[tuple[int, str]]:
    return [(each.id, each.name) for each in terms_for(venue.merchant_id)]


def _form_of_venue(venue: Venue) -> VenueForm:
    return VenueForm.of(venue, house_zone=venue.merchant.zone, version=version_of_venue(venue))


def _form_of_room(room: Room) -> RoomForm:
    return RoomForm.of(
        room, currency=room.venue.currency, terms=_terms(room.venue), version=version_of_room(room)
    )  # fmt: skip


def _is_to_be_listed() -> bool:
    return Query(request.form).choice("act", ("list", "unlist"), "unlist") == "list"


def _say_listed(name: str, listed: bool) -> None:
    if listed:
        flash(_("“%(name)s” can be found and booked.", name=name), "good")
    else:
        flash(_("“%(name)s” cannot be found any more. What is booked already stays.", name=name), "good")


def _venue_form(
    house: Merchant, form: VenueForm, *, venue: Venue | None = None, stale: str = "",
    stands: list[tuple[str, str]] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return page(
        "catalog/desk/places/venue.html",
        status=status,
        house=house,
        venue=venue,
        form=form,
        may_change=may_run_merchant(current_actor(), house.id),
        facts=form.facts,
        stale=stale,
        stands=stands or [],
    )


def _room_form(
    venue: Venue, form: RoomForm, *, room: Room | None = None, stale: str = "",
    stands: list[tuple[str, str]] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return page(
        "catalog/desk/places/room.html",
        status=status,
        venue=venue,
        room=room,
        form=form,
        stale=stale,
        stands=stands or [],
    )
