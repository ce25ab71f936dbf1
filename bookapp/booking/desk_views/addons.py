"""/desk/addons: what can be added to a room's hire, and how many there are.

Beside the bookings and not in the catalogue: how few there may be, the bookings say.
"""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.booking.actions.stocking import change_stocked
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.queries.stock import most_promised
from bookapp.catalog.actions import create_addon
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.forms.offers import AddonForm
from bookapp.catalog.models import Addon, Merchant
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant
from bookapp.catalog.queries.managed import addon_to_change, addons_managed, venues_to_choose, version_of_addon
from bookapp.catalog.queries.terms import merchants_among
from bookapp.infra import clock
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/addons")
def list_addons() -> Response:
    """What can be added, by the place it goes with."""
    actor = current_actor()
    house = house_of(actor, Query(request.args).text("merchant"))
    return page(
        "booking/desk/addons/index.html",
        house=house,
        houses=[(each.slug, each.name) for each in houses_of(actor)],
        rows=addons_managed(house.id),
        amount=Money,
        may_change=may_run_merchant(actor, house.id),
    )


@blueprint.get("/desk/addons/new")
def new_addon() -> Response:
    """The empty form."""
    house = house_of(current_actor(), Query(request.args).text("merchant"), to_change=True)
    return _form(house, AddonForm(formdata=None, currency=house.currency, venues=venues_to_choose(house.id)))


@blueprint.post("/desk/addons/new")
def make_addon() -> Response:
    """Make it: it can be booked at once with every room of its venue."""
    house = house_of(current_actor(), Query(request.form).text("merchant"), to_change=True)
    form = AddonForm(currency=house.currency, venues=venues_to_choose(house.id))
    if not form.validate():
        return _form(house, form, status=422)
    made = create_addon(
        current_actor(), form.draft, venue_id=int(form.venue.data), key=form.idempotency_key.data
    )  # fmt: skip
    flash(_("“%(name)s” can be added to a booking now.", name=made.name), "good")
    return redirect_to(url_for("booking_desk.list_addons", merchant=house.slug))


@blueprint.get("/desk/addons/<int:addon_id>")
def show_addon(addon_id: int) -> Response:
    """An add-on, to be changed."""
    addon, house = _own(addon_id)
    return _form(house, _form_of(addon, house), addon=addon)


@blueprint.post("/desk/addons/<int:addon_id>")
def change_addon(addon_id: int) -> Response:
    """Change it for bookings to come; who is second sees what the first one said."""
    addon, house = _own(addon_id)
    form = AddonForm(currency=house.currency, kind=addon.kind)
    if not form.validate():
        return _form(house, form, addon=addon, status=422)
    version = form.version.data or ""
    try:
        change_stocked(current_actor(), addon_id, form.draft, version=version, now=clock.now())
    except NotValid as refusal:
        form.refuse(refusal)
        return _form(house, form, addon=addon, status=refusal.status)
    except OfferChanged as refusal:
        addon = addon_to_change(addon_id)
        stands = form.differences(_form_of(addon, house))
        form.version.data = version_of_addon(addon)
        stale = of_refusal(refusal).sentence
        return _form(house, form, addon=addon, stale=stale, stands=stands, status=refusal.status)
    flash(_("Saved. What is booked already stays as it was agreed."), "good")
    return redirect_to(url_for("booking_desk.list_addons", merchant=house.slug))


def _own(addon_id: int) -> tuple[Addon, Merchant]:
    addon = addon_to_change(addon_id)
    if not may_run_merchant(current_actor(), addon.merchant_id):
        raise NotFound
    return addon, merchants_among([addon.merchant_id])[0]


def _form_of(addon: Addon, house: Merchant) -> AddonForm:
    return AddonForm.of(addon, currency=house.currency, version=version_of_addon(addon))


def _form(
    house: Merchant, form: AddonForm, *, addon: Addon | None = None, stale: str = "",
    stands: list[tuple[str, str]] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return page(
        "booking/desk/addons/form.html",
        status=status,
        house=house,
        addon=addon,
        form=form,
        promised=most_promised(addon, now=clock.now()) if addon is not None else 0,
        stale=stale,
        stands=stands or [],
    )
