"""/desk/beginning: from a name to the first booking. One step after the other; what is there is never asked again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog import actions as catalog
from bookapp.catalog.forms import RoomForm, VenueForm
from bookapp.catalog.models import Merchant, Venue
from bookapp.catalog.policy import house_of
from bookapp.catalog.queries.terms import terms_for
from bookapp.infra.settings import current_settings
from bookapp.members.desk_views.area import members as blueprint
from bookapp.members.forms import HoursForm, TermsForm
from bookapp.members.queries.applications import origin_of_merchant
from bookapp.members.queries.beginning import first_places, progress_of
from bookapp.members.states import Step
from bookapp.payments.gateways import LABELS, offered
from bookapp.scheduling.actions.hours import set_opening_hours
from bookapp.scheduling.errors import HoursChanged
from bookapp.scheduling.queries.opening import version_of_week
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/beginning")
def begin() -> Response:
    """How far the house is, and the form of the next step."""
    return _page(_house(Query(request.args)))


@blueprint.post("/desk/beginning/venue")
def make_venue() -> Response:
    """The first place."""
    merchant = _house(Query(request.form))
    form = VenueForm(house_zone=merchant.zone)
    if not form.validate():
        return _page(merchant, {Step.VENUE: form}, status=422)
    venue = catalog.create_venue(current_actor(), merchant.id, form.draft, key=form.idempotency_key.data)
    flash(_("“%(name)s” is on the map.", name=venue.name), "good")
    return _on(merchant)


@blueprint.post("/desk/beginning/room")
def make_room() -> Response:
    """The first thing to let, with what it costs."""
    merchant = _house(Query(request.form))
    venue = _first_venue(merchant)
    form = RoomForm(currency=venue.currency, terms=_terms(merchant))
    if not form.validate():
        return _page(merchant, {Step.ROOM: form}, status=422)
    room = catalog.create_room(current_actor(), venue.id, form.draft, key=form.idempotency_key.data)
    flash(_("“%(name)s” is there.", name=room.name), "good")
    return _on(merchant)


@blueprint.post("/desk/beginning/hours")
def set_hours() -> Response:
    """When the first place is open. Hours that are there already are not touched here."""
    merchant = _house(Query(request.form))
    venue, form = _first_venue(merchant), HoursForm().offer()
    if not form.validate():
        return _page(merchant, {Step.HOURS: form}, status=422)
    try:
        # Made of a week without hours: where there are some meanwhile, this is no place to change them.
        set_opening_hours(current_actor(), form.hours, venue_id=venue.id, version=version_of_week([]))
    except HoursChanged:
        return redirect_to(f"/desk/venues/{venue.id}/hours")
    flash(_("Now people know when to come."), "good")
    return _on(merchant)


@blueprint.post("/desk/beginning/terms")
def choose_terms() -> Response:
    """What comes back when somebody cancels."""
    merchant = _house(Query(request.form))
    form = TermsForm().offer(_terms(merchant))
    if not form.validate():
        return _page(merchant, {Step.PRICE: form}, status=422)
    catalog.choose_terms(current_actor(), merchant.id, form.terms.data)
    flash(_("Saved."), "good")
    return _on(merchant)


def _house(query: Query) -> Merchant:
    return house_of(current_actor(), query.text("merchant"), to_change=True)


def _first_venue(merchant: Merchant) -> Venue:
    """A step cannot be taken before the one it stands on. Raises NotFound."""
    venue = first_places(merchant.id).venue
    if venue is None:
        raise NotFound
    return venue


def _on(merchant: Merchant) -> Response:
    return redirect_to(url_for("members_desk.begin", merchant=merchant.slug, _anchor="next"))


def _terms(merchant: Merchant) -> list[tuple[int, str]]:
    return [(each.id, _(each.name)) for each in terms_for(merchant.id)]


def _page(merchant: Merchant, forms: Mapping[Step, Any] | None = None, *, status: int = 200) -> Response:
    """The forms of steps that were refused stand where they were; the others begin anew."""
    given, progress, places = forms or {}, progress_of([merchant.id])[merchant.id], first_places(merchant.id)
    currency = places.venue.currency if places.venue else merchant.currency
    return page(
        "members/desk/beginning/show.html",
        status=status,
        merchant=merchant,
        steps=[(step, progress.is_done(step)) for step in Step],
        progress=progress,
        current=next(iter(given), progress.next_step),
        venue=places.venue,
        room=places.room,
        rate=Money(places.room.rate_minor, currency) if places.room else None,
        venue_form=given.get(Step.VENUE) or _venue_form(merchant),
        room_form=given.get(Step.ROOM) or RoomForm(formdata=None, currency=currency, terms=_terms(merchant)),
        hours_form=given.get(Step.HOURS) or HoursForm(formdata=None).offer(),
        terms_form=given.get(Step.PRICE) or TermsForm(formdata=None, terms=merchant.terms_id).offer(_terms(merchant)),
        ways=[_(LABELS[name]) for name in offered(merchant.gateways)],
        currency=currency,
        door=f"{current_settings().public_base_url}/at/{merchant.slug}",
    )


def _venue_form(merchant: Merchant) -> VenueForm:
    """Beginning with what the application said of the place."""
    city, country, phone = origin_of_merchant(merchant.id)
    return VenueForm(
        formdata=None, house_zone=merchant.zone, name=merchant.name, city=city, country=country, phone=phone
    )
